"""What is read from the archive."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, select

from pipeline.database import reading
from pipeline.messages import ActorCandidate, TaggedArticle
from pipeline.tables import actor_candidates
from pipeline.testing import NOON
from sinks.store import Store
from sinks.stored import PAGE, judging_watchlists, seen_candidates, stored_articles
from tests.sinks.builders import Clock, make_article, make_candidate, make_tagged, make_tagging


def tagged(
    name: str, hours: float, *candidates: ActorCandidate, language: str = "en", revision: int = 0, watchlist: str = "w"
) -> TaggedArticle:
    """An article of so many hours ago with these candidates."""
    article = make_article(name, published=NOON - timedelta(hours=hours), revision=revision)
    tagging = make_tagging(watchlist).model_copy(update={"candidates": candidates})
    return make_tagged(article, tagging, language=language)


def test_candidates_are_counted_over_articles_with_the_newest_as_the_example(engine: Engine, clock: Clock) -> None:
    store = Store(engine, clock)
    store.write(
        [
            tagged("new", 1, make_candidate(count=2, title=None), language="id"),
            tagged("old", 50, make_candidate(count=3), make_candidate("Bo Li")),
        ]
    )
    ana, bo = seen_candidates(engine, None, None)
    assert (ana.name, ana.count, ana.articles, ana.languages) == ("Ana Bel", 5, 2, ["en", "id"])
    assert (ana.title, ana.kind, ana.basis) == ("Minister", "person", "pattern")
    assert (ana.first_seen, ana.last_seen) == (NOON - timedelta(hours=50), NOON - timedelta(hours=1))
    assert (ana.example_title, ana.example_url) == ("Title of new", "https://news.example/new")
    assert (bo.name, bo.count, bo.articles) == ("Bo Li", 1, 1)


def test_only_articles_since_then_and_of_the_watchlist_count(engine: Engine, clock: Clock) -> None:
    other = tagged("v", 1, make_candidate("Other One"), watchlist="v")
    Store(engine, clock).write([tagged("new", 1, make_candidate()), tagged("old", 50, make_candidate()), other])
    (ana,) = seen_candidates(engine, NOON - timedelta(hours=2), "w")
    assert (ana.name, ana.count) == ("Ana Bel", 1)
    assert [one.name for one in seen_candidates(engine, None, "v")] == ["Other One"]


def test_a_newer_revision_takes_the_place_of_what_was_found_before(engine: Engine, clock: Clock) -> None:
    store = Store(engine, clock)
    store.write([tagged("a", 1, make_candidate(), make_candidate("Bo Li"))])
    store.write([tagged("a", 1, make_candidate("Bo Li", count=4), revision=1)])
    store.write([tagged("a", 1, make_candidate())])
    assert [(one.name, one.count) for one in seen_candidates(engine, None, None)] == [("Bo Li", 4)]


def test_the_same_name_in_other_capitals_is_one_candidate(engine: Engine, clock: Clock) -> None:
    Store(engine, clock).write([tagged("a", 1, make_candidate("ANA BEL")), tagged("b", 2, make_candidate())])
    (ana,) = seen_candidates(engine, None, None)
    assert ana.articles == 2
    with reading(engine) as connection:
        assert set(connection.execute(select(actor_candidates.c.key)).scalars()) == {"ana bel"}


def test_articles_come_in_the_order_of_their_publication_with_what_one_watchlist_said(
    engine: Engine, clock: Clock
) -> None:
    Store(engine, clock).write(
        [tagged("new", 1, language="id"), tagged("old", 3, watchlist="v"), tagged("older", 30), tagged("mid", 2)]
    )
    found = list(stored_articles(engine, NOON - timedelta(hours=4), "w"))
    assert [(one.title, one.level, one.language) for one in found] == [
        ("Title of old", None, "en"),
        ("Title of mid", "direct", "en"),
        ("Title of new", "direct", "id"),
    ]
    assert (found[0].text, found[0].published) == ("Text of old.", NOON - timedelta(hours=3))
    assert judging_watchlists(engine) == ("v", "w")


def test_as_many_articles_as_there_are_come_page_by_page(engine: Engine, clock: Clock) -> None:
    Store(engine, clock).write([tagged(str(number), number / 100) for number in range(PAGE + 3)])
    found = list(stored_articles(engine, NOON - timedelta(hours=9), "w"))
    assert len({one.id for one in found}) == PAGE + 3
    assert [one.published for one in found] == sorted(one.published for one in found)
