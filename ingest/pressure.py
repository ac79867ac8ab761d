"""Whether what was found waits for so long that no more should be looked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

PAUSE = 5.0
"""Seconds between two looks at what waits."""


class Pressure:
    """Holds from `limit` waiting entries on, until half of them are left: so that it does not change at every look."""

    def __init__(self, backlog: Callable[[], int], limit: int) -> None:
        self._backlog = backlog
        self._limit = limit
        self._looked = datetime.min.replace(tzinfo=UTC)
        self.waiting = 0
        self.held = False

    def look(self, now: datetime) -> bool:
        """Return whether to hold, by what waited at the last look, PAUSE ago at most. Raises BusError."""
        if now - self._looked >= timedelta(seconds=PAUSE):
            self.waiting, self._looked = self._backlog(), now
            self.held = self.waiting >= self._limit or (self.held and self.waiting > self._limit // 2)
        return self.held
