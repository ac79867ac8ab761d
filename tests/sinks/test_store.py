from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import pytest
from sqlalchemy import Engine, event, select

from pipeline.database import reading
from pipeline.messages import Level, StoryEvent, TaggedArticle
from pipeline.tables import articles, mentions, stories, story_articles, taggings
from pipeline.testing import NOON
from sinks.search import Filter, search
from sinks.store import Store
from tests.sinks.builders import (
    Clock,
    make_actor,
    make_article,
    make_candidate,
    make_event,
    make_tagged,
    make_tagging,
)
from tests.sinks.contract import SinkContract, contents, empty, interleavings

LEVELS: tuple[Level, ...] = ("direct", "none")
FIRST, SECOND = (
    make_article("first", image="https://cdn.example/1.jpg"),
    make_article("second", published=NOON - timedelta(hours=2)),
)


@pytest.fixture
def sink(engine: Engine, clock: Clock) -> Store:
    return Store(engine, clock)


@pytest.fixture
def messages() -> list[TaggedArticle | StoryEvent]:
    return [
        make_tagged(
            FIRST, make_tagging("w", "direct", make_actor("asean", 2), make_actor("russia")), make_tagging("v")
        ),
        make_event("opened", article=FIRST),
        make_tagged(SECOND, make_tagging("w", "passing").model_copy(update={"candidates": (make_candidate(),)})),
        make_event("updated", article=SECOND, copy_of=FIRST.id),
    ]


def rows(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(table)))


class TestStore(SinkContract):
    pass


def test_a_message_is_stored_whole(sink: Store, engine: Engine, messages: list[TaggedArticle | StoryEvent]) -> None:
    sink.write(messages)
    article = next(row for row in rows(engine, articles) if row.id == FIRST.id)
    assert (article.title, article.text, article.outlet, article.country) == (
        FIRST.title,
        FIRST.text,
        "The Example",
        "ID",
    )
    assert (article.published, article.language, article.authors) == (FIRST.published, "en", ["A. Writer"])
    assert article.image == "https://cdn.example/1.jpg"
    tagging = next(row for row in rows(engine, taggings) if (row.article, row.watchlist) == (FIRST.id, "w"))
    assert (tagging.level, tagging.themes, tagging.score) == ("direct", ["trade"], {"both sides": 0.9})
    assert tagging.evidence[0]["text"] == "They signed it."
    assert tagging.quotes[0]["speaker"] == "A. Minister"
    named = {
        (row.actor, row.count) for row in rows(engine, mentions) if (row.article, row.watchlist) == (FIRST.id, "w")
    }
    assert named == {("asean", 2), ("russia", 1)}
    assert rows(engine, mentions)[0].places == [{"field": "title", "start": 0, "end": 5, "text": "asean"}]
    members = {(row.article, row.copy_of) for row in rows(engine, story_articles)}
    assert members == {(FIRST.id, None), (SECOND.id, FIRST.id)}


def test_tagged_articles_and_story_events_may_come_in_any_order(sink: Store, engine: Engine) -> None:
    retagged = make_tagged(FIRST, make_tagging("v", "passing", version="v2"))
    tagged = [make_tagged(FIRST), make_tagged(SECOND), retagged]
    events = [make_event("opened", article=FIRST), make_event("updated", article=SECOND)]
    endings = []
    for order in interleavings(tagged, events):
        empty(engine)
        sink.write(order[:2])
        sink.write(order[2:])
        endings.append(contents(engine))
    assert all(ending == endings[0] for ending in endings)


def test_an_update_that_comes_before_the_opening_does_not_lead_the_story(sink: Store, engine: Engine) -> None:
    sink.write([make_event("updated", article=SECOND, level="passing")])
    sink.write([make_event("opened", article=FIRST)])
    sink.write([make_event("updated", article=SECOND, level="passing")])
    [story] = rows(engine, stories)
    assert (story.title, story.url, story.level) == (FIRST.title, FIRST.url, "direct")
    assert (story.opened, story.updated) == (SECOND.published, FIRST.published)


def test_an_update_can_raise_the_level_of_a_story_but_not_lower_it(sink: Store, engine: Engine) -> None:
    sink.write([make_event("opened", level="passing"), make_event("updated", article=SECOND, level="direct")])
    sink.write([make_event("updated", article=make_article("third"), level="none")])
    assert [story.level for story in rows(engine, stories)] == ["direct"]


