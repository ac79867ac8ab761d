"""Runs stages in one process: a thread each, a watchdog, and an end on SIGTERM with nothing lost."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType

import structlog

from pipeline.watchdog import Watchdog

EXIT_FAILED = 1
STOP_GRACE = 8.0
"""Seconds that all stages together have to stop; container runtimes kill after 10."""


@dataclass(frozen=True)
class Unit:
    """One stage, ready to run: `run` works until the event is set, `ready` is set while it can do its job."""

    name: str
    run: Callable[[threading.Event], None]
    ready: threading.Event


class Process:
    """The stages of this process; the first that fails ends them all."""

    def __init__(self, units: Sequence[Unit], watchdog: Watchdog) -> None:
        self._units = units
        self._watchdog = watchdog
        self._stop = threading.Event()
        self._failures: dict[str, BaseException] = {}
        self._deadline: float | None = None
        self._threads = [
            threading.Thread(target=self._run, args=(unit,), name=unit.name, daemon=True) for unit in units
        ]

    def start(self) -> None:
        """Start every stage, and the watchdog."""
        self._watchdog.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask every stage to stop."""
        self._stop.set()

    def stopped(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for a stop; return whether it was asked for."""
        return self._stop.wait(timeout)

    def wait(self) -> int:
        """Return the exit code when all stages have stopped or had their time to, counted from the first call."""
        self._stop.wait()
        self._deadline = self._deadline or time.monotonic() + STOP_GRACE
        for thread in self._threads:
            thread.join(max(self._deadline - time.monotonic(), 0.0))
        self._watchdog.stop()
        late = [thread.name for thread in self._threads if thread.is_alive()]
        if late:
            structlog.get_logger().error("process.stopped_late", stages=late)
        return EXIT_FAILED if self._failures or late else 0

    def problems(self) -> dict[str, str]:
        """Return what is wrong, by stage: failed, or without progress for too long."""
        found = {name: f"{type(error).__name__}: {error}" for name, error in self._failures.items()}
        return found | dict.fromkeys(self._watchdog.stalled(), "no progress")

    def unready(self) -> dict[str, str]:
        """Return the stages that cannot do their job yet, or any more."""
        return {unit.name: "not connected" for unit in self._units if not unit.ready.is_set()} | self.problems()

    def _run(self, unit: Unit) -> None:
        try:
            unit.run(self._stop)
        except Exception as error:  # noqa: BLE001  # whatever ends a stage ends the process, in order
            self._failures[unit.name] = error
            structlog.get_logger().exception("stage.failed", stage=unit.name)
        finally:
            # A stage that ends, for whatever reason, leaves the others without their neighbour: start all again.
            self._stop.set()


@contextlib.contextmanager
def stopping_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT; a second signal ends the process at once."""

    def handle(number: int, _: FrameType | None) -> None:
        structlog.get_logger().info("process.stopping", signal=signal.Signals(number).name)
        signal.signal(number, signal.SIG_DFL)
        stop()

    previous = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
