"""A bus in plain memory, for tests: what was published can be looked at, and each call can be made to fail."""

from __future__ import annotations

import threading
import time
import zlib
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence

from pipeline.bus import Bounds, Headers, Partition, Record
from pipeline.errors import BusError, Fenced
from pipeline.topics import TopicSpec


class MemoryBroker:
    """Topics and groups in memory, with the promises of every bus; `clock` gives seconds since the epoch."""

    def __init__(self, specs: Sequence[TopicSpec] = (), clock: Callable[[], float] = time.time) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.clock = clock
        self._logs: dict[str, list[list[Record]]] = {}
        self._groups: dict[str, MemoryGroup] = {}
        self._failures: dict[str, deque[Exception]] = {}
        self.create_topics(specs)

    def create_topics(self, specs: Sequence[TopicSpec]) -> Sequence[str]:
        """Create the topics that are missing and return their names."""
        with self.changed:
            missing = [spec for spec in specs if spec.name not in self._logs]
            self._logs.update({spec.name: [[] for _ in range(spec.partitions)] for spec in missing})
            return [spec.name for spec in missing]

    def connect(self, group: str, topics: Sequence[str] = ()) -> MemoryBus:
        """Join a consumer group that reads the topics. Raises BusError for an unknown one."""
        with self.changed:
            self.fail_if_told("connect")
            joined = self._groups.setdefault(group, MemoryGroup())
            bus = MemoryBus(self, joined, tuple(topics))
            if topics:
                joined.members.append(bus)
                joined.share({topic: len(self.log(topic)) for topic in joined.topics()})
            self.changed.notify_all()
            return bus

    def backlog(self, group: str, topics: Sequence[str]) -> int:
        """Return how many records of the topics the group has not committed yet."""
        with self.changed:
            committed = self._groups.get(group, MemoryGroup()).committed
            ends = {
                Partition(topic, number): len(log) for topic in topics for number, log in enumerate(self.log(topic))
            }
            return sum(end - committed[partition] for partition, end in ends.items())

    def bounds(self, topics: Sequence[str]) -> Mapping[Partition, Bounds]:
        """Return where each partition begins and ends, of those topics that exist."""
        with self.changed:
            return {
                Partition(topic, number): Bounds(0, len(log))
                for topic in topics
                for number, log in enumerate(self._logs.get(topic, ()))
            }

    def reader(self, starts: Mapping[Partition, int]) -> MemoryReader:
        """Return a reader of the partitions. Raises BusError for an unknown topic."""
        for partition in starts:
            self.log(partition.topic)
        return MemoryReader(self, starts)

    def close(self) -> None:
        """Do nothing: memory frees itself."""

    def records(self, topic: str) -> list[Record]:
        """Return what is durable in a topic, in the order of partitions and offsets."""
        with self.changed:
            return [record for log in self.log(topic) for record in log]

    def committed(self, group: str) -> dict[Partition, int]:
        """Return the offsets that a group has committed."""
        with self.changed:
            return dict(self._groups[group].committed)

    def fail(self, method: str, *errors: Exception) -> None:
        """Let the next calls of `connect`, or of a bus's `publish`, `flush`, `poll` or `commit`, raise the errors."""
        self._failures.setdefault(method, deque()).extend(errors)

    def fence(self, group: str) -> None:
        """Give every partition of a group anew, as after a silence: its members read again from what they committed."""
        with self.changed:
            self._groups[group].owners.clear()
            self._groups[group].share({topic: len(self.log(topic)) for topic in self._groups[group].topics()})
            self.changed.notify_all()

    def log(self, topic: str) -> list[list[Record]]:
        """Return the records of a topic by partition. Raises BusError when there is no such topic."""
        if topic not in self._logs:
            raise BusError(f"topic {topic!r} does not exist; run `wirewatch topics create`")
        return self._logs[topic]

    def fail_if_told(self, method: str) -> None:
        """Raise the next error that was ordered for a method."""
        if waiting := self._failures.get(method):
            raise waiting.popleft()


class MemoryGroup:
    """Who reads what and how far: each partition's member with the epoch it was given in."""

    def __init__(self) -> None:
        self.members: list[MemoryBus] = []
        self.owners: dict[Partition, tuple[MemoryBus, int]] = {}
        self.committed: Counter[Partition] = Counter()
        self._epoch = 0

    def topics(self) -> set[str]:
        """Return the topics that its members read."""
        return {topic for member in self.members for topic in member.topics}

    def share(self, partitions: Mapping[str, int]) -> None:
        """Deal the partitions to the members; one that stays with its member keeps its epoch."""
        self._epoch += 1
        owners = {}
        for topic, count in partitions.items():
            readers = [member for member in self.members if topic in member.topics]
            for number in range(count):
                partition, reader = Partition(topic, number), readers[number % len(readers)]
                before = self.owners.get(partition)
                owners[partition] = before if before and before[0] is reader else (reader, self._epoch)
        self.owners = owners


