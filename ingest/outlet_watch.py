"""Watches what the pages of each outlet have, in a table that all fetchers share."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Any, Self

import structlog
from sqlalchemy import Connection, Engine, select, update

from ingest.extract import Extracted
from ingest.outlet_health import PROBLEMS, Health, Seen, in_words, observe
from pipeline.database import insert_into, reading, writing
from pipeline.errors import Retry
from pipeline.tables import outlet_health as table
from pipeline.telemetry import Telemetry

SAVE_SECONDS = 5.0
"""Seconds between two looks at what was seen; what a killed process has not saved is not missed."""

WAITING = 20_000
"""Articles that wait to be saved, at most; the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class OutletHealth:
    """How an outlet's pages are: articles seen, and in words what is wrong since when; nothing where all is well."""

    outlet: str
    articles: int
    problems: tuple[str, ...]
    since: datetime | None
    updated: datetime


def health_of_outlets(engine: Engine) -> dict[str, OutletHealth]:
    """Return the health of every outlet that was seen, by name. Raises Retry."""
    with reading(engine) as connection:
        rows = connection.execute(select(table).order_by(table.c.outlet)).all()
    return {
        row.outlet: OutletHealth(row.outlet, row.articles, in_words(_health(row)), row.since, row.updated)
        for row in rows
    }


class OutletWatch:
    """Notes what pages have, and saves it in a thread of its own; a context manager."""

    def __init__(
        self, engine: Engine, telemetry: Telemetry, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine = engine
        self._telemetry = telemetry
        self._clock = clock
        self._waiting: deque[tuple[str, Seen]] = deque(maxlen=WAITING)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outlet-watch", daemon=True)
        self._log = structlog.get_logger().bind(stage="fetcher")
        for problem in PROBLEMS:
            telemetry.outlets_unhealthy.labels(problem)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def see(self, outlet: str, found: Extracted) -> None:
        """Note what a page of the outlet had; this never waits."""
        self._waiting.append((outlet, Seen(len(found.text), bool(found.title), found.published is not None)))

    def save(self) -> None:
        """Save what was noted since the last time. Raises Retry, and keeps it, when the database cannot be used."""
        noted: dict[str, list[Seen]] = {}
        while self._waiting:
            outlet, seen = self._waiting.popleft()
            noted.setdefault(outlet, []).append(seen)
        if noted:
            self._update_all(noted)
        with reading(self._engine) as connection:
            problems = connection.execute(select(table.c.problems)).scalars().all()
        for problem in PROBLEMS:
            self._telemetry.outlets_unhealthy.labels(problem).set(sum(problem in some for some in problems))

    def _update_all(self, noted: Mapping[str, Sequence[Seen]]) -> None:
        try:
            with writing(self._engine) as connection:
                for outlet in sorted(noted):  # in one order, so that two fetchers never wait for each other
                    self._update(connection, outlet, noted[outlet])
        except Retry:
            self._waiting.extendleft((outlet, seen) for outlet, some in noted.items() for seen in reversed(some))
            raise

    def _update(self, connection: Connection, outlet: str, noted: Sequence[Seen]) -> None:
        now = self._clock()
        row = {"outlet": outlet, **_columns(Health(), now)}
        connection.execute(insert_into(connection, table).values(row).on_conflict_do_nothing())
        mine = table.c.outlet == outlet
        before = health = _health(connection.execute(select(table).where(mine).with_for_update()).one())
        for seen in noted:
            health = observe(health, seen, now)
        connection.execute(update(table).where(mine).values(_columns(health, now)))
        if health.problems and health.problems != before.problems:
            self._log.warning("outlet.changed", outlet=outlet, problems=list(in_words(health)))
        elif before.problems and not health.problems:
            self._log.info("outlet.recovered", outlet=outlet)

    def _run(self) -> None:
        while not self._stopping.wait(SAVE_SECONDS):
            self._save_or_wait()
        self._save_or_wait()

    def _save_or_wait(self) -> None:
        try:
            self.save()
        except Retry as error:
            self._log.warning("outlets.not_saved", reason=error.reason)


def _columns(health: Health, now: datetime) -> dict[str, Any]:
    return {
        "articles": health.articles,
        "history": [astuple(seen) for seen in health.history],
        "recent": [astuple(seen) for seen in health.recent],
        "problems": list(health.problems),
        "since": health.since,
        "ailing": health.ailing,
        "updated": now,
    }


def _health(row: Any) -> Health:
    return Health(
        articles=row.articles,
        history=tuple(Seen(*seen) for seen in row.history),
        recent=tuple(Seen(*seen) for seen in row.recent),
        problems=tuple(row.problems),
        since=row.since,
        ailing=row.ailing,
    )
