"""How many articles and stories there were of each subject, hour by hour, in the database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from pipeline.database import insert_into, writing
from pipeline.messages import SurgeScope
from pipeline.tables import surge_counts, surge_seen

Counted = Literal["articles", "stories"]

KEPT = timedelta(days=16)
"""How long counts are kept: the fortnight that is looked back on, and the hours around it."""

PAUSE = timedelta(hours=12)
"""How long a subject that surged does not surge again."""


@dataclass(frozen=True)
class Subject:
    """What is counted: articles or stories of a watchlist, an actor or a theme."""

    watchlist: str
    scope: SurgeScope
    subject: str
    counted: Counted


NAMES = tuple(each.name for each in fields(Subject))


class SurgeCounts:
    """The counts of all subjects."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextlib.contextmanager
    def page(self) -> Iterator[CountsPage]:
        """Give the counts in one transaction. Raises Retry."""
        with writing(self._engine) as connection:
            yield CountsPage(connection)


class CountsPage:
    """The counts inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def see(self, event: str, hour: datetime) -> bool:
        """Remember an event; return whether it is new."""
        insert = insert_into(self._connection, surge_seen).values(event=event, hour=hour)
        new = insert.on_conflict_do_nothing().returning(surge_seen.c.event)
        return self._connection.execute(new).first() is not None

    def forget(self, now: datetime) -> None:
        """Forget what is too old to be compared with."""
        for table in (surge_seen, surge_counts):
            self._connection.execute(sa.delete(table).where(table.c.hour < now - KEPT))

    def count(self, subjects: Sequence[Subject], hour: datetime) -> None:
        """Count one more of each subject."""
        insert = insert_into(self._connection, surge_counts)
        more = insert.on_conflict_do_update(
            index_elements=list(surge_counts.primary_key), set_={"count": surge_counts.c.count + 1}
        )
        ordered = sorted(subjects, key=lambda one: (one.scope, one.subject, one.counted))
        self._connection.execute(more, [{**vars(one), "hour": hour, "count": 1} for one in ordered])

    def at(self, watchlist: str, hour: datetime) -> dict[Subject, int]:
        """Return the counts of all subjects of a watchlist in an hour."""
        mine = surge_counts.c.watchlist == watchlist, surge_counts.c.hour == hour
        rows = self._connection.execute(sa.select(surge_counts).where(*mine)).mappings()
        return {Subject(*(row[name] for name in NAMES)): row["count"] for row in rows}

    def counts(self, subject: Subject, hours: Sequence[datetime]) -> dict[datetime, int]:
        """Return the counts of those hours that have one."""
        query = sa.select(surge_counts).where(*_is(subject), surge_counts.c.hour.in_(hours))
        return {row["hour"]: row["count"] for row in self._connection.execute(query).mappings()}

    def begun(self, watchlist: str) -> datetime | None:
        """Return the first hour in which anything of a watchlist was counted."""
        query = sa.select(sa.func.min(surge_counts.c.hour)).where(
            surge_counts.c.watchlist == watchlist, surge_counts.c.scope == "watchlist"
        )
        found: datetime | None = self._connection.execute(query).scalar()
        return found

    def surged(self, subject: Subject, hour: datetime) -> bool:
        """Return whether a subject surged a short while ago."""
        lately = surge_counts.c.hour.between(hour - PAUSE, hour), surge_counts.c.surged_by.is_not(None)
        return (
            self._connection.execute(sa.select(surge_counts.c.hour).where(*_is(subject), *lately)).first() is not None
        )

    def mark(self, subject: Subject, hour: datetime, event: str) -> None:
        """Remember that the coming of an event made a subject surge."""
        mine = *_is(subject), surge_counts.c.hour == hour
        self._connection.execute(sa.update(surge_counts).where(*mine).values(surged_by=event))

    def surged_by(self, event: str, hour: datetime) -> list[Subject]:
        """Return the subjects that the coming of an event made surge."""
        mine = surge_counts.c.hour == hour, surge_counts.c.surged_by == event
        query = sa.select(surge_counts).where(*mine).order_by(*surge_counts.primary_key)
        return [Subject(*(row[name] for name in NAMES)) for row in self._connection.execute(query).mappings()]


def _is(subject: Subject) -> Sequence[sa.ColumnElement[bool]]:
    return [surge_counts.c[name] == value for name, value in vars(subject).items()]
