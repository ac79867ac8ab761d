from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from ingest.fetcher import Fetcher
from ingest.pressure import PAUSE, Pressure
from pipeline import codec
from pipeline.errors import BusError
from pipeline.messages import Envelope
from pipeline.telemetry import Telemetry
from pipeline.testing import MemoryBroker, make_entry
from pipeline.topics import ENTRIES, specs
from tests.ingest.feeding import NOON, FakeClock, FakeFeeds, item, rss
from tests.ingest.polling import ONE, MakePoller, polls, row, value


def test_it_holds_from_the_limit_on_until_half_is_left() -> None:
    waiting = iter((9, 10, 8, 6, 5, 8, 10))
    pressure = Pressure(lambda: next(waiting), 10)
    held = [pressure.look(NOON + timedelta(seconds=PAUSE * number)) for number in range(7)]
    assert held == [False, True, True, True, False, False, True]


def test_the_bus_is_asked_no_more_often_than_the_pause() -> None:
    asked: list[int] = []
    pressure = Pressure(lambda: len(asked.append(1) or asked), 1)  # type: ignore[func-returns-value]  # counts calls
    for tenth in range(101):
        pressure.look(NOON + timedelta(seconds=tenth / 10))
    assert len(asked) == 1 + 10 / PAUSE


def test_no_poll_begins_while_entries_wait_and_what_is_due_is_asked_after(
    make_poller: MakePoller, feeds: FakeFeeds, clock: FakeClock, engine: Engine, telemetry: Telemetry
) -> None:
    broker = MemoryBroker(specs())
    bus = broker.connect("poller")
    reader = broker.connect(Fetcher.name, [ENTRIES.name])
    for number in range(20):
        entry = make_entry(url=f"https://example.com/{number}")
        bus.publish(ENTRIES.name, *codec.encode(Envelope(entry.domain, entry, codec.new_trace(entry.id))))
    bus.flush()
    feeds.serve(ONE.url, rss(item("a")))
    held: list[float] = []

    def waiting() -> int:
        if len(held) == 4:
            records = reader.poll(0, 15, 1 << 20)
            reader.commit({record.origin: record.offset + 1 for record in records})
        held.append(value(telemetry, "feed_polls_held"))
        assert feeds.requests == []
        return broker.backlog(Fetcher.name, [ENTRIES.name])

    assert len(polls(make_poller(waiting=waiting, backlog=10))[0]) == 1
    assert held == [0, 1, 1, 1, 1]
    assert value(telemetry, "feed_polls_held") == 0
    assert clock.slept == [PAUSE] * 4
    assert row(engine).lease_owner is None


def test_a_bus_that_cannot_be_asked_is_an_interruption_that_loses_nothing(
    make_poller: MakePoller, feeds: FakeFeeds
) -> None:
    def waiting() -> int:
        raise BusError("gone")

    feeds.serve(ONE.url, rss(item("a")))
    with pytest.raises(BusError):
        polls(make_poller(waiting=waiting))
    assert len(polls(make_poller())[0]) == 1
