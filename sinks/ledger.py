"""The alert ledger: one row for each watchlist, story and channel; the row is the promise that it will be told."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row, and_, func, or_, select, tuple_, update

from pipeline.database import insert_into, reading, writing
from pipeline.messages import Alert
from pipeline.tables import alerts

LEASE = 10.0
"""Seconds an alert belongs to the process that took it, unless renewed: what a crash delays it by, at most."""


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Taken:
    """An alert that is this process's to send until `lease`; `attempts` were made before."""

    alert: Alert
    attempts: int
    lease: datetime


@dataclass(frozen=True)
class Waiting:
    """The oldest alert of a channel may not be sent for so many seconds."""

    seconds: float


class Ledger:
    """Reads and writes the rows; safe to use from many threads and processes.

    A channel's alerts are taken strictly in the order they were written: the oldest that is pending, or none. That
    keeps their order at the receiver, spares one that is down all but one request, and lets one process at a time
    send to a channel.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def now(self) -> datetime:
        """Return the time by the ledger's clock."""
        return self._clock()

    @contextlib.contextmanager
    def page(self) -> Iterator[Page]:
        """Give a page to write new alerts on: all of them are kept at the end or, on an error, none."""
        with writing(self._engine) as connection:
            yield Page(connection, self._clock())

    def take(self, channel: str) -> Taken | Waiting | None:
        """Return the oldest pending alert of a channel, how long it has to wait, or None when there is none."""
        pending = and_(alerts.c.channel == channel, alerts.c.state == "pending")
        with reading(self._engine) as connection:
            oldest = select(alerts).where(pending).order_by(alerts.c.created, alerts.c.id).limit(1)
            row = connection.execute(oldest).one_or_none()
        if row is None:
            return None
        now = self._clock()
        free = max(row.next_attempt, row.lease_until or now)
        if free > now:
            return Waiting((free - now).total_seconds())
        return self._lease(row, now)

    def _lease(self, row: Row[Any], now: datetime) -> Taken | Waiting:
        lease = now + timedelta(seconds=LEASE)
        free = or_(alerts.c.lease_until.is_(None), alerts.c.lease_until <= now)
        mine = alerts.c.id == row.id, alerts.c.state == "pending", alerts.c.next_attempt <= now, free
        with writing(self._engine) as connection:
            if not connection.execute(update(alerts).where(*mine).values(lease_until=lease)).rowcount:
                return Waiting(0.0)
        try:
            return Taken(Alert.model_validate(row.body), row.attempts, lease)
        except ValidationError as error:
            # Nothing behind it could be told either, so it is put aside where an operator finds it.
            structlog.get_logger().error("alert.unreadable", id=row.id, channel=row.channel, error=str(error))
            self._settle([alerts.c.id == row.id], {"state": "dead", "problem": "unreadable", "lease_until": None})
            return Waiting(0.0)

    def renew(self, taken: Taken) -> Taken:
        """Return the same alert with its lease begun anew, or unchanged if it belongs to somebody else by now."""
        lease = self._clock() + timedelta(seconds=LEASE)
        with writing(self._engine) as connection:
            renewed = connection.execute(update(alerts).where(*_mine(taken)).values(lease_until=lease)).rowcount
        return Taken(taken.alert, taken.attempts, lease) if renewed else taken

    def sent(self, taken: Taken) -> None:
        """Record that the channel has the alert; whoever holds the lease by now, it is told."""
        values = {"state": "sent", "sent": self._clock(), "problem": None, "lease_until": None}
        pending = alerts.c.id == taken.alert.id, alerts.c.state == "pending"
        self._settle(pending, {**values, "attempts": taken.attempts + 1})

    def failed(self, taken: Taken, problem: str, wait: float) -> None:
        """Record a failed attempt; the next one is due after `wait` seconds."""
        due = self._clock() + timedelta(seconds=wait)
        values = {"next_attempt": due, "problem": problem, "lease_until": None, "attempts": taken.attempts + 1}
        self._settle(_mine(taken), values)

    def dead(self, taken: Taken, problem: str) -> None:
        """Record that the alert is given up; the row stays, with its body and the problem."""
        values = {"state": "dead", "problem": problem, "lease_until": None, "attempts": taken.attempts + 1}
        self._settle(_mine(taken), values)

    def _settle(self, which: Sequence[Any], values: Mapping[str, Any]) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(alerts).where(*which).values(**values))

    def pending(self) -> dict[str, int]:
        """Return how many alerts are not yet told, by channel."""
        counts = (
            select(alerts.c.channel, func.count().label("pending"))
            .where(alerts.c.state == "pending")
            .group_by(alerts.c.channel)
        )
        with reading(self._engine) as connection:
            return {row.channel: row.pending for row in connection.execute(counts)}


def _mine(taken: Taken) -> tuple[Any, ...]:
    """Return the condition that the lease still is the one that was taken."""
    return alerts.c.id == taken.alert.id, alerts.c.state == "pending", alerts.c.lease_until == taken.lease


class Page:
    """New rows of the ledger, in one transaction."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self.now = now

    def known(self, stories: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those of the stories, each a watchlist and an id, that have an alert in any channel."""
        story = tuple_(alerts.c.watchlist, alerts.c.story)
        query = select(alerts.c.watchlist, alerts.c.story).where(story.in_(stories)).distinct()
        return {(watchlist, name) for watchlist, name in self._connection.execute(query)}

    def add(self, new: Sequence[Alert]) -> None:
        """Write the alerts that are not there yet; those that are keep their first body."""
        if not new:
            return
        statement = insert_into(self._connection, alerts).on_conflict_do_nothing(index_elements=[alerts.c.id])
        self._connection.execute(statement, [self._row(alert, index) for index, alert in enumerate(new)])

    def _row(self, alert: Alert, index: int) -> dict[str, Any]:
        return {
            "id": alert.id,
            "watchlist": alert.watchlist,
            "story": alert.story,
            "channel": alert.channel,
            "state": "pending",
            "body": alert.model_dump(mode="json"),
            "attempts": 0,
            "next_attempt": self.now,
            # A microsecond between two alerts of a batch keeps their order in the table.
            "created": self.now + timedelta(microseconds=index),
        }
