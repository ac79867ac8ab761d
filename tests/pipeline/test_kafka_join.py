"""A joining is seen through to its end, however short the waits are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.kafka_join import Joining


class Future:
    """What the library gives for something that runs on its thread."""

    def __init__(self) -> None:
        self.exception: Exception | None = None
        self._callbacks: list[Callable[[Any], None]] = []

    def add_both(self, callback: Callable[[Any], None]) -> None:
        self._callbacks.append(callback)

    def end(self, exception: Exception | None = None) -> None:
        self.exception = exception
        for callback in self._callbacks:
            callback(exception)


class Coordinator:
    """Counts the joinings it is asked for; each ends when the test says so."""

    def __init__(self) -> None:
        self.wanted = True
        self.joinings: list[Future] = []
        self._manager = self

    def need_rejoin(self) -> bool:
        return self.wanted

    def rebalance_in_progress(self) -> bool:
        return False

    def request_rejoin(self) -> None:
        self.wanted = True

    def ensure_active_group_async(self) -> None:
        """Stand for the library's coroutine."""

    def call_soon(self, _: object) -> Future:
        self.joinings.append(Future())
        return self.joinings[-1]

    def end(self, exception: Exception | None = None) -> None:
        self.wanted = False
        self.joinings[-1].end(exception)


def test_a_member_that_knows_its_share_waits_for_nothing() -> None:
    coordinator = Coordinator()
    coordinator.wanted = False
    assert Joining(coordinator).wait(0)
    assert coordinator.joinings == []


def test_a_joining_that_outlasts_a_poll_is_not_begun_again() -> None:
    coordinator = Coordinator()
    joining = Joining(coordinator)
    assert not joining.wait(0)
    coordinator.wanted = False
    assert not joining.wait(0)
    coordinator.end()
    assert joining.wait(0)
    assert len(coordinator.joinings) == 1


def test_a_joining_that_failed_raises_its_error_once_and_is_begun_again() -> None:
    coordinator = Coordinator()
    joining = Joining(coordinator)
    assert not joining.wait(0)
    coordinator.end(OSError("refused"))
    with pytest.raises(OSError, match="refused"):
        joining.wait(0)
    coordinator.wanted = True
    assert not joining.wait(0)
    assert len(coordinator.joinings) == 2
