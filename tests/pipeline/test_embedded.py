"""The embedded bus: the contract, and what only a log in one file promises."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pipeline import embedded_bus, embedded_file, embedded_log
from pipeline.embedded import EmbeddedBroker
from pipeline.embedded_bus import Pulse
from pipeline.errors import BusError, Fenced
from pipeline.settings import EmbeddedSettings
from pipeline.topics import TopicSpec
from tests.pipeline.conftest import SESSION, Clock, OpenBroker, everything, put
from tests.pipeline.contract import BusContract
from tests.pipeline.records import NO_LIMIT, after, read, settle, values


class TestEmbedded(BusContract):
    @pytest.fixture
    def broker(self, path: Path) -> Iterator[EmbeddedBroker]:
        broker = EmbeddedBroker(path, EmbeddedSettings())
        yield broker
        broker.close()


# Members


def test_a_member_that_was_silent_for_the_session_loses_its_partitions_and_writes_nothing(
    open_broker: OpenBroker, clock: Clock
) -> None:
    broker = open_broker()
    put(broker, b"1", b"2")
    silent = broker.connect("group", ["topic"])
    records = read(silent, 2)
    clock.now += SESSION + 1
    other = open_broker().connect("group", ["topic"])
    assert len(other.assignment()) == 4
    silent.publish("out", b"key", b"answer")
    with pytest.raises(Fenced, match=r"topic\[\d\]"):
        silent.commit(after(records))
    silent.flush()
    assert everything(broker, "out") == []
    assert broker.backlog("group", ["topic"]) == 2
    assert values(read(other, 2)) == [b"1", b"2"]


def test_a_member_that_polls_keeps_its_partitions(open_broker: OpenBroker, clock: Clock) -> None:
    one, two = open_broker().connect("group", ["topic"]), open_broker().connect("group", ["topic"])
    settle(one, two)
    before = dict(one.assignment())
    for _ in range(6):
        clock.now += SESSION / 2
        one.poll(0, 1, 0)
        two.poll(0, 1, 0)
    assert one.assignment() == before


def test_a_member_that_was_put_out_joins_again_with_new_epochs(open_broker: OpenBroker, clock: Clock) -> None:
    one = open_broker().connect("group", ["topic"])
    before = dict(one.assignment())
    clock.now += SESSION + 1
    two = open_broker().connect("group", ["topic"])
    settle(one, two)
    assert all(before[partition] != epoch for partition, epoch in one.assignment().items())


def test_a_silent_member_whom_nobody_replaced_may_go_on(open_broker: OpenBroker, clock: Clock) -> None:
    broker = open_broker()
    put(broker, b"1")
    bus = broker.connect("group", ["topic"])
    records = read(bus, 1)
    clock.now += 100 * SESSION
    bus.commit(after(records))
    assert broker.backlog("group", ["topic"]) == 0


def test_a_clock_that_was_set_back_makes_no_dead_member_live_for_ever(open_broker: OpenBroker, clock: Clock) -> None:
    open_broker().connect("group", ["topic"])
    clock.now -= 3600
    assert len(open_broker().connect("group", ["topic"]).assignment()) == 4


def test_three_members_hold_as_many_partitions_as_each_other_or_one_more(open_broker: OpenBroker) -> None:
    broker = open_broker()
    buses = [broker.connect("group", ["topic"]) for _ in range(3)]
    settle(*buses)
    assert sorted(len(bus.assignment()) for bus in buses) == [1, 1, 2]


def test_no_more_partitions_move_than_have_to(open_broker: OpenBroker) -> None:
    broker = open_broker()
    one = broker.connect("group", ["topic"])
    before = set(one.assignment())
    two = broker.connect("group", ["topic"])
    settle(one, two)
    kept = set(one.assignment())
    assert kept < before
    three = broker.connect("group", ["topic"])
    settle(one, two, three)
    three.close()
    settle(one, two)
    assert len(kept & set(one.assignment())) >= 1


def test_groups_do_not_know_of_each_other(open_broker: OpenBroker) -> None:
    broker = open_broker()
    put(broker, b"1")
    one, two = broker.connect("one", ["topic"]), broker.connect("two", ["topic"])
    one.commit(after(read(one, 1)))
    assert values(read(two, 1)) == [b"1"]
    assert broker.backlog("two", ["topic"]) == 1


# Transactions


def test_outputs_are_not_there_before_the_commit_and_all_there_after(open_broker: OpenBroker) -> None:
    broker = open_broker()
    put(broker, b"1")
    bus = broker.connect("group", ["topic"])
    offsets = after(read(bus, 1))
    bus.publish("out", b"a", b"first")
    bus.publish("out", b"b", b"second")
    assert everything(broker, "out") == []
    bus.commit(offsets)
    assert everything(broker, "out") == [b"first", b"second"]


def test_what_was_not_flushed_is_forgotten_by_close(open_broker: OpenBroker) -> None:
    broker = open_broker()
    bus = broker.connect("writers")
    bus.publish("out", b"key", b"value")
    bus.close()
    assert everything(broker, "out") == []


def test_what_was_published_is_written_when_it_fills_the_buffer(
    open_broker: OpenBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_bus, "BUFFER_BYTES", 100)
    broker = open_broker()
    bus = broker.connect("writers")
    bus.publish("out", b"", b"x" * 60)
    assert everything(broker, "out") == []
    bus.publish("out", b"", b"y" * 60)
    assert len(everything(broker, "out")) == 2


def test_a_full_disk_is_an_error_that_keeps_what_was_published_for_another_try(open_broker: OpenBroker) -> None:
    broker = open_broker()
    bus = broker.connect("writers")
    pages = bus._connection.execute("PRAGMA page_count").fetchone()[0]
    bus._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    bus.publish("out", b"key", b"x" * 100_000)
    with pytest.raises(BusError, match="full"):
        bus.flush()
    bus._connection.execute("PRAGMA max_page_count = 1000000")
    bus.flush()
    assert len(everything(broker, "out")) == 1


def test_a_file_that_another_program_locks_is_an_error(
    open_broker: OpenBroker, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_file, "BUSY_SECONDS", 0.05)
    broker = open_broker()
    bus = broker.connect("writers")
    bus.publish("out", b"key", b"value")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusError, match="locked"):
        bus.flush()
    other.execute("ROLLBACK")
    other.close()
    bus.flush()
    assert everything(broker, "out") == [b"value"]


# Waking


class WatchedEvent(threading.Event):
    """Says when somebody begins to wait, and how often it was set."""

    def __init__(self) -> None:
        super().__init__()
        self.awaited = threading.Event()
        self.times = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.awaited.set()
        return super().wait(timeout)

    def set(self) -> None:
        self.times += 1
        super().set()


class WatchedPulse(Pulse):
    """Gives every bus the same event to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.news = WatchedEvent()

    def listen(self, topics: Collection[str]) -> threading.Event:
        for topic in topics:
            self._sleepers[topic] = [self.news]
        return self.news


