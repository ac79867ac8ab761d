"""The newest alerts of the ledger, for those who look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from pipeline.database import reading
from pipeline.tables import alerts


@dataclass(frozen=True, slots=True)
class AlertSeen:
    """An alert as the ledger has it; `problem` is what the last attempt met."""

    created: datetime
    channel: str
    state: str
    title: str
    problem: str | None


def newest(engine: Engine, most: int) -> list[AlertSeen]:
    """Return the newest alerts, the newest first. Raises Retry where the database cannot be reached."""
    query = select(alerts).order_by(alerts.c.created.desc(), alerts.c.id).limit(most)
    with reading(engine) as connection:
        return [
            AlertSeen(row.created, row.channel, row.state, str(row.body.get("title", "")), row.problem)
            for row in connection.execute(query)
        ]
