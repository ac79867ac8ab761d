"""Keeps many calls of one coroutine function running, and hands their results out several at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

LINGER = 0.05
"""Seconds that a result waits for others, so that they are stored together."""


class Workers(Generic[Given, Made]):
    """At most `many` calls at once; what is given beyond that waits its turn.

    While `many` results wait to be taken no further call begins, so that a slow taker is not run over. The function
    must not raise.
    """

    def __init__(self, work: Callable[[Given], Awaitable[Made]], many: int, linger: float = LINGER) -> None:
        self._work = work
        self._many = many
        self._linger = linger
        self._given: deque[Given] = deque()
        self._made: list[Made] = []
        self._running: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._wanted = 1

    @property
    def room(self) -> int:
        """Return how much more may be given so that no worker runs dry before the next results are taken."""
        return 2 * self._many - len(self._given) - len(self._running) - len(self._made)

    def give(self, items: Iterable[Given]) -> None:
        """Add work."""
        self._given.extend(items)
        self._start()

    async def take(self, patience: float) -> list[Made]:
        """Return results, as soon as there are some; none after `patience` seconds."""
        if self._running or self._given or self._made:
            await self._until(1, patience)
        if self._made and self._running:
            await self._until(self._many // 2, self._linger)
        made, self._made = self._made, []
        self._start()
        return made

    async def close(self) -> None:
        """Cancel what runs and forget the rest."""
        self._given.clear()
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _until(self, many: int, patience: float) -> None:
        """Wait for so many results, or until nothing runs."""
        self._wanted = many
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while len(self._made) < many and self._running:
                    self._news.clear()
                    await self._news.wait()

    def _start(self) -> None:
        while self._given and len(self._running) < self._many and len(self._made) < self._many:
            task = asyncio.create_task(self._run(self._given.popleft()))
            self._running.add(task)
            task.add_done_callback(self._ended)

    async def _run(self, item: Given) -> None:
        while True:
            made = await self._work(item)
            self._made.append(made)
            if len(self._made) >= self._wanted:
                self._news.set()
            if not self._given or len(self._made) >= self._many:
                return
            item = self._given.popleft()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not self._running:
            self._news.set()