@pytest.fixture
def watched(open_broker: OpenBroker, monkeypatch: pytest.MonkeyPatch) -> tuple[EmbeddedBroker, WatchedEvent]:
    """Return a broker whose buses look at the file by themselves only after an hour, and what they wait for."""
    monkeypatch.setattr(embedded_bus, "LOOK_INTERVAL", 3600.0)
    broker = open_broker()
    pulse = broker._shared.pulse = WatchedPulse()
    return broker, pulse.news


def test_a_waiting_bus_is_woken_by_another_of_its_process(watched: tuple[EmbeddedBroker, WatchedEvent]) -> None:
    broker, news = watched
    waiting, found = broker.connect("group", ["topic"]), []
    thread = threading.Thread(target=lambda: found.extend(waiting.poll(3600.0, 10, NO_LIMIT)), daemon=True)
    thread.start()
    assert news.awaited.wait(30)
    put(broker, b"wake up")
    thread.join(30)
    assert values(found) == [b"wake up"]


def test_a_bus_is_woken_by_what_it_reads_alone_and_not_after_it_has_left(
    watched: tuple[EmbeddedBroker, WatchedEvent],
) -> None:
    broker, news = watched
    waiting = broker.connect("group", ["topic"])
    writer = broker.connect("writers")
    writer.publish("out", b"key", b"of no interest")
    writer.flush()
    assert news.times == 0
    put(broker, b"of interest")
    assert news.times == 1
    waiting.close()
    put(broker, b"too late")
    assert news.times == 1


