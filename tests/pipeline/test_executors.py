"""The runner with sinks and with asynchronous stages."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator, Sequence

import pytest

from pipeline.errors import Retry
from pipeline.executors import LoopExecutor, SinkExecutor
from pipeline.loop import LoopThread
from pipeline.messages import Entry, Message
from pipeline.testing import make_article
from tests.pipeline.running import IN, OUT, Bench, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


class ListSink:
    """A sink that keeps what it is given, unless it is told to fail."""

    name = "scripted"
    reads = (IN,)

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.batches: list[int] = []
        self.poison: str | None = None
        self.errors: list[Exception] = []

    def write(self, batch: Sequence[Entry]) -> None:
        self.batches.append(len(batch))
        if self.errors:
            raise self.errors.pop()
        if self.poison in [entry.title for entry in batch]:
            raise ValueError("poison")
        self.rows += [entry.title for entry in batch]


def test_a_sink_gets_batches(clock: Clock) -> None:
    sink = ListSink()
    bench = Bench(SinkExecutor(sink, clock, batch=4), clock)
    bench.feed(*"abcdef")
    bench.step()
    assert sink.rows == list("abcdef")
    assert sink.batches == [4, 2]
    assert bench.committed() == 6


def test_one_poisonous_document_of_a_batch_is_dead_lettered_and_the_others_are_written(clock: Clock) -> None:
    sink = ListSink()
    sink.poison = "c"
    bench = Bench(SinkExecutor(sink, clock, batch=10), clock)
    bench.feed(*"abcdef")
    bench.step()
    assert sink.rows == list("abdef")
    assert len(bench.broker.records("in.dlt")) == 1


def test_a_sink_whose_database_is_down_gets_the_batch_again(clock: Clock) -> None:
    sink = ListSink()
    sink.errors = [Retry("down", forever=True)]
    bench = Bench(SinkExecutor(sink, clock, batch=10), clock)
    bench.feed("a", "b")
    bench.step()
    assert sink.rows == []
    assert bench.committed() == 0
    clock.now += 1.0
    bench.step()
    assert sink.rows == ["a", "b"]


class Gate:
    """An asynchronous stage whose documents wait until the test lets them go."""

    name = "scripted"
    reads = (IN,)
    writes = (OUT,)

    def __init__(self) -> None:
        self.open: dict[str, asyncio.Event] = {}
        self.started = threading.Semaphore(0)

    async def __call__(self, entry: Entry) -> Iterable[Message]:
        self.open[entry.title] = asyncio.Event()
        self.started.release()
        await self.open[entry.title].wait()
        return [make_article(url=entry.url, title=entry.title)]


@pytest.fixture
def network() -> Iterator[LoopThread]:
    with LoopThread() as loop:
        yield loop


def _steps_until(bench: Bench, titles: list[str]) -> None:
    for _ in range(500):
        bench.step(times=1)
        if bench.out() == titles:
            return
    pytest.fail(f"{bench.out()} is not {titles}")


def test_a_slow_document_of_an_asynchronous_stage_delays_no_other_but_holds_the_offset(
    clock: Clock, network: LoopThread
) -> None:
    gate = Gate()
    bench = Bench(LoopExecutor(gate, clock, network.loop, concurrency=10), clock)
    bench.feed("slow", "quick")
    bench.step(times=1)
    assert gate.started.acquire(timeout=10)
    assert gate.started.acquire(timeout=10)
    network.loop.call_soon_threadsafe(gate.open["quick"].set)
    _steps_until(bench, ["quick"])
    assert bench.committed() == 0
    network.loop.call_soon_threadsafe(gate.open["slow"].set)
    _steps_until(bench, ["quick", "slow"])
    bench.step()
    assert bench.committed() == 2


def test_when_told_to_stop_what_runs_is_finished_and_committed(clock: Clock, network: LoopThread) -> None:
    gate = Gate()
    bench = Bench(LoopExecutor(gate, clock, network.loop, concurrency=10), clock)
    bench.bus.close()
    stop = threading.Event()
    thread = threading.Thread(target=bench.runner.run, args=(stop,))
    thread.start()
    bench.feed("a")
    assert gate.started.acquire(timeout=10)
    stop.set()
    network.loop.call_soon_threadsafe(gate.open["a"].set)
    thread.join(10)
    assert not thread.is_alive()
    assert bench.out() == ["a"]
    assert bench.committed() == 1
