"""What a person asks of the alert ledger: to look at it, to acknowledge, to snooze, and to send again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Engine, Row, and_, delete, or_, select, update

from pipeline.database import insert_into, reading, writing
from pipeline.errors import InputError
from pipeline.tables import alert_snoozes, alerts
from sinks.ledger import utc_now
from sinks.page import QUEUED, TICK, end_of_queue

State = Literal["pending", "failed", "held", "snoozed", "sent", "dead", "acknowledged"]
STATES: tuple[State, ...] = get_args(State)
Scope = Literal["rule", "story"]

SHORTEST = 6
"""Characters that name an alert or a story, at least: eight are shown."""


@dataclass(frozen=True)
class Wanted:
    """Which alerts to list; what is not given is not asked for."""

    states: Sequence[str] = ()
    channel: str | None = None
    rule: str | None = None
    watchlist: str | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Snooze:
    """A rule or a story that nobody wants to hear of until a time."""

    scope: str
    subject: str
    until: datetime


class Desk:
    """Reads and changes the rows beside a running alert sink, which sees the change within seconds."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def find(self, wanted: Wanted, most: int) -> list[dict[str, Any]]:
        """Return the newest alerts that are wanted, the newest first."""
        query = select(alerts).order_by(alerts.c.created.desc(), alerts.c.id).limit(most)
        if wanted.states:
            query = query.where(alerts.c.state.in_(wanted.states))
        for name in ("channel", "rule", "watchlist"):
            if (value := getattr(wanted, name)) is not None:
                query = query.where(alerts.c[name] == value)
        if wanted.since is not None:
            query = query.where(alerts.c.created >= wanted.since)
        with reading(self._engine) as connection:
            return [row._asdict() for row in connection.execute(query)]

    def one(self, name: str) -> dict[str, Any]:
        """Return the alert whose id is, or begins with, the name. Raises InputError for none and for several."""
        with reading(self._engine) as connection:
            return _one(connection, name)._asdict()

    def acknowledge(self, names: Iterable[str]) -> int:
        """Record that somebody has seen the alerts: no channel is told of them any more. Returns how many it were.

        Raises InputError for a name that is none's; then nothing is acknowledged.
        """
        with writing(self._engine) as connection:
            same = [_same(_one(connection, name)) for name in names]
            values = {"state": "acknowledged", "due": None, "lease_until": None}
            open_ = alerts.c.state != "acknowledged"
            return sum(connection.execute(update(alerts).where(each, open_).values(**values)).rowcount for each in same)

    def resend(self, names: Iterable[str]) -> int:
        """Put the alerts at the end of their queues, under the ids they have. Raises InputError as `acknowledge`."""
        with writing(self._engine) as connection:
            return self._queue(connection, [_one(connection, name) for name in names])

    def resend_dead(self, channel: str | None) -> int:
        """Queue again what was given up, of one channel or all; what a digest tells goes with the digest."""
        dead = select(alerts).where(alerts.c.state == "dead", alerts.c.digest.is_(None))
        if channel is not None:
            dead = dead.where(alerts.c.channel == channel)
        with writing(self._engine) as connection:
            return self._queue(connection, connection.execute(dead.order_by(alerts.c.created, alerts.c.id)).all())

    def _queue(self, connection: Connection, rows: Sequence[Row[Any]]) -> int:
        now = self._clock()
        place = end_of_queue(connection, {row.channel for row in rows}, now)
        values = {"state": "pending", "attempts": 0, "next_attempt": now, "lease_until": None}
        for index, row in enumerate(rows):
            again = {**values, "created": place + index * TICK, "due": None, "digest": None, "problem": None}
            connection.execute(update(alerts).where(alerts.c.id == row.id).values(**again))
            told = alerts.c.digest == row.id, alerts.c.state == "dead"
            connection.execute(update(alerts).where(*told).values(state="held", problem=None))
        return len(rows)

    def story(self, name: str) -> str:
        """Return the id of the story that has alerts and whose id is, or begins with, the name. Raises InputError."""
        query = select(alerts.c.story).where(_begins(alerts.c.story, name), alerts.c.kind != "digest").distinct()
        with reading(self._engine) as connection:
            return str(_only(connection.scalars(query.limit(2)).all(), name, "story"))

    def snooze(self, scope: Scope, subject: str, until: datetime) -> int:
        """Hold back a rule's or a story's alerts until a time; returns how many that were not yet told it concerns."""
        values = {"scope": scope, "subject": subject, "until": until, "created": self._clock()}
        held = and_(alerts.c.state == "held", alerts.c.due.is_not(None))
        open_ = or_(alerts.c.state.in_((*QUEUED, "snoozed")), held)
        with writing(self._engine) as connection:
            insert = insert_into(connection, alert_snoozes)
            again = {"until": insert.excluded.until, "created": insert.excluded.created}
            connection.execute(insert.on_conflict_do_update(index_elements=["scope", "subject"], set_=again), [values])
            rest = {"state": "snoozed", "due": until, "problem": "snoozed", "lease_until": None}
            return connection.execute(update(alerts).where(_of(scope, subject), open_).values(**rest)).rowcount

    def end_snooze(self, scope: Scope, subject: str) -> bool:
        """Tell now what was snoozed; return whether anything was."""
        with writing(self._engine) as connection:
            mine = alert_snoozes.c.scope == scope, alert_snoozes.c.subject == subject
            found = connection.execute(delete(alert_snoozes).where(*mine)).rowcount
            snoozed = _of(scope, subject), alerts.c.state == "snoozed"
            connection.execute(update(alerts).where(*snoozed).values(due=self._clock()))
            return bool(found)

    def snoozes(self) -> list[Snooze]:
        """Return what is snoozed now, the first to end first."""
        query = select(alert_snoozes).where(alert_snoozes.c.until > self._clock()).order_by(alert_snoozes.c.until)
        with reading(self._engine) as connection:
            return [Snooze(row.scope, row.subject, row.until) for row in connection.execute(query)]


def _begins(column: Any, name: str) -> Any:
    return column == name if len(name) < SHORTEST else column.startswith(name.lower(), autoescape=True)


def _one(connection: Connection, name: str) -> Row[Any]:
    found: Row[Any] = _only(connection.execute(select(alerts).where(_begins(alerts.c.id, name)).limit(2)).all(), name)
    return found


def _only(found: Sequence[Any], name: str, what: str = "alert") -> Any:
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(name, f"the id of several {what}s begins so", "Give more of it.")
    remedy = f"wirewatch alerts list shows the ids; give {SHORTEST} characters of one, at least."
    raise InputError(name, f"no {what} in the ledger has this id", remedy)


def _same(row: Row[Any]) -> Any:
    """Return the condition of the alert in every channel; of a digest, with all that it tells."""
    if row.kind == "digest":
        return or_(alerts.c.id == row.id, alerts.c.digest == row.id)
    about = [alerts.c[name] == getattr(row, name) for name in ("rule", "watchlist", "story", "kind")]
    return and_(*about, alerts.c.event.is_(None) if row.event is None else alerts.c.event == row.event)


def _of(scope: Scope, subject: str) -> Any:
    return and_(alerts.c[scope] == subject, alerts.c.kind != "digest")
