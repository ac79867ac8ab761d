"""How a stage is called: inline, many at once on an event loop, or a sink with a batch."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from pipeline.errors import Retry
from pipeline.lanes import State, Work
from pipeline.messages import Message
from pipeline.stage import AsyncStage, Sink, Stage, Topics

INLINE_CHUNK = 32
"""Documents an inline stage handles between two looks at the bus."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a record: the documents it was turned into, or the error that ended it; seconds spent."""

    work: Work
    result: Sequence[Message] | Exception
    seconds: float


class Executor(Protocol):
    """Calls a stage."""

    name: str
    reads: Topics
    writes: Topics
    ordered: bool

    def capacity(self) -> int:
        """Return how many more records may be started."""

    def start(self, works: Sequence[Work]) -> None:
        """Begin with the records."""

    def finished(self, timeout: float) -> list[Outcome]:
        """Return what has ended, waiting up to `timeout` seconds for the first."""

    def running(self) -> int:
        """Return how many records were started and have not ended."""

    def cancel(self) -> None:
        """End what still runs; it is not reported."""


class _Immediate:
    """What runs in the runner's own thread: a call has ended before `start` returns."""

    ordered = True

    def __init__(self) -> None:
        self._done: list[Outcome] = []

    def finished(self, timeout: float) -> list[Outcome]:  # noqa: ARG002  # nothing runs in the background
        """Return what has ended since the last call."""
        done, self._done = self._done, []
        return done

    def running(self) -> int:
        """Return 0: a call ends before `start` returns."""
        return 0

    def cancel(self) -> None:
        """Do nothing: nothing runs in the background."""


class InlineExecutor(_Immediate):
    """Calls a stage in the runner's own thread, one document after the other."""

    def __init__(self, stage: Stage, clock: Callable[[], float]) -> None:
        super().__init__()
        self.name, self.reads, self.writes = stage.name, stage.reads, stage.writes
        self._stage = stage
        self._clock = clock

    def capacity(self) -> int:
        """Return the documents handled between two looks at the bus."""
        return INLINE_CHUNK

    def start(self, works: Sequence[Work]) -> None:
        """Handle the records; after one that is to be retried, the later ones of its partition wait."""
        blocked = set()
        for work in works:
            if work.record.origin in blocked:
                continue
            outcome = self._call(work)
            if isinstance(outcome.result, Retry):
                blocked.add(work.record.origin)
            self._done.append(outcome)

    def _call(self, work: Work) -> Outcome:
        began = self._clock()
        result: Sequence[Message] | Exception
        try:
            result = tuple(self._stage(work.envelope.body))
        except Exception as error:  # noqa: BLE001  # whatever a stage raises decides the fate of its document
            result = error
        return Outcome(work, result, self._clock() - began)


class SinkExecutor(_Immediate):
    """Calls a sink with batches; a batch that fails unexpectedly is tried again one by one."""

    writes: Topics = ()

    def __init__(self, sink: Sink, clock: Callable[[], float], batch: int) -> None:
        super().__init__()
        self.name, self.reads = sink.name, sink.reads
        self._sink = sink
        self._clock = clock
        self._batch = batch

    def capacity(self) -> int:
        """Return the size of a batch."""
        return self._batch

    def start(self, works: Sequence[Work]) -> None:
        """Write the records as one batch, then one by one where the sink refuses the batch."""
        began = self._clock()
        error = self._write(works)
        if error is None or isinstance(error, Retry) or len(works) == 1:
            share = (self._clock() - began) / len(works)
            self._done += [Outcome(work, error or (), share) for work in works]
            return
        for work in works:
            began = self._clock()
            self._done.append(Outcome(work, self._write([work]) or (), self._clock() - began))

    def _write(self, works: Sequence[Work]) -> Exception | None:
        try:
            self._sink.write([work.envelope.body for work in works])
        except Exception as error:  # noqa: BLE001  # whatever a sink raises decides the fate of its batch
            return error
        return None


class LoopExecutor:
    """Calls an asynchronous stage on an event loop, with many documents in flight, in no order."""

    ordered = False

    def __init__(
        self, stage: AsyncStage, clock: Callable[[], float], loop: asyncio.AbstractEventLoop, concurrency: int
    ) -> None:
        self.name, self.reads, self.writes = stage.name, stage.reads, stage.writes
        self._stage = stage
        self._clock = clock
        self._loop = loop
        self._concurrency = concurrency
        self._futures: dict[int, Future[None]] = {}
        self._done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()

    def capacity(self) -> int:
        """Return how many more documents may be in flight."""
        return self._concurrency - len(self._futures)

    def start(self, works: Sequence[Work]) -> None:
        """Put the documents in flight."""
        for work in works:
            work.state = State.RUNNING
            self._futures[id(work)] = asyncio.run_coroutine_threadsafe(self._call(work), self._loop)

    async def _call(self, work: Work) -> None:
        began = self._clock()
        result: Sequence[Message] | Exception
        try:
            documents: Iterable[Message] = await self._stage(work.envelope.body)
            result = tuple(documents)
        except Exception as error:  # noqa: BLE001  # whatever a stage raises decides the fate of its document
            result = error
        self._done.put(Outcome(work, result, self._clock() - began))

    def finished(self, timeout: float) -> list[Outcome]:
        """Return what has ended, waiting up to `timeout` seconds for the first."""
        done: list[Outcome] = []
        try:
            done.append(self._done.get(timeout=timeout) if timeout > 0 else self._done.get_nowait())
            while True:
                done.append(self._done.get_nowait())
        except queue.Empty:
            pass
        for outcome in done:
            self._futures.pop(id(outcome.work), None)
        return done

    def running(self) -> int:
        """Return how many documents are in flight."""
        return len(self._futures)

    def cancel(self) -> None:
        """End what is still in flight; it is not reported."""
        for future in self._futures.values():
            future.cancel()
        self._futures.clear()
