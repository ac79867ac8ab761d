"""Deletes what the archive is not to keep any longer, a little at a time, while the store writes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import structlog
from sqlalchemy import Connection, Engine, Table, delete, exists, select
from sqlalchemy.sql.elements import ColumnElement

from pipeline.database import writing
from pipeline.errors import Retry
from pipeline.tables import alerts, articles, stories, story_articles
from pipeline.topics import STORIES
from sinks.ledger import utc_now

BATCH = 200
"""Rows of a table that one transaction deletes at most, with what hangs on them."""

EVERY = 3600.0
"""Seconds between two looks for what is too old."""

PAUSE = 0.2
"""Seconds between two batches, in which others may write."""

SETTLED = ("sent", "dead", "acknowledged")
"""States of alerts of which nothing more will come."""


@dataclass(frozen=True, slots=True)
class Expired:
    """How many rows one batch deleted."""

    stories: int = 0
    articles: int = 0
    alerts: int = 0

    def __bool__(self) -> bool:
        """Return whether there may be more."""
        return bool(self.stories or self.articles or self.alerts)


def expire(engine: Engine, keep: timedelta, now: datetime) -> Expired:
    """Delete one batch of what was published longer ago than `keep`. Raises Retry.

    A story goes as a whole, when its latest article is too old and none of its alerts is still to be told; its articles
    go after it, and with the articles what was found in them. The ledger keeps an alert for as long as the bus keeps
    what it was made of, so that a redelivery tells nobody again.
    """
    before = now - keep
    with writing(engine) as connection:
        open_alert = exists().where(alerts.c.story == stories.c.id, alerts.c.state.not_in(SETTLED))
        gone = _delete(connection, stories, stories.c.updated < before, ~open_alert)
        in_story = exists().where(story_articles.c.article == articles.c.id)
        old = _delete(connection, articles, articles.c.published < before, ~in_story)
        storied = exists().where(stories.c.id == alerts.c.story)
        told = alerts.c.state.in_(SETTLED), alerts.c.created < min(before, now - STORIES.retention), ~storied
        return Expired(gone, old, _delete(connection, alerts, *told))


def _delete(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> int:
    names = connection.execute(select(table.c.id).where(*conditions).limit(BATCH)).scalars().all()
    # Asked again, since the store may have written meanwhile.
    return connection.execute(delete(table).where(table.c.id.in_(names), *conditions)).rowcount if names else 0


class Retention:
    """A thread that looks every hour; `every` and `pause` are in seconds."""

    def __init__(
        self,
        engine: Engine,
        keep: timedelta,
        clock: Callable[[], datetime] = utc_now,
        *,
        every: float = EVERY,
        pause: float = PAUSE,
    ) -> None:
        self._engine = engine
        self._keep = keep
        self._clock = clock
        self._every = every
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store-retention", daemon=True)
        self._log = structlog.get_logger().bind(stage="store")

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End after the batch in hand."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._sweep()
            except Retry as error:
                self._log.warning("retention.unreachable", reason=error.reason)
            except Exception:  # noqa: BLE001  # what stops one sweep must not end all of them silently
                self._log.exception("retention.failed")
            self._stop.wait(self._every)

    def _sweep(self) -> None:
        total = Expired()
        while not self._stop.is_set() and (batch := expire(self._engine, self._keep, self._clock())):
            total = Expired(total.stories + batch.stories, total.articles + batch.articles, total.alerts + batch.alerts)
            self._stop.wait(self._pause)
        if total:
            self._log.info("store.expired", stories=total.stories, articles=total.articles, alerts=total.alerts)
