"""Channels that do as a test says."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from pipeline.messages import Alert


class FakeChannel:
    """Answers each alert with the next of `answers`, an exception or None, and takes everything after those."""

    def __init__(self, name: str = "fake", answers: Sequence[Exception | None] = ()) -> None:
        self.name = name
        self.taken: list[Alert] = []
        self.tried: list[str] = []
        self.closed = False
        self._answers = list(answers)
        self._changed = threading.Condition()

    def send(self, alert: Alert, /) -> None:
        answer = self._answers.pop(0) if self._answers else None
        with self._changed:
            self.tried.append(alert.id)
            self._changed.notify_all()
            if answer is not None:
                raise answer
            self.taken.append(alert)

    def close(self) -> None:
        self.closed = True

    def wait_for(self, count: int) -> bool:
        """Return whether so many alerts were tried, within ten seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.tried) >= count, timeout=10)


class StuckChannel:
    """Takes an alert only when it is let go."""

    def __init__(self, name: str = "stuck") -> None:
        self.name = name
        self.entered = threading.Event()
        self.release = threading.Event()
        self.taken: list[Alert] = []

    def send(self, alert: Alert, /) -> None:
        self.entered.set()
        assert self.release.wait(30)
        self.taken.append(alert)

    def close(self) -> None:
        pass
