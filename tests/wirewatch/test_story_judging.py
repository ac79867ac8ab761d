"""Stories split and merged by hand, in the index and in the archive, on both databases alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from pipeline import database
from pipeline.errors import InputError
from pipeline.messages import Outlet, StoryEvent, TaggedArticle
from pipeline.settings import Settings
from pipeline.testing import NOON, make_article, make_tagged, make_tagging
from processors.stories import Stories
from processors.story_sql import SqlStoryIndex
from sinks.store import Store
from sinks.stored_stories import StoredStory, show_story
from wirewatch import story_judging

DEAL = "Vietnam and Russia signed a deal on oil from the White Tiger field. Ministers shook hands and spoke of decades."
GOAT = "At the fair in the hills a goat was sold to a farmer. The mayor laughed, and children ran after balloons."


@dataclass
class Desk:
    """A database with its stage and its store, and the settings of the commands."""

    engine: Engine
    settings: Settings

    def tell(self, name: str, text: str, hours: float = 0) -> StoryEvent:
        event = next(iter(Stories(SqlStoryIndex(self.engine))(tagged(name, text, hours))))
        Store(self.engine).write([tagged(name, text, hours), event])
        return event

    def story(self, name: str) -> StoredStory:
        return show_story(self.engine, name).story


def tagged(name: str, text: str, hours: float) -> TaggedArticle:
    at = NOON + timedelta(hours=hours)
    url, outlet = f"https://{name}.example/told", Outlet(name=name, country="VN")
    body = make_article(url=url, text=text, title=f"Of {name}", published=at, discovered=at, outlet=outlet)
    return make_tagged(article=body, taggings=(make_tagging(actors=()),))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    url = f"sqlite:///{tmp_path / 'desk.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = database.open_engine(url)
    database.migrate(engine)
    yield Desk(engine, Settings(data=tmp_path, database_url=SecretStr(url)))
    engine.dispose()


def test_an_article_that_was_merged_wrongly_gets_a_story_of_its_own_and_keeps_its_copies(desk: Desk) -> None:
    opened = desk.tell("first", DEAL)
    second = desk.tell("second", f"HANOI - {DEAL}", 1)
    third = desk.tell("third", f"{DEAL} Follow us.", 2)
    moved = story_judging.split(desk.settings, opened.story, [second.article.id])
    assert moved.articles == 1
    left, own = desk.story(opened.story), desk.story(moved.story)
    assert [one.id for one in left.members] == [opened.article.id, third.article.id]
    assert [(one.id, one.copy_of) for one in own.members] == [(second.article.id, None)]
    assert (own.title, own.level, own.opened) == ("Of second", "direct", NOON + timedelta(hours=1))


def test_a_split_sticks_whatever_comes_again(desk: Desk) -> None:
    opened = desk.tell("first", DEAL)
    second = desk.tell("second", f"HANOI - {DEAL}", 1)
    moved = story_judging.split(desk.settings, opened.story, [second.article.url])
    again = desk.tell("second", f"HANOI - {DEAL}", 1)
    assert (again.story, again.copy_of, again.outlets) == (moved.story, None, ("second",))
    assert [one.outlet for one in desk.story(opened.story).members] == ["first"]


def test_a_copy_leaves_with_the_article_it_repeats_and_none_is_left_then(desk: Desk) -> None:
    opened = desk.tell("first", DEAL)
    desk.tell("second", f"HANOI - {DEAL}", 1)
    with pytest.raises(InputError, match="no other articles"):
        story_judging.split(desk.settings, opened.story, [opened.article.id])


def test_the_opener_of_a_story_can_leave_it_with_its_copies(desk: Desk) -> None:
    deal, goat = desk.tell("first", DEAL), desk.tell("second", GOAT, 1)
    desk.tell("third", f"HANOI - {DEAL}", 2)
    story_judging.merge(desk.settings, deal.story, [goat.story])
    moved = story_judging.split(desk.settings, deal.story, [deal.article.id])
    assert moved.articles == 2
    assert moved.story != deal.story
    assert [one.outlet for one in desk.story(deal.story).members] == ["second"]
    assert desk.story(moved.story).copies == 1


def test_stories_that_were_missed_become_one_and_stay_so(desk: Desk) -> None:
    deal, goat = desk.tell("first", DEAL), desk.tell("second", GOAT, 1)
    assert deal.story != goat.story
    moved = story_judging.merge(desk.settings, deal.story, [goat.story])
    assert (moved.story, moved.articles) == (deal.story, 1)
    whole = desk.story(deal.story)
    assert (whole.outlets, whole.updated) == (("first", "second"), NOON + timedelta(hours=1))
    with pytest.raises(InputError, match="there is no story"):
        desk.story(goat.story)
    again = desk.tell("second", GOAT, 1)
    assert (again.kind, again.story, again.outlets, again.sources) == ("updated", deal.story, ("first", "second"), 2)
    assert desk.tell("third", GOAT, 2).story == deal.story


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda settings, story: story_judging.split(settings, "ffffffff", ["x"]), "there is no story"),
        (lambda settings, story: story_judging.split(settings, story, ["nowhere"]), "nowhere is not in story"),
        (lambda settings, story: story_judging.merge(settings, story, [story]), "given twice"),
    ],
)
def test_what_cannot_be_done_is_said(desk: Desk, wrong: Callable[[Settings, str], object], words: str) -> None:
    opened = desk.tell("first", DEAL)
    with pytest.raises(InputError, match=words):
        wrong(desk.settings, opened.story)
