"""The bus in memory keeps the promises of every bus, so that what is tested on it holds elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.errors import Fenced
from pipeline.memory import MemoryBroker
from pipeline.topics import TopicSpec
from tests.pipeline.contract import BusContract
from tests.pipeline.records import NO_LIMIT, after

SPEC = TopicSpec("topic", 2, timedelta(days=1))


class TestMemory(BusContract):
    @pytest.fixture
    def broker(self) -> MemoryBroker:
        return MemoryBroker()


def test_what_was_published_can_be_looked_at() -> None:
    broker = MemoryBroker([SPEC])
    bus = broker.connect("writers")
    bus.publish("topic", b"key", b"value")
    assert broker.records("topic") == []
    bus.flush()
    assert [record.value for record in broker.records("topic")] == [b"value"]


def test_an_ordered_failure_happens_once() -> None:
    broker = MemoryBroker([SPEC])
    broker.fail("flush", OSError("broken"))
    bus = broker.connect("writers")
    with pytest.raises(OSError, match="broken"):
        bus.flush()
    bus.flush()


def test_a_group_that_is_fenced_reads_again_from_what_it_committed() -> None:
    broker = MemoryBroker([SPEC])
    bus = broker.connect("group", ["topic"])
    bus.publish("topic", b"key", b"value")
    bus.flush()
    records = bus.poll(0, 10, NO_LIMIT)
    broker.fence("group")
    with pytest.raises(Fenced):
        bus.commit(after(records))
    assert bus.poll(0, 10, NO_LIMIT) == records
    bus.commit(after(records))
    assert broker.committed("group") == after(records)
