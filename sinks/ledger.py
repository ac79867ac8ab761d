"""The alert ledger: one row for each rule, story, kind and channel; the row is the promise that it will be told."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row, case, func, or_, select, update

from pipeline.database import reading, writing
from pipeline.messages import Alert
from pipeline.tables import alerts
from sinks.digests import release
from sinks.page import QUEUED, Page

LEASE = 10.0
"""Seconds an alert belongs to the process that took it, unless renewed: what a crash delays it by, at most."""

AT_ONCE = timedelta(seconds=1)
"""Time between an alert and its place in the queue, at most, unless it was held back."""


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Taken:
    """An alert that is this process's to send until `lease`; `attempts` were made before.

    One that was held back, or is told again on request, is `late`: its delay says nothing of the pipeline's.
    """

    alert: Alert
    attempts: int
    lease: datetime
    late: bool = False


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

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now, lease: float = LEASE) -> None:
        self._engine = engine
        self._clock = clock
        self.lease = lease

    def now(self) -> datetime:
        """Return the time by the ledger's clock."""
        return self._clock()

    @contextlib.contextmanager
    def page(self) -> Iterator[Page]:
        """Give a page to write new alerts on: all of them are kept at the end or, on an error, none."""
        with writing(self._engine) as connection:
            yield Page(connection, self._clock())

    def release(self) -> tuple[str, ...]:
        """Queue what was held back until now, and return the channels that have more to be told. Raises Retry."""
        return release(self._engine, self._clock())

    def take(self, channel: str) -> Taken | Waiting | None:
        """Return the oldest pending alert of a channel, how long it has to wait, or None when there is none."""
        with reading(self._engine) as connection:
            row = _oldest(connection, channel)
        if row is None:
            return None
        now = self._clock()
        free = max(row.next_attempt, row.lease_until or now)
        if free > now:
            return Waiting((free - now).total_seconds())
        return self._lease(row, now)

    def _lease(self, row: Row[Any], now: datetime) -> Taken | Waiting:
        lease = now + timedelta(seconds=self.lease)
        free = or_(alerts.c.lease_until.is_(None), alerts.c.lease_until <= now)
        mine = alerts.c.id == row.id, alerts.c.state.in_(QUEUED), alerts.c.next_attempt <= now, free
        with writing(self._engine) as connection:
            if not connection.execute(update(alerts).where(*mine).values(lease_until=lease)).rowcount:
                return Waiting(0.0)
        try:
            alert = Alert.model_validate(row.body)
            late = alert.kind == "digest" or row.created - alert.created > AT_ONCE
            return Taken(alert, row.attempts, lease, late)
        except ValidationError as error:
            # Nothing behind it could be told either, so it is put aside where an operator finds it.
            structlog.get_logger().error("alert.unreadable", id=row.id, channel=row.channel, error=str(error))
            self._settle([alerts.c.id == row.id], {"state": "dead", "problem": "unreadable", "lease_until": None})
            return Waiting(0.0)

    def renew(self, taken: Taken) -> Taken:
        """Return the same alert with its lease begun anew, or unchanged if it belongs to somebody else by now."""
        lease = self._clock() + timedelta(seconds=self.lease)
        with writing(self._engine) as connection:
            renewed = connection.execute(update(alerts).where(*_mine(taken)).values(lease_until=lease)).rowcount
        return replace(taken, lease=lease) if renewed else taken

    def sent(self, taken: Taken) -> None:
        """Record that the channel has the alert; whoever holds the lease by now, and whatever was decided meanwhile."""
        state = case((alerts.c.state == "acknowledged", "acknowledged"), else_="sent")
        values = {"state": state, "sent": self._clock(), "due": None, "problem": None, "lease_until": None}
        untold = alerts.c.id == taken.alert.id, alerts.c.state != "sent"
        self._settle(untold, {**values, "attempts": taken.attempts + 1}, taken.alert)

    def failed(self, taken: Taken, problem: str, wait: float) -> None:
        """Record a failed attempt; the next one is due after `wait` seconds."""
        due = self._clock() + timedelta(seconds=wait)
        values = {"state": "failed", "next_attempt": due, "problem": problem, "lease_until": None}
        self._settle(_mine(taken), {**values, "attempts": taken.attempts + 1})

    def dead(self, taken: Taken, problem: str) -> None:
        """Record that the alert is given up; the row stays, with its body and the problem."""
        values = {"state": "dead", "problem": problem, "lease_until": None, "attempts": taken.attempts + 1}
        self._settle(_mine(taken), values, taken.alert)

    def _settle(self, which: Sequence[Any], values: Mapping[str, Any], alert: Alert | None = None) -> None:
        """Write what became of an alert, and of all that it tells where it is a digest."""
        with writing(self._engine) as connection:
            settled = connection.execute(update(alerts).where(*which).values(**values)).rowcount
            if settled and alert is not None and alert.kind == "digest":
                told = {name: values[name] for name in ("sent", "problem") if name in values}
                state = "dead" if values["state"] == "dead" else "sent"
                within = alerts.c.digest == alert.id, alerts.c.state == "held"
                connection.execute(update(alerts).where(*within).values(state=state, **told))

    def pending(self) -> dict[str, int]:
        """Return how many alerts are not yet told, by channel."""
        counts = (
            select(alerts.c.channel, func.count().label("pending"))
            .where(alerts.c.state.in_(QUEUED))
            .group_by(alerts.c.channel)
        )
        with reading(self._engine) as connection:
            return {row.channel: row.pending for row in connection.execute(counts)}


def _mine(taken: Taken) -> tuple[Any, ...]:
    """Return the condition that the lease still is the one that was taken."""
    return alerts.c.id == taken.alert.id, alerts.c.state.in_(QUEUED), alerts.c.lease_until == taken.lease


def _oldest(connection: Connection, channel: str) -> Row[Any] | None:
    """Return the first in a channel's queue: a look at the index for each state, however many wait behind it."""
    found: list[Row[Any]] = []
    for state in QUEUED:
        waiting = select(alerts).where(alerts.c.channel == channel, alerts.c.state == state)
        found.extend(connection.execute(waiting.order_by(alerts.c.created, alerts.c.id).limit(1)))
    return min(found, key=lambda row: (row.created, row.id), default=None)
