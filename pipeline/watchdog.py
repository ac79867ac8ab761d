"""Ends a process whose stage makes no progress, so that something can start it again."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable

EXIT_STALLED = 70
"""EX_SOFTWARE of sysexits.h."""


def _exit() -> None:
    os._exit(EXIT_STALLED)


class Watchdog:
    """Expects a beat of every stage within `patience` seconds; else it writes all stacks to stderr and exits."""

    def __init__(
        self, patience: float, *, clock: Callable[[], float] = time.monotonic, end: Callable[[], None] = _exit
    ) -> None:
        self._patience = patience
        self._clock = clock
        self._end = end
        self._beats: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def expect(self, name: str) -> Callable[[], None]:
        """Watch a stage from now on; call what is returned at every progress."""
        self._beats[name] = self._clock()

        def beat() -> None:
            self._beats[name] = self._clock()

        return beat

    def release(self, name: str) -> None:
        """Watch a stage no longer."""
        self._beats.pop(name, None)

    def stalled(self) -> list[str]:
        """Return the names of the stages without a beat for too long."""
        now = self._clock()
        return sorted(name for name, beat in list(self._beats.items()) if now - beat > self._patience)

    def check(self) -> None:
        """End the process when a stage has stalled."""
        stalled = self.stalled()
        if stalled:
            sys.stderr.write(f"watchdog: no progress in {self._patience:.0f} s: {', '.join(stalled)}; stacks follow\n")
            faulthandler.dump_traceback(file=sys.__stderr__ or 2, all_threads=True)
            self._end()

    def start(self) -> None:
        """Begin to watch, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.wait(min(self._patience / 4, 5.0)):
            self.check()
