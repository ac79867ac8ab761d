"""What a period comes to, on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine

from pipeline.messages import Outlet, StoryEvent, TaggedArticle
from pipeline.testing import NOON
from sinks.search import Filter
from sinks.store import Store
from sinks.stored_stories import list_stories
from sinks.summary import Reporter, summary
from tests.sinks.builders import Clock, make_actor, make_article, make_event, make_tagged, make_tagging

BEGIN = NOON - timedelta(days=2)
NEAR, FAR, QUIET = Outlet(name="Near", country="ID"), Outlet(name="Far", country="RU"), Outlet(name="Quiet")


def stored(engine: Engine, clock: Clock) -> None:
    first = make_article("first", outlet=NEAR, published=NOON - timedelta(hours=30))
    copy = make_article("copy", outlet=FAR, published=NOON - timedelta(hours=3))
    second = make_article("second", outlet=NEAR, published=NOON - timedelta(hours=2))
    nothing = make_article("nothing", outlet=QUIET, published=NOON - timedelta(hours=1))
    before = make_article("before", outlet=QUIET, published=NOON - timedelta(days=3))
    both = (make_tagging("w", "direct", make_actor("asean"), make_actor("russia")), make_tagging("v", "passing"))
    messages: list[TaggedArticle | StoryEvent] = [
        make_tagged(first, *both),
        make_tagged(copy, make_tagging("w", "passing")),
        make_tagged(second, make_tagging("w", "none", make_actor("nobody")), make_tagging("v", "direct")),
        make_tagged(nothing, make_tagging("w", "none", make_actor("nobody"))),
        make_tagged(before),
        make_event("opened", "a", article=first),
        make_event("updated", "a", article=copy, copy_of=first.id),
        make_event("opened", "b", article=second, watchlist="v"),
        make_event("opened", "c", article=before),
    ]
    Store(engine, clock).write(messages)


def test_a_period_of_all_watchlists_counts_an_article_once(engine: Engine, clock: Clock) -> None:
    stored(engine, clock)
    found = summary(engine, BEGIN, NOON)
    assert (found.articles, found.relevant) == (4, 3)
    assert [one.title for one in found.stories] == ["Title of first", "Title of second"]
    assert [(day.day.day, day.direct, day.passing) for day in found.days] == [(12, 0, 0), (13, 1, 0), (14, 1, 1)]
    assert [(one.id, one.articles) for one in found.actors] == [("asean", 3), ("russia", 1)]
    assert found.themes == [("trade", 3)]
    assert found.reported == [Reporter("Near", "ID", 2, 2, 2), Reporter("Far", "RU", 1, 1, 1)]
    assert found.silent == [Reporter("Quiet", None, 1, 0, 0)]
    assert found.countries == [("ID", 2), ("RU", 1)]


def test_a_period_of_one_watchlist_has_what_it_finds_relevant(engine: Engine, clock: Clock) -> None:
    stored(engine, clock)
    found = summary(engine, BEGIN, NOON, "v")
    assert (found.articles, found.relevant) == (4, 2)
    assert [one.title for one in found.stories] == ["Title of second"]
    assert [one.name for one in found.reported] == ["Near"]
    assert [one.name for one in found.silent] == ["Far", "Quiet"]


def test_a_period_of_an_empty_archive_is_empty(engine: Engine) -> None:
    found = summary(engine, BEGIN, NOON)
    assert (found.articles, found.relevant, found.stories, found.outlets, len(found.days)) == (0, 0, [], [], 3)


def test_a_story_whose_articles_no_rule_finds_relevant_any_more_is_none(engine: Engine, clock: Clock) -> None:
    stored(engine, clock)
    again = make_article("second", outlet=NEAR, published=NOON - timedelta(hours=2))
    Store(engine, clock).write([make_tagged(again, make_tagging("w", "none"), make_tagging("v", "none"))])
    assert [one.title for one in list_stories(engine, Filter(since=BEGIN))] == ["Title of first"]
    assert summary(engine, BEGIN, NOON, "v").stories == []
