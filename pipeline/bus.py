"""The bus protocol: what the runner needs of a log with topics, partitions, consumer groups and offsets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pipeline.topics import TopicSpec

Headers = tuple[tuple[str, bytes], ...]

LARGEST_VALUE = 7 * 1024 * 1024
"""Bytes of a record's value that every bus takes, with room for its key and headers in Kafka's largest batch."""


class Partition(NamedTuple):
    """One partition of a topic."""

    topic: str
    number: int


class Bounds(NamedTuple):
    """Where a partition begins and ends: the offset of its oldest record, and of the next one to be written."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it lies on the bus; `timestamp` is in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes
    headers: Headers = ()

    @property
    def origin(self) -> Partition:
        """Return the partition the record lies in."""
        return Partition(self.topic, self.partition)

    @property
    def size(self) -> int:
        """Return the bytes it holds in memory, near enough."""
        return len(self.key) + len(self.value) + sum(len(name) + len(value) for name, value in self.headers)


class Bus(Protocol):
    """One member of one consumer group, with a producer of its own; used from one thread.

    What was published becomes durable with `flush`, or with `commit`, which makes it durable before the offsets.
    Members of a group share the partitions of their topics; a new member starts at the oldest record.
    """

    def publish(self, topic: str, key: bytes, value: bytes, headers: Headers = ()) -> None:
        """Hand over a record; records of one key keep their order. Raises BusError."""

    def flush(self) -> None:
        """Return when everything published is durable. Raises BusError."""

    def poll(self, timeout: float, max_records: int, max_bytes: int) -> Sequence[Record]:
        """Return new records of the owned partitions, waiting up to `timeout` seconds for the first.

        At most `max_records`, and no further record once `max_bytes` are reached; with `max_bytes` of 0 or less
        no record is returned and the membership is kept alive. Raises BusError.
        """

    def assignment(self) -> Mapping[Partition, int]:
        """Return the owned partitions, each with an epoch that changes whenever it is given anew."""

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Make the published records durable, then the offsets: each the next one to read.

        Raises Fenced when a partition is not owned any more, BusError when the bus cannot be reached.
        """

    def lag(self) -> Mapping[Partition, int]:
        """Return, for each owned partition, the records behind the last committed offset."""

    def close(self) -> None:
        """Leave the group and free what is held; what was not committed is redelivered to others."""


class Reader(Protocol):
    """Reads partitions outside every group, for those who look and commit nothing; used from one thread."""

    def poll(self, timeout: float, max_records: int) -> Sequence[Record]:
        """Return the next records, waiting up to `timeout` seconds for the first. Raises BusError."""

    def close(self) -> None:
        """Free what is held."""


class Broker(Protocol):
    """Where buses come from: one embedded log or one Kafka cluster."""

    def create_topics(self, specs: Sequence[TopicSpec]) -> Sequence[str]:
        """Create the topics that are missing and return their names. Raises BusError."""

    def connect(self, group: str, topics: Sequence[str] = ()) -> Bus:
        """Join a consumer group that reads the topics; with no topics the bus only publishes. Raises BusError."""

    def backlog(self, group: str, topics: Sequence[str]) -> int:
        """Return how many records of the topics the group has not committed yet. Raises BusError."""

    def bounds(self, topics: Sequence[str]) -> Mapping[Partition, Bounds]:
        """Return where each partition begins and ends, of those topics that exist. Raises BusError."""

    def reader(self, starts: Mapping[Partition, int]) -> Reader:
        """Return a reader of the partitions, each from an offset on: the oldest record where that one is gone.

        Raises BusError for a topic that does not exist.
        """

    def close(self) -> None:
        """Free what all its buses shared."""
