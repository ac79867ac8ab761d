"""What was held back goes on when its time has come: many as one digest, one alone as itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row, select, update

from pipeline.database import insert_into, writing
from pipeline.messages import Alert
from pipeline.tables import alerts
from sinks.composed import digest
from sinks.page import Draft, end_of_queue, row

ENOUGH = 1000
"""Rows taken at once; what is beyond makes the next digest."""


def release(engine: Engine, now: datetime) -> tuple[str, ...]:
    """Put what is due by `now` into the queues of its channels, and return the channels. Raises Retry.

    All that a rule has due for a channel is told in one digest, whose row is written with the change of theirs: a crash
    before leaves them all due, one after leaves the digest to be sent.
    """
    due = select(alerts).where(alerts.c.due <= now).order_by(alerts.c.rule, alerts.c.channel, alerts.c.created)
    with writing(engine) as connection:
        rows = connection.execute(due.limit(ENOUGH).with_for_update(skip_locked=True)).all()
        channels = []
        for (_, channel), group in groupby(rows, key=lambda each: (each.rule, each.channel)):
            _release(connection, list(group), now, end_of_queue(connection, [channel], now))
            channels.append(channel)
    return tuple(dict.fromkeys(channels))


def _release(connection: Connection, rows: Sequence[Row[Any]], now: datetime, place: datetime) -> None:
    told = [alert for each in rows if (alert := _read(connection, each)) is not None]
    if len(told) == 1:
        # One alone is told in full: a digest of it would say less.
        queued = {"state": "pending", "due": None, "created": place, "next_attempt": now, "problem": None}
        connection.execute(update(alerts).where(alerts.c.id == told[0].id).values(**queued))
    elif told:
        whole = digest(told, now)
        insert = insert_into(connection, alerts).on_conflict_do_nothing(index_elements=[alerts.c.id])
        connection.execute(insert, [row(Draft(whole, whole.id), now, place)])
        _mark(connection, (alert.id for alert in told), {"state": "held", "due": None, "digest": whole.id})


def _read(connection: Connection, found: Row[Any]) -> Alert | None:
    try:
        return Alert.model_validate(found.body)
    except ValidationError as error:
        structlog.get_logger().error("alert.unreadable", id=found.id, channel=found.channel, error=str(error))
        _mark(connection, [found.id], {"state": "dead", "due": None, "problem": "unreadable"})
        return None


def _mark(connection: Connection, ids: Iterable[str], values: dict[str, Any]) -> None:
    connection.execute(update(alerts).where(alerts.c.id.in_(list(ids))).values(**values))
