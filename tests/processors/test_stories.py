from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import database
from pipeline.errors import Drop
from pipeline.messages import StoryEvent, TaggedArticle
from pipeline.testing import NOON, make_article, make_tagged, make_tagging
from processors.stories import Stories, story_id
from processors.story_index import MemoryStoryIndex, SqlStoryIndex, StoryIndex

BODY = (
    "The two ministers met on the sidelines of the forum and agreed to open talks on a maritime route. "
    "A working group will meet in the spring to settle the tariffs, the ports and the insurance of the ships. "
    "Officials said that the first vessel could sail before the end of the year if the weather allows it."
)
RETOLD = (
    "A shipping line between the two countries moved closer on Monday, when their transport chiefs shook hands on a "
    "plan to negotiate. Port fees and cover for cargo are still open, and an expert panel is to be named by April."
)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoryIndex]:
    if request.param == "memory":
        yield MemoryStoryIndex()
        return
    url = f"sqlite:///{tmp_path / 'stories.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = database.open_engine(url)
    database.migrate(engine)
    yield SqlStoryIndex(engine)
    engine.dispose()


def article(name: str, text: str = BODY, hours: float = 0, level: str = "direct") -> TaggedArticle:
    body = make_article(
        url=f"https://{name}.example/story", text=text, published=NOON + timedelta(hours=hours), outlet={"name": name}
    )
    return make_tagged(article=body, taggings=(make_tagging(level=level),))


def revised(tagged: TaggedArticle, revision: int, text: str) -> TaggedArticle:
    body = tagged.article.model_copy(update={"revision": revision, "text": text})
    return tagged.model_copy(update={"article": body})


def only(events: object) -> StoryEvent:
    (event,) = list(events)  # type: ignore[call-overload]  # the stage returns an iterable of events
    assert isinstance(event, StoryEvent)
    return event


def test_an_article_opens_a_story(index: StoryIndex) -> None:
    tagged = article("first")
    event = only(Stories(index)(tagged))
    assert event.kind == "opened"
    assert event.story == story_id("asean-russia", tagged.id)
    assert event.copy_of is None
    assert event.outlets == ("first",)


def test_the_same_text_elsewhere_is_a_copy_in_the_same_story(index: StoryIndex) -> None:
    stage = Stories(index)
    first, second = article("first"), article("second", f"HANOI - {BODY} Follow us.", hours=1)
    opened, updated = only(stage(first)), only(stage(second))
    assert (updated.kind, updated.story, updated.copy_of) == ("updated", opened.story, first.id)
    assert updated.outlets == ("first", "second")


def test_a_copy_of_a_copy_names_the_first(index: StoryIndex) -> None:
    stage = Stories(index)
    first = article("first")
    only(stage(first))
    only(stage(article("second", hours=1)))
    assert only(stage(article("third", hours=2))).copy_of == first.id


def test_the_same_event_told_independently_is_no_copy(index: StoryIndex) -> None:
    stage = Stories(index)
    opened = only(stage(article("first")))
    retold = only(stage(article("second", RETOLD)))
    assert retold.story != opened.story
    assert retold.copy_of is None


def test_the_same_text_weeks_later_is_another_story(index: StoryIndex) -> None:
    stage = Stories(index)
    opened = only(stage(article("first")))
    assert only(stage(article("second", hours=24 * 8))).story != opened.story


def test_a_redelivery_gives_the_same_event_again(index: StoryIndex) -> None:
    stage = Stories(index)
    first, second = article("first"), article("second", hours=1)
    events = [only(stage(tagged)) for tagged in (first, second)]
    again = [only(stage(tagged)) for tagged in (first, second)]
    assert [(event.id, event.kind, event.story) for event in again] == [
        (event.id, event.kind, event.story) for event in events
    ]


def test_an_article_that_is_not_relevant_is_in_no_story(index: StoryIndex) -> None:
    assert list(Stories(index)(article("first", level="none"))) == []


def test_each_watchlist_has_its_own_stories(index: StoryIndex) -> None:
    tagged = article("first")
    both = tagged.model_copy(update={"taggings": (*tagged.taggings, make_tagging(watchlist="other", level="passing"))})
    events = list(Stories(index)(both))
    assert [event.watchlist for event in events] == ["asean-russia", "other"]
    assert len({event.story for event in events}) == 2
    assert len({event.id for event in events}) == 2


def test_a_revision_keeps_its_place_whatever_its_text_says_now(index: StoryIndex) -> None:
    stage = Stories(index)
    first, second = article("first"), article("second", hours=1)
    opened, updated = only(stage(first)), only(stage(second))
    again = only(stage(revised(first, 1, RETOLD)))
    assert (again.id, again.kind, again.story) == (opened.id, "opened", opened.story)
    assert again.article.text == RETOLD
    again = only(stage(revised(second, 1, RETOLD)))
    assert (again.id, again.kind, again.story, again.copy_of) == (updated.id, "updated", opened.story, first.id)


def test_a_copy_of_a_revision_is_found_by_its_new_text_and_not_by_the_old(index: StoryIndex) -> None:
    stage = Stories(index)
    first = article("first")
    opened = only(stage(first))
    only(stage(revised(first, 1, RETOLD)))
    assert only(stage(article("second", RETOLD, hours=1))).story == opened.story
    assert only(stage(article("third", BODY, hours=1))).story != opened.story


def test_an_older_revision_that_comes_late_is_dropped(index: StoryIndex) -> None:
    stage = Stories(index)
    first = article("first")
    opened = only(stage(revised(first, 2, RETOLD)))
    assert opened.kind == "opened"
    with pytest.raises(Drop):
        stage(revised(first, 1, BODY))
    assert only(stage(article("second", RETOLD, hours=1))).story == opened.story