def test_a_waiting_bus_notices_what_another_process_wrote(open_broker: OpenBroker) -> None:
    waiting = open_broker().connect("group", ["topic"])
    assert waiting.poll(0, 10, NO_LIMIT) == []
    put(open_broker(), b"from elsewhere")
    assert values(waiting.poll(30.0, 10, NO_LIMIT)) == [b"from elsewhere"]


# Retention


def test_records_past_their_age_are_removed_and_the_others_stay(open_broker: OpenBroker, clock: Clock) -> None:
    broker = open_broker()
    put(broker, b"old")
    clock.now += timedelta(hours=23).total_seconds()
    put(broker, b"young")
    clock.now += timedelta(hours=2).total_seconds()
    put(broker, b"new")
    put(broker, b"newest")
    assert everything(broker, "topic") == [b"new", b"newest", b"young"]


def test_the_oldest_records_of_a_partition_above_its_size_are_removed(open_broker: OpenBroker, clock: Clock) -> None:
    broker = open_broker()
    for number in range(30):
        put(broker, b"%02d" % number + bytes(100_000))
    clock.now += embedded_bus.TRIM_INTERVAL
    put(broker, b"last")
    kept = everything(broker, "topic")
    assert 9 <= len(kept) <= 11
    assert kept[0].startswith(b"20")
    assert b"last" in kept


def test_a_lot_of_old_records_goes_in_steps(
    open_broker: OpenBroker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_log, "TRIM_RECORDS", 10)
    broker = open_broker()
    put(broker, *(b"%02d" % number for number in range(25)))
    clock.now += timedelta(days=2).total_seconds()
    left = []
    for _ in range(3):
        put(broker, b"x", topic="out")
        left.append(len(everything(broker, "topic")))
    # Reading writes too, since the reader joins a group: each write may take one more step.
    assert left[0] > 0
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0


def test_records_that_a_group_had_not_read_are_reported_and_passed_over(open_broker: OpenBroker, clock: Clock) -> None:
    broker = open_broker()
    put(broker, b"1", b"2", b"3")
    bus = broker.connect("group", ["topic"])
    first = bus.poll(0, 1, NO_LIMIT)
    bus.commit(after(first))
    clock.now += timedelta(days=2).total_seconds()
    with capture_logs() as logs:
        put(broker, b"4")
    (loss,) = [entry for entry in logs if entry["event"] == "records.expired_unread"]
    assert (loss["log_level"], loss["topic"], loss["group"], loss["records"]) == ("error", "topic", "group", 2)
    assert values(read(bus, 1)) == [b"4"]
    assert bus.poll(0, 10, NO_LIMIT) == []
    assert broker.backlog("group", ["topic"]) == 1


def test_a_topic_that_is_there_gets_the_new_retention_and_keeps_its_partitions(
    open_broker: OpenBroker, clock: Clock
) -> None:
    broker = open_broker()
    put(broker, b"old")
    assert broker.create_topics([TopicSpec("topic", 9, timedelta(minutes=1))]) == []
    clock.now += 120
    put(broker, b"x", topic="out")
    assert everything(broker, "topic") == []
    assert len(broker.connect("group", ["topic"]).assignment()) == 4
