"""New rows of the alert ledger, written in one transaction, and what has to be known to write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from pipeline.database import insert_into
from pipeline.messages import Alert
from pipeline.tables import alert_snoozes, alerts
from sinks.rules import Held

TICK = timedelta(microseconds=1)
"""Between two alerts of a batch: it keeps their order in the table."""

CHUNK = 500
"""Values in one query: SQLite and PostgreSQL take many more, but not any number."""

QUEUED = ("pending", "failed")
"""States of what is to be told, in its turn."""

Story = tuple[str, str]
"""A watchlist and the id of a story."""


@dataclass(frozen=True)
class Draft:
    """An alert to be entered: the event it tells of, and what holds it back, if anything does."""

    alert: Alert
    event: str
    held: Held | None = None


class Page:
    """New rows of the ledger, in one transaction."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self.now = now

    def known(self, stories: Iterable[Story]) -> dict[tuple[str, str, str], str | None]:
        """Return of which event a rule first told, by rule, watchlist and story; None where the row says of none."""
        story = tuple_(alerts.c.watchlist, alerts.c.story)
        columns = alerts.c.rule, alerts.c.watchlist, alerts.c.story, alerts.c.event
        found: dict[tuple[str, str, str], str | None] = {}
        for chunk in _chunks(sorted(set(stories))):
            query = select(*columns).where(story.in_(chunk), alerts.c.kind == "story")
            found.update({(row.rule, row.watchlist, row.story): row.event for row in self._connection.execute(query)})
        return found

    def present(self, ids: Iterable[str]) -> set[str]:
        """Return those of the ids that have a row."""
        found: set[str] = set()
        for chunk in _chunks(sorted(set(ids))):
            found.update(self._connection.scalars(select(alerts.c.id).where(alerts.c.id.in_(chunk))))
        return found

    def told(self, rules: Iterable[str], channels: Iterable[str], since: datetime) -> Counter[tuple[str, str]]:
        """Return how many alerts of the rules were for telling at once since then, by rule and channel."""
        theirs = alerts.c.rule.in_(sorted(rules)), alerts.c.channel.in_(sorted(channels))
        at_once = alerts.c.digest.is_(None), alerts.c.kind != "digest", alerts.c.state.not_in(("held", "snoozed"))
        query = (
            select(alerts.c.rule, alerts.c.channel, func.count().label("told"))
            .where(*theirs, alerts.c.created >= since, *at_once)
            .group_by(alerts.c.rule, alerts.c.channel)
        )
        return Counter({(row.rule, row.channel): row.told for row in self._connection.execute(query)})

    def snoozed(self) -> Mapping[tuple[str, str], datetime]:
        """Return until when somebody wants to hear nothing of a rule or a story, by scope and subject."""
        query = select(alert_snoozes).where(alert_snoozes.c.until > self.now)
        return {(row.scope, row.subject): row.until for row in self._connection.execute(query)}

    def add(self, new: Sequence[Draft]) -> None:
        """Write the alerts that are not there yet; those that are keep their first body."""
        if not new:
            return
        statement = insert_into(self._connection, alerts).on_conflict_do_nothing(index_elements=[alerts.c.id])
        place = end_of_queue(self._connection, {draft.alert.channel for draft in new}, self.now)
        self._connection.execute(
            statement, [row(draft, self.now, place + index * TICK) for index, draft in enumerate(new)]
        )


def end_of_queue(connection: Connection, channels: Iterable[str], now: datetime) -> datetime:
    """Return a time behind all that waits for the channels: now, unless the clock was set back."""
    waiting = alerts.c.channel.in_(sorted(channels)), alerts.c.state.in_((*QUEUED, "held", "snoozed"))
    newest = connection.execute(select(alerts.c.created).where(*waiting).order_by(alerts.c.created.desc()).limit(1))
    last = newest.scalar()
    return now if last is None else max(now, last + TICK)


def row(draft: Draft, now: datetime, place: datetime) -> dict[str, Any]:
    """Return the row of a new alert, with its place in the queue of its channel."""
    alert, held = draft.alert, draft.held
    return {
        "id": alert.id,
        "rule": alert.rule,
        "watchlist": alert.watchlist,
        "story": alert.story,
        "kind": alert.kind,
        "event": draft.event,
        "channel": alert.channel,
        "state": "pending" if held is None else "snoozed" if held.reason == "snoozed" else "held",
        "body": alert.model_dump(mode="json"),
        "attempts": 0,
        "next_attempt": now,
        "created": place,
        "due": held.due if held else None,
        "problem": held.reason if held else None,
    }


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
