from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest

from pipeline.errors import BusError
from pipeline.loop import LoopThread
from pipeline.memory import MemoryBroker
from pipeline.messages import Entry
from pipeline.settings import RunnerSettings
from pipeline.source_runner import SourceRunner
from pipeline.stage import Harvest
from pipeline.telemetry import Telemetry
from pipeline.testing import make_entry
from pipeline.topics import ENTRIES, specs


class Field:
    """A source that yields each entry until it was told to keep it, and calls `done` when all are kept."""

    name = "poller"
    writes = (ENTRIES,)

    def __init__(self, broker: MemoryBroker, *titles: str) -> None:
        self.left = list(titles)
        self.durable_at_keep: list[int] = []
        self.closed = False
        self._broker = broker
        self.done = threading.Event()

    async def harvests(self) -> AsyncIterator[Harvest]:
        try:
            while self.left:
                title = self.left[0]
                yield Harvest([make_entry(url=f"https://www.example.com/{title}")], partial(self.keep, title))
            self.done.set()
        finally:
            self.closed = True

    def keep(self, title: str) -> None:
        self.durable_at_keep.append(len(self._broker.records("news.entries")))
        self.left.remove(title)


@pytest.fixture
def network() -> Iterator[LoopThread]:
    with LoopThread() as loop:
        yield loop


def run(broker: MemoryBroker, field: Field, network: LoopThread) -> None:
    settings = RunnerSettings(backoff=0.001)
    runner = SourceRunner(broker, field, settings, Telemetry(), network.loop)
    stop = threading.Event()
    thread = threading.Thread(target=runner.run, args=(stop,))
    thread.start()
    assert field.done.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def published(broker: MemoryBroker) -> list[str]:
    return [Entry.model_validate_json(record.value).url[-1] for record in broker.records("news.entries")]


def test_a_harvest_is_kept_only_when_its_documents_are_durable(network: LoopThread) -> None:
    broker = MemoryBroker(specs())
    field = Field(broker, "a", "b", "c")
    run(broker, field, network)
    assert field.durable_at_keep == [1, 2, 3]
    assert sorted(published(broker)) == ["a", "b", "c"]


def test_what_was_not_durable_is_harvested_anew_once_the_bus_is_back(network: LoopThread) -> None:
    broker = MemoryBroker(specs())
    field = Field(broker, "a", "b")
    broker.fail("flush", BusError("away"), BusError("still away"))
    run(broker, field, network)
    assert sorted(published(broker)) == ["a", "b"]
    assert field.left == []


def test_the_source_is_closed_when_the_runner_stops(network: LoopThread) -> None:
    broker = MemoryBroker(specs())
    field = Field(broker, "a")
    run(broker, field, network)
    assert field.closed
