"""Joining a Kafka group: what the library's consumer does only within a poll, done beside it."""

from __future__ import annotations

import threading
from typing import Any


class Joining:
    """Sees each sharing-out of a group through to its end, however short the polls are.

    The library waits for the other members in `poll` only. When they are ready between two polls it throws the answer
    away and asks anew, which makes all of them share out again, and so on for ever where a member is slower than the
    others; and where a change of topics was the reason, it forgets that it was joining. A joining that runs on the
    library's own thread until it has ended is the cure. `coordinator` is that of a consumer; nothing of this has a
    public name.
    """

    def __init__(self, coordinator: Any) -> None:
        self._coordinator = coordinator
        self._ended = threading.Event()
        self._future: Any = None

    def wait(self, timeout: float) -> bool:
        """Join if it is asked for, and return whether this member knows its share; raises the library's errors."""
        if self._future is None:
            if not (self._coordinator.need_rejoin() or self._coordinator.rebalance_in_progress()):
                return True
            self._start()
        if not self._ended.wait(timeout):
            return False
        ended, self._future = self._future, None
        if ended.exception is not None:
            raise ended.exception
        return True

    def _start(self) -> None:
        self._coordinator.request_rejoin()
        self._ended.clear()
        self._future = self._coordinator._manager.call_soon(self._coordinator.ensure_active_group_async)  # noqa: SLF001
        self._future.add_both(lambda _: self._ended.set())