class MemoryBus:
    """A member of a group in memory."""

    def __init__(self, broker: MemoryBroker, group: MemoryGroup, topics: tuple[str, ...]) -> None:
        self.topics = topics
        self._broker = broker
        self._group = group
        self._drafts: list[tuple[str, bytes, bytes, Headers]] = []
        self._epochs: dict[Partition, int] = {}
        self._positions: dict[Partition, int] = {}

    def publish(self, topic: str, key: bytes, value: bytes, headers: Headers = ()) -> None:
        """Hand over a record. Raises BusError for an unknown topic."""
        self._broker.fail_if_told("publish")
        self._broker.log(topic)
        self._drafts.append((topic, key, value, headers))

    def flush(self) -> None:
        """Make everything published durable."""
        with self._broker.changed:
            self._broker.fail_if_told("flush")
            self._write()

    def poll(self, timeout: float, max_records: int, max_bytes: int) -> Sequence[Record]:
        """Return new records of the owned partitions, waiting up to `timeout` seconds for the first."""
        deadline = time.monotonic() + timeout
        with self._broker.changed:
            self._broker.fail_if_told("poll")
            while True:
                self._adopt()
                found = self._take(max_records, max_bytes)
                remaining = deadline - time.monotonic()
                if found or remaining <= 0:
                    return found
                self._broker.changed.wait(remaining)

    def assignment(self) -> Mapping[Partition, int]:
        """Return the owned partitions, each with its epoch, as of the last poll."""
        return dict(self._epochs)

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Make the published records durable, then the offsets. Raises Fenced, with nothing written."""
        with self._broker.changed:
            self._broker.fail_if_told("commit")
            for partition in offsets:
                if self._group.owners.get(partition) != (self, self._epochs.get(partition)):
                    self._drafts.clear()
                    raise Fenced(f"{partition.topic}[{partition.number}] is not owned any more")
            self._write()
            self._group.committed.update({one: at - self._group.committed[one] for one, at in offsets.items()})

    def lag(self) -> Mapping[Partition, int]:
        """Return, for each owned partition, the records behind the last committed offset."""
        with self._broker.changed:
            return {
                one: len(self._broker.log(one.topic)[one.number]) - self._group.committed[one] for one in self._epochs
            }

    def close(self) -> None:
        """Leave the group."""
        with self._broker.changed:
            if self in self._group.members:
                self._group.members.remove(self)
                self._group.share({topic: len(self._broker.log(topic)) for topic in self._group.topics()})
            self._broker.changed.notify_all()

    def _write(self) -> None:
        now = int(self._broker.clock() * 1000)
        for topic, key, value, headers in self._drafts:
            logs = self._broker.log(topic)
            number = zlib.crc32(key) % len(logs)
            logs[number].append(Record(topic, number, len(logs[number]), now, key, value, headers))
        self._drafts.clear()
        self._broker.changed.notify_all()

    def _adopt(self) -> None:
        owned = {one: epoch for one, (member, epoch) in self._group.owners.items() if member is self}
        kept = {one for one, epoch in owned.items() if self._epochs.get(one) == epoch}
        self._positions = {one: (self._positions if one in kept else self._group.committed)[one] for one in owned}
        self._epochs = owned

    def _take(self, max_records: int, max_bytes: int) -> list[Record]:
        found: list[Record] = []
        for one, position in self._positions.items():
            for record in self._broker.log(one.topic)[one.number][position:]:
                if len(found) >= max_records or max_bytes <= 0:
                    return found
                found.append(record)
                max_bytes -= record.size
                self._positions[one] = record.offset + 1
        return found


class MemoryReader:
    """Reads a log in memory outside every group."""

    def __init__(self, broker: MemoryBroker, starts: Mapping[Partition, int]) -> None:
        self._broker = broker
        self._positions = dict(starts)

    def poll(self, timeout: float, max_records: int) -> Sequence[Record]:
        """Return the next records, waiting up to `timeout` seconds for the first."""
        deadline = time.monotonic() + timeout
        with self._broker.changed:
            while not (found := self._take(max_records)) and (remaining := deadline - time.monotonic()) > 0:
                self._broker.changed.wait(remaining)
            return found

    def _take(self, max_records: int) -> list[Record]:
        found: list[Record] = []
        for one, position in self._positions.items():
            batch = self._broker.log(one.topic)[one.number][position : position + max_records - len(found)]
            self._positions[one] = position + len(batch)
            found += batch
        return found

    def close(self) -> None:
        """Do nothing: nothing is held."""
