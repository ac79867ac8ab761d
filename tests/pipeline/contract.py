"""What every bus promises; a new one is done when it passes."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from pipeline.bus import Bounds, Broker, Bus, Headers, Partition, Record
from pipeline.dead_letters import read_all
from pipeline.errors import BusError, Fenced
from pipeline.topics import TopicSpec
from tests.pipeline.records import (
    MANY,
    MEBIBYTE,
    NO_LIMIT,
    PARTITIONS,
    PATIENCE,
    Connect,
    after,
    polling,
    publish,
    read,
    settle,
    values,
)


class BusContract:
    """Tests for a `broker` fixture that a subclass gives; each test has a topic and a group of its own."""

    @pytest.fixture
    def topic(self, broker: Broker) -> str:
        name = f"contract-{uuid.uuid4().hex}"
        broker.create_topics([TopicSpec(name, PARTITIONS, timedelta(days=1))])
        return name

    @pytest.fixture
    def open_buses(self) -> Iterator[list[Bus]]:
        buses: list[Bus] = []
        yield buses
        for bus in buses:
            bus.close()

    @pytest.fixture
    def join(self, broker: Broker, topic: str, open_buses: list[Bus]) -> Connect:
        group = f"group-{topic}"

        def connect() -> Bus:
            open_buses.append(broker.connect(group, [topic]))
            return open_buses[-1]

        return connect

    @pytest.fixture
    def sharing(self) -> None:
        """Asked for by tests of two members; to be overridden where those cannot run."""

    @pytest.fixture
    def writer(self, broker: Broker, open_buses: list[Bus]) -> Bus:
        open_buses.append(broker.connect("writers"))
        return open_buses[-1]

    def test_records_of_one_key_keep_their_order(self, join: Connect, writer: Bus, topic: str) -> None:
        for number in range(200):
            writer.publish(topic, b"key-%d" % (number % 20), b"%d" % number)
        writer.flush()
        by_key: dict[bytes, list[Record]] = {}
        for record in read(join(), 200):
            by_key.setdefault(record.key, []).append(record)
        assert len(by_key) == 20
        for records in by_key.values():
            assert len({record.origin for record in records}) == 1
            assert all(int(one.value) < int(two.value) for one, two in pairwise(records))
            assert all(one.offset < two.offset for one, two in pairwise(records))

    def test_keys_are_spread_over_the_partitions(self, join: Connect, writer: Bus, topic: str) -> None:
        publish(writer, topic, 100)
        assert {record.partition for record in read(join(), 100)} == set(range(PARTITIONS))

    def test_what_was_not_committed_is_redelivered(self, join: Connect, writer: Bus, topic: str) -> None:
        sent = publish(writer, topic, 20)
        first = join()
        assert values(read(first, 20)) == sent
        first.close()
        assert values(read(join(), 20)) == sent

    def test_what_was_committed_is_not_redelivered(self, join: Connect, writer: Bus, topic: str) -> None:
        publish(writer, topic, 20)
        first = join()
        first.commit(after(read(first, 20)))
        first.close()
        more = publish(writer, topic, 5, "more")
        second = join()
        assert values(read(second, 5)) == more
        assert second.poll(0.1, 500, NO_LIMIT) == []

    def test_the_rest_of_a_batch_that_was_committed_in_part_is_redelivered(
        self, join: Connect, writer: Bus, topic: str
    ) -> None:
        for number in range(10):
            writer.publish(topic, b"one key", b"%d" % number)
        writer.flush()
        first = join()
        first.commit(after(read(first, 10)[:4]))
        first.close()
        assert values(read(join(), 6)) == [b"4", b"5", b"6", b"7", b"8", b"9"]

    def test_two_members_share_the_work_and_nobody_gets_what_was_committed(
        self, sharing: None, join: Connect, writer: Bus, topic: str
    ) -> None:
        one, two = join(), join()
        settle(one, two)
        assert len(one.assignment()) == len(two.assignment()) == PARTITIONS // 2
        sent = publish(writer, topic, 100)
        got: dict[str, list[Record]] = {"one": [], "two": []}
        while sum(map(len, got.values())) < 100:
            for name, bus in (("one", one), ("two", two)):
                batch = bus.poll(0.2, 30, NO_LIMIT)
                bus.commit(after(batch))
                got[name] += batch
        assert all(got.values())
        assert values(got["one"] + got["two"]) == sent
        two.close()
        assert settle(one) == []
        more = publish(writer, topic, 20, "more")
        assert values(read(one, 20)) == more

    def test_a_member_takes_over_what_another_left_uncommitted(
        self, sharing: None, join: Connect, writer: Bus, topic: str
    ) -> None:
        one, two = join(), join()
        settle(one, two)
        publish(writer, topic, 40)
        taken: list[Record] = []
        left: list[Record] = []
        while len(taken) + len(left) < 40:
            taken += one.poll(0.2, 500, NO_LIMIT)
            left += two.poll(0.2, 500, NO_LIMIT)
        one.commit(after(taken))
        two.close()
        assert values(read(one, len(left))) == values(left)

    def test_a_former_owner_is_fenced_and_commits_nothing(
        self, sharing: None, join: Connect, writer: Bus, topic: str, broker: Broker
    ) -> None:
        publish(writer, topic, 40)
        former = join()
        offsets = after(read(former, 40))
        newcomer = join()
        settle(former, newcomer)
        lost = {partition: offsets[partition] for partition in newcomer.assignment()}
        with polling(newcomer), pytest.raises(Fenced):
            former.commit(lost)
        assert broker.backlog(f"group-{topic}", [topic]) == 40

    def test_a_partition_given_anew_has_another_epoch_and_one_that_stayed_has_not(
        self, sharing: None, join: Connect, topic: str
    ) -> None:
        one = join()
        settle(one)
        before = dict(one.assignment())
        two = join()
        settle(one, two)
        stayed = set(one.assignment())
        two.close()
        settle(one)
        now = one.assignment()
        assert set(now) == set(before)
        assert {partition for partition in now if now[partition] == before[partition]} == stayed

    def test_bytes_that_mean_nothing_pass_through_untouched(self, join: Connect, writer: Bus, topic: str) -> None:
        poison = bytes(range(256))
        writer.publish(topic, poison, poison, (("wirewatch-schema", b"\xff\xfe\x00"),))
        writer.publish(topic, poison, b"")
        writer.flush()
        first, second = read(join(), 2)
        assert (first.key, first.value, first.headers) == (poison, poison, (("wirewatch-schema", b"\xff\xfe\x00"),))
        assert (second.value, second.headers) == (b"", ())

    @pytest.mark.parametrize(
        ("key", "headers"),
        [
            pytest.param(b"", (), id="empty key"),
            pytest.param("Куала-Лумпур ประเทศ".encode(), (("ключ", "значение".encode()),), id="unicode"),
            pytest.param(b"a\x00b", (("with nul", b"\x00\x00"), ("empty", b"")), id="NUL"),
            pytest.param(b"twice", (("same", b"1"), ("same", b"2"), ("other", b"3")), id="repeated header"),
        ],
    )
    def test_keys_and_headers_arrive_as_they_were(
        self, join: Connect, writer: Bus, topic: str, key: bytes, headers: Headers
    ) -> None:
        writer.publish(topic, key, b"value", headers)
        writer.flush()
        (record,) = read(join(), 1)
        assert (record.topic, record.key, record.value, record.headers) == (topic, key, b"value", headers)

    def test_a_record_says_when_it_was_published(self, join: Connect, writer: Bus, topic: str) -> None:
        publish(writer, topic, 1)
        (record,) = read(join(), 1)
        assert abs(record.timestamp / 1000 - time.time()) < 600

    def test_a_record_of_one_mebibyte_passes(self, join: Connect, writer: Bus, topic: str) -> None:
        large = os.urandom(MEBIBYTE)
        writer.publish(topic, b"large", large)
        writer.flush()
        assert read(join(), 1)[0].value == large

    def test_ten_thousand_records_pass_once_each(self, join: Connect, writer: Bus, topic: str) -> None:
        sent = publish(writer, topic, MANY)
        bus = join()
        got: list[bytes] = []
        while len(got) < MANY:
            batch = read(bus, 1)
            bus.commit(after(batch))
            got += [record.value for record in batch]
        assert sorted(got) == sent
        assert sum(bus.lag().values()) == 0

    def test_a_commit_makes_what_was_published_durable_before_the_offsets(
        self, join: Connect, writer: Bus, topic: str
    ) -> None:
        publish(writer, topic, 1)
        bus = join()
        offsets = after(read(bus, 1))
        bus.publish(topic, b"answer", b"answer")
        bus.commit(offsets)
        assert values(read(bus, 1)) == [b"answer"]

    def test_a_commit_without_offsets_flushes(self, join: Connect, writer: Bus, topic: str) -> None:
        writer.publish(topic, b"key", b"value")
        writer.commit({})
        assert values(read(join(), 1)) == [b"value"]

    def test_a_new_group_starts_at_the_oldest_record(
        self, broker: Broker, writer: Bus, topic: str, open_buses: list[Bus]
    ) -> None:
        sent = publish(writer, topic, 10)
        for group in ("early", "late"):
            bus = broker.connect(f"{group}-{topic}", [topic])
            open_buses.append(bus)
            assert values(read(bus, 10)) == sent

    def test_backlog_and_lag_count_what_is_not_committed(
        self, join: Connect, writer: Bus, topic: str, broker: Broker
    ) -> None:
        group = f"group-{topic}"
        assert broker.backlog(group, [topic]) == 0
        publish(writer, topic, 30)
        assert broker.backlog(group, [topic]) == 30
        bus = join()
        records = read(bus, 30)
        assert sum(bus.lag().values()) == 30
        assert set(bus.lag()) == set(bus.assignment())
        part = records[0].origin
        bus.commit({part: after(records)[part]})
        rest = len([record for record in records if record.origin != part])
        assert broker.backlog(group, [topic]) == sum(bus.lag().values()) == rest
        bus.commit(after(records))
        assert broker.backlog(group, [topic]) == sum(bus.lag().values()) == 0

    def test_a_poll_stops_at_the_record_that_reaches_its_bytes(self, join: Connect, writer: Bus, topic: str) -> None:
        for number in range(10):
            writer.publish(topic, b"one key", b"%d" % number + b"x" * 1000)
        writer.flush()
        bus = join()
        batches: list[Sequence[Record]] = []
        deadline = time.monotonic() + PATIENCE
        while sum(map(len, batches)) < 10 and time.monotonic() < deadline:
            batches.append(bus.poll(0.2, 500, 2500))
        assert max(map(len, batches)) == 3
        assert all(sum(record.size for record in batch[:-1]) < 2500 for batch in batches)
        assert [record.offset for batch in batches for record in batch] == list(range(10))

    def test_a_poll_stops_at_its_number_of_records(self, join: Connect, writer: Bus, topic: str) -> None:
        publish(writer, topic, 50)
        bus = join()
        got: list[Record] = []
        deadline = time.monotonic() + PATIENCE
        while len(got) < 50 and time.monotonic() < deadline:
            batch = bus.poll(0.2, 7, NO_LIMIT)
            assert len(batch) <= 7
            got += batch
        assert len(got) == 50

    def test_a_poll_without_room_brings_nothing_and_keeps_the_partitions(
        self, join: Connect, writer: Bus, topic: str
    ) -> None:
        bus = join()
        settle(bus)
        epochs = dict(bus.assignment())
        sent = publish(writer, topic, 5)
        for room in (0, -1, 0):
            assert bus.poll(0.2, 500, room) == []
        assert bus.assignment() == epochs
        assert values(read(bus, 5)) == sent

    def test_a_member_that_never_waits_gets_its_partitions_too(self, join: Connect, topic: str) -> None:
        bus = join()
        deadline = time.monotonic() + PATIENCE
        while not bus.assignment() and time.monotonic() < deadline:
            assert bus.poll(0.0, 500, NO_LIMIT) == []
        assert len(bus.assignment()) == PARTITIONS

    def test_a_poll_of_an_empty_topic_ends_by_itself(self, join: Connect, topic: str) -> None:
        bus = join()
        assert settle(bus) == []
        assert bus.poll(0.1, 500, NO_LIMIT) == []

    def test_an_unknown_topic_is_an_error_that_says_what_to_do(self, broker: Broker, writer: Bus) -> None:
        missing = f"missing-{uuid.uuid4().hex}"
        with pytest.raises(BusError, match="wirewatch topics create"):
            writer.publish(missing, b"", b"")
        with pytest.raises(BusError, match="wirewatch topics create"):
            broker.connect("group", [missing])
        with pytest.raises(BusError, match="wirewatch topics create"):
            broker.backlog("group", [missing])

    def test_only_missing_topics_are_created_and_named(self, broker: Broker, topic: str) -> None:
        new = f"new-{topic}"
        specs = [TopicSpec(name, PARTITIONS, timedelta(days=1)) for name in (topic, new)]
        assert list(broker.create_topics(specs)) == [new]
        assert list(broker.create_topics(specs)) == []

    def test_a_bus_that_only_publishes_owns_and_reads_nothing(self, writer: Bus) -> None:
        assert writer.poll(0.0, 500, NO_LIMIT) == []
        assert not writer.assignment()
        assert not writer.lag()

    def test_a_reader_gets_every_record_from_its_offsets_on_and_no_group_moves(
        self, broker: Broker, join: Connect, writer: Bus, topic: str
    ) -> None:
        sent = publish(writer, topic, 30)
        everything = read_all(broker, [topic])
        assert values(everything) == sent
        bounds = broker.bounds([topic])
        assert {one: at.end for one, at in bounds.items()} == after(everything)
        last = {one: at.end - 1 for one, at in bounds.items()}
        reader = broker.reader(last)
        found: list[Record] = []
        deadline = time.monotonic() + PATIENCE
        while len(found) < PARTITIONS and time.monotonic() < deadline:
            found += reader.poll(0.2, 1)
        assert {record.origin: record.offset for record in found} == last
        more = publish(writer, topic, 1, "more")
        while len(found) < PARTITIONS + 1 and time.monotonic() < deadline:
            found += reader.poll(0.2, 500)
        reader.close()
        assert [record.value for record in found[PARTITIONS:]] == more
        assert values(read(join(), 31)) == sorted(sent + more)

    def test_a_reader_at_the_end_of_a_topic_has_nothing_to_read(self, broker: Broker, writer: Bus, topic: str) -> None:
        publish(writer, topic, 5)
        reader = broker.reader({one: at.end for one, at in broker.bounds([topic]).items()})
        assert reader.poll(0.1, 500) == []
        reader.close()

    def test_bounds_leave_out_a_topic_that_does_not_exist_and_a_reader_refuses_it(
        self, broker: Broker, topic: str
    ) -> None:
        missing = f"missing-{uuid.uuid4().hex}"
        assert broker.bounds([topic, missing]) == {Partition(topic, one): Bounds(0, 0) for one in range(PARTITIONS)}
        assert broker.bounds([]) == {}
        with pytest.raises(BusError, match="wirewatch topics create"):
            broker.reader({Partition(missing, 0): 0})

    def test_closing_twice_is_harmless(self, join: Connect) -> None:
        bus = join()
        bus.close()
        bus.close()
