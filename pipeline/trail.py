"""What ended otherwise than by being passed on: the record behind `wirewatch trace` and `wirewatch funnel`.

What was passed on is known from what it became: an entry, an article, a story, an alert. So only the rest is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

import structlog
from sqlalchemy import Engine, delete

from pipeline.database import insert_into, writing
from pipeline.errors import Retry
from pipeline.messages import Article, Entry, Message, StoryEvent, TaggedArticle
from pipeline.tables import outcomes

Ending = Literal["dropped", "retried", "quarantined"]

LONGEST_REASON = 500
"""Characters that are kept of a reason."""

AT_ONCE = 500
"""Rows that one statement writes."""

FORGET_EVERY = timedelta(hours=1)
"""Time between two looks for what is too old."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a message ended at a stage; a message that was tried again has the outcome of its last try."""

    stage: str
    message: str
    entry: str
    url: str
    feed_url: str
    outlet: str
    outcome: Ending
    reason: str
    attempts: int
    at: datetime


class Trail(Protocol):
    """What is told how messages ended."""

    def add(self, ended: Ended) -> None:
        """Note an outcome, in memory."""

    def flush(self) -> bool:
        """Make durable what was noted, and return whether it is."""


class NoTrail:
    """Keeps nothing."""

    def add(self, ended: Ended) -> None:
        """Forget it."""

    def flush(self) -> bool:
        """Return True: there is nothing to write."""
        return True


class SqlTrail:
    """Keeps outcomes in the table `outcomes`, by stage and message: a redelivery writes the same row again.

    The database is asked for when there is something to write; `keep` is how long a row stays.
    """

    def __init__(
        self, engine: Callable[[], Engine], keep: timedelta, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine = engine
        self._keep = keep
        self._now = now
        self._waiting: dict[tuple[str, str], Ended] = {}
        self._forgot = datetime.min.replace(tzinfo=UTC)
        self._log = structlog.get_logger()

    def add(self, ended: Ended) -> None:
        """Note an outcome; a later one of the same message takes its place."""
        self._waiting[ended.stage, ended.message] = ended

    def flush(self) -> bool:
        """Write what was noted, and return whether it is durable; what is not is kept and written next time."""
        if not self._waiting:
            return True
        try:
            self._write([asdict(ended) for ended in self._waiting.values()])
        except Retry as error:
            self._log.warning("trail.unwritten", rows=len(self._waiting), error=error.reason)
            return False
        self._waiting.clear()
        return True

    def _write(self, rows: list[dict[str, object]]) -> None:
        with writing(self._engine()) as connection:
            for start in range(0, len(rows), AT_ONCE):
                insert = insert_into(connection, outcomes).values(rows[start : start + AT_ONCE])
                new = {name: insert.excluded[name] for name in ("outcome", "reason", "attempts", "at", "url")}
                connection.execute(insert.on_conflict_do_update(index_elements=["stage", "message"], set_=new))
            now = self._now()
            if now - self._forgot >= FORGET_EVERY:
                connection.execute(delete(outcomes).where(outcomes.c.at < now - self._keep))
                self._forgot = now


def ended(stage: str, body: Message, outcome: Ending, reason: str, attempts: int) -> Ended | None:
    """Return the record of a message that ended now; None for one that comes from no entry."""
    origin = body.article if isinstance(body, TaggedArticle | StoryEvent) else body
    if not isinstance(origin, Entry | Article):
        return None
    entry = origin.id if isinstance(origin, Entry) else origin.entry_id
    told = " ".join(reason.replace("\0", " ").split())[:LONGEST_REASON]
    now = datetime.now(UTC)
    return Ended(
        stage, body.id, entry, origin.url, origin.feed_url, origin.outlet.name, outcome, told, max(attempts, 1), now
    )
