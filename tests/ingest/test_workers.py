from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from ingest.workers import Workers


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 10))


class Doors:
    """Work that waits until its door is opened; remembers how many waited at once."""

    def __init__(self) -> None:
        self.doors: dict[int, asyncio.Event] = {}
        self.begun: list[int] = []
        self.most = self.inside = 0
        self.cancelled: list[int] = []

    def open(self, *numbers: int) -> None:
        for number in numbers:
            self.doors.setdefault(number, asyncio.Event()).set()

    async def __call__(self, number: int) -> int:
        self.begun.append(number)
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await asyncio.sleep(0)
            await self.doors.setdefault(number, asyncio.Event()).wait()
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        finally:
            self.inside -= 1
        return number


def test_all_that_is_given_comes_back_and_never_more_at_once_than_allowed() -> None:
    async def work() -> None:
        doors = Doors()
        doors.open(*range(20))
        workers = Workers(doors, 3)
        workers.give(range(20))
        found: list[int] = []
        while len(found) < 20:
            found += await workers.take(5)
        assert sorted(found) == list(range(20))
        assert doors.most == 3

    run(work())


def test_a_result_waits_for_others_but_not_for_one_that_hangs() -> None:
    async def work() -> None:
        doors = Doors()
        workers = Workers(doors, 6, linger=5)
        workers.give(range(4))
        taking = asyncio.ensure_future(workers.take(5))
        for number in (1, 2, 3):
            doors.open(number)
            for _ in range(10):
                await asyncio.sleep(0)
        assert sorted(await taking) == [1, 2, 3]
        assert await workers.take(0.0) == []
        doors.open(0)
        assert await workers.take(5) == [0]

    run(work())


def test_no_call_begins_while_as_many_results_as_workers_wait_to_be_taken() -> None:
    async def work() -> None:
        doors = Doors()
        doors.open(*range(9))
        workers = Workers(doors, 2)
        workers.give(range(9))
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(doors.begun) <= 4
        assert workers.room <= 0
        assert len(await workers.take(5)) >= 2

    run(work())


def test_closing_cancels_what_runs_and_forgets_the_rest() -> None:
    async def work() -> None:
        doors = Doors()
        workers = Workers(doors, 2)
        workers.give(range(5))
        assert await workers.take(0.0) == []
        await workers.close()
        assert doors.begun == sorted(doors.cancelled) == [0, 1]
        assert await workers.take(0.0) == []

    run(work())
