"""What is too old goes, with all that hangs on it, and nothing else."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select

from pipeline.database import reading, writing
from pipeline.messages import StoryEvent, TaggedArticle, url_id
from pipeline.tables import (
    actor_candidates,
    alerts,
    article_terms,
    articles,
    mentions,
    stories,
    story_articles,
    taggings,
)
from pipeline.testing import NOON
from sinks.retention import BATCH, Retention, expire
from sinks.search import Filter, search
from sinks.store import Store
from tests.sinks.builders import Clock, make_article, make_candidate, make_event, make_tagged, make_tagging

KEEP = timedelta(days=90)


def messages(name: str, days: float, story: str | None = None) -> list[TaggedArticle | StoryEvent]:
    article = make_article(name, published=NOON - timedelta(days=days))
    tagging = make_tagging().model_copy(update={"candidates": (make_candidate(),)})
    events = [make_event("opened" if name == story else "updated", story=story, article=article)] if story else []
    return [make_tagged(article, tagging), *events]


def alert(engine: Engine, name: str, story: str, state: str, days: float) -> None:
    created = NOON - timedelta(days=days)
    row = {"id": name, "watchlist": "w", "story": url_id(story), "channel": "c", "state": state, "body": {}}
    with writing(engine) as connection:
        connection.execute(insert(alerts).values(**row, attempts=1, next_attempt=created, created=created))


def expire_all(engine: Engine, now: datetime = NOON, keep: timedelta = KEEP) -> None:
    while expire(engine, keep, now):
        pass


def ids(engine: Engine, column: Any) -> set[str]:
    with reading(engine) as connection:
        return set(connection.execute(select(column)).scalars())


def test_old_articles_go_with_all_that_was_found_in_them(engine: Engine, clock: Clock) -> None:
    Store(engine, clock).write([*messages("old", 91), *messages("new", 89)])
    expire_all(engine)
    new = {url_id("https://news.example/new")}
    for column in (articles.c.id, *(t.c.article for t in (taggings, mentions, actor_candidates, article_terms))):
        assert ids(engine, column) == new
    assert [hit.id for hit in search(engine, "title", Filter(), 9)] == [*new]


def test_a_story_goes_as_a_whole_when_its_latest_article_is_too_old(engine: Engine, clock: Clock) -> None:
    Store(engine, clock).write(
        [*messages("a", 120, "a"), *messages("a2", 95, "a"), *messages("b", 120, "b"), *messages("b2", 10, "b")]
    )
    expire_all(engine)
    assert ids(engine, stories.c.id) == {url_id("b")}
    kept = {url_id(f"https://news.example/{name}") for name in ("b", "b2")}
    assert ids(engine, articles.c.id) == ids(engine, story_articles.c.article) == kept


def test_a_story_stays_while_an_alert_of_it_is_to_be_told(engine: Engine, clock: Clock) -> None:
    Store(engine, clock).write([*messages("a", 120, "a"), *messages("b", 120, "b")])
    alert(engine, "pending", "a", "pending", 120)
    alert(engine, "sent", "b", "sent", 120)
    expire_all(engine)
    assert ids(engine, stories.c.id) == {url_id("a")}
    assert ids(engine, alerts.c.id) == {"pending"}


def test_the_ledger_keeps_an_alert_for_as_long_as_the_bus_keeps_its_story(engine: Engine, clock: Clock) -> None:
    Store(engine, clock).write(messages("a", 5, "a"))
    alert(engine, "late", "a", "sent", 5)
    expire_all(engine, keep=timedelta(days=2))
    assert (ids(engine, stories.c.id), ids(engine, alerts.c.id)) == (set(), {"late"})
    expire_all(engine, NOON + timedelta(days=26), timedelta(days=2))
    assert ids(engine, alerts.c.id) == set()


def test_alerts_of_stories_that_are_kept_stay(engine: Engine, clock: Clock) -> None:
    Store(engine, clock).write([*messages("a", 120, "a"), *messages("a2", 10, "a")])
    alert(engine, "first", "a", "sent", 119)
    expire_all(engine)
    assert ids(engine, alerts.c.id) == {"first"}


def test_one_batch_is_small(engine: Engine, clock: Clock) -> None:
    Store(engine, clock).write([one for n in range(BATCH + 3) for one in messages(f"old{n}", 100)])
    assert expire(engine, KEEP, NOON).articles == BATCH
    assert expire(engine, KEEP, NOON).articles == 3
    assert not expire(engine, KEEP, NOON)


def test_the_thread_deletes_until_there_is_nothing_left_and_ends(engine: Engine, clock: Clock) -> None:
    Store(engine, clock).write([one for n in range(BATCH + 3) for one in messages(f"old{n}", 100)])
    looked = threading.Event()

    def now() -> datetime:
        if not ids(engine, articles.c.id):
            looked.set()
        return NOON

    with Retention(engine, KEEP, now, pause=0.0):
        assert looked.wait(60)
    assert ids(engine, articles.c.id) == set()