def test_a_retagging_replaces_what_was_said_before(sink: Store, engine: Engine) -> None:
    old = make_tagging("w", "direct", make_actor("asean"), make_actor("russia"))
    sink.write([make_tagged(FIRST, old, make_tagging("dropped")), make_tagged(SECOND)])
    sink.write([make_tagged(FIRST, make_tagging("w", "none", make_actor("russia", 3), version="v2"))])
    found = {
        (row.watchlist, row.level, row.watchlist_version) for row in rows(engine, taggings) if row.article == FIRST.id
    }
    assert found == {("w", "none", "v2")}
    assert [(row.actor, row.count) for row in rows(engine, mentions) if row.article == FIRST.id] == [("russia", 3)]
    assert [row.actor for row in rows(engine, mentions) if row.article == SECOND.id] == ["asean"]


def test_the_later_of_two_taggings_in_one_batch_counts(sink: Store, engine: Engine) -> None:
    sink.write(
        [make_tagged(FIRST, make_tagging("w", version="v1")), make_tagged(FIRST, make_tagging("w", version="v2"))]
    )
    assert [row.watchlist_version for row in rows(engine, taggings)] == ["v2"]


@pytest.mark.parametrize("moves", [("a", "b"), ("b", "a")])
def test_an_article_that_moves_within_a_batch_ends_in_its_last_story(
    sink: Store, engine: Engine, moves: tuple[str, str]
) -> None:
    sink.write([make_event(story=story, article=FIRST) for story in moves])
    last = make_event(story=moves[-1]).story
    assert [row.story for row in rows(engine, story_articles)] == [last]


def test_an_edited_article_keeps_the_time_it_was_first_stored(sink: Store, engine: Engine, clock: Clock) -> None:
    sink.write([make_tagged(FIRST)])
    clock.advance(60)
    sink.write([make_tagged(FIRST.model_copy(update={"title": "Edited"}))])
    [article] = rows(engine, articles)
    assert (article.title, article.stored) == ("Edited", NOON)


def test_a_nul_in_a_text_is_replaced_so_that_offsets_stay(sink: Store, engine: Engine) -> None:
    nul = make_article("nul", title="a\0b", text="c\0d")
    sink.write([make_tagged(nul), make_event(article=nul)])
    [article] = rows(engine, articles)
    assert (article.title, article.text) == ("a\ufffdb", "c\ufffdd")


def test_a_thousand_messages_take_few_statements(sink: Store, engine: Engine) -> None:
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    batch: list[Any] = []
    for number in range(500):
        article = make_article(str(number))
        batch += [make_tagged(article), make_event(story=str(number), article=article)]
    sink.write(batch)
    assert len(asked) <= 12
    assert len(rows(engine, articles)) == 500


def test_a_revision_takes_the_place_of_its_article_and_an_older_one_never_does(sink: Store, engine: Engine) -> None:
    def revision(number: int, level: Level) -> TaggedArticle:
        article = make_article("first", title=f"Title {number}", revision=number)
        return make_tagged(article, make_tagging("w", level))

    sink.write([revision(0, "none")])
    sink.write([revision(2, "direct"), revision(1, "none")])
    sink.write([revision(1, "passing")])
    sink.write([revision(0, "none")])
    (row,) = rows(engine, articles)
    assert (row.title, row.revision) == ("Title 2", 2)
    assert [each.level for each in rows(engine, taggings)] == ["direct"]
    sink.write([revision(2, "passing")])
    assert [each.level for each in rows(engine, taggings)] == ["passing"], "the latest word on one revision holds"


@pytest.mark.parametrize(("kept", "texts"), [("all", ["a", "b"]), ("relevant", ["a", ""]), ("none", ["", ""])])
def test_the_text_is_kept_of_the_articles_that_the_settings_name(
    engine: Engine, clock: Clock, kept: Literal["all", "relevant", "none"], texts: list[str]
) -> None:
    both = (make_article(name, title=f"The {name}", text=name) for name in "ab")
    direct, none = (make_tagged(one, make_tagging("w", level)) for one, level in zip(both, LEVELS, strict=True))
    Store(engine, clock, kept).write([direct, none])
    assert sorted((row.title, row.text) for row in rows(engine, articles)) == [
        *zip(("The a", "The b"), texts, strict=True)
    ]
    assert [hit.title for hit in search(engine, "a", Filter(), 5)] == ["The a"]
    assert rows(engine, taggings)[0].quotes
