"""One bus on the embedded log, and what all buses of a process share."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from pipeline import embedded_group, embedded_log
from pipeline.bus import Headers, Partition, Record
from pipeline.embedded_file import Connection, LogFile, data_version
from pipeline.embedded_group import Lease, Member
from pipeline.embedded_log import Draft
from pipeline.errors import BusError, Fenced
from pipeline.presence import Presence
from pipeline.settings import EmbeddedSettings

LOOK_INTERVAL = 0.2
"""Seconds between two looks for what other processes wrote; what this process wrote wakes those who read it at once."""

BEATS = 4
"""Signs of life that a member gives within the time after which it counts as silent."""

TRIM_INTERVAL = 30.0
"""Seconds between two looks for records past their retention."""

BUFFER_BYTES = 32 * 1024 * 1024
"""Published bytes held in memory before they are written without waiting for the next commit."""


class Pulse:
    """Wakes those buses of one process that read a topic, when another of them has written to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sleepers: dict[str, list[threading.Event]] = {}

    def listen(self, topics: Collection[str]) -> threading.Event:
        """Return an event that is set whenever something was written to one of the topics."""
        news = threading.Event()
        with self._lock:
            for topic in topics:
                self._sleepers.setdefault(topic, []).append(news)
        return news

    def leave(self, news: threading.Event) -> None:
        """Set an event no more."""
        with self._lock:
            for sleepers in self._sleepers.values():
                if news in sleepers:
                    sleepers.remove(news)

    def beat(self, topics: Collection[str]) -> None:
        """Wake everyone who reads one of the topics."""
        with self._lock:
            for news in {news for topic in topics for news in self._sleepers.get(topic, ())}:
                news.set()


@dataclass
class Shared:
    """What all buses of a process share; `clock` gives seconds since the epoch."""

    file: LogFile
    presence: Presence
    settings: EmbeddedSettings
    clock: Callable[[], float]
    pulse: Pulse = field(default_factory=Pulse)
    next_trim: float = 0.0

    @contextlib.contextmanager
    def writing(self, connection: Connection) -> Iterator[None]:
        """Run a block as one write transaction, then remove what is old when it is time."""
        with self.file.writing(connection):
            yield
        now = self.clock()
        if now >= self.next_trim or now < self.next_trim - TRIM_INTERVAL:
            self.next_trim = now + TRIM_INTERVAL
            self._trim(connection, now)

    def _trim(self, connection: Connection, now: float) -> None:
        with self.file.writing(connection):
            more, unread = embedded_log.trim(connection, int(now * 1000), self.settings.retention_bytes)
        if more:
            self.next_trim = now
        for lost in unread:
            structlog.get_logger().error(
                "records.expired_unread", topic=lost.partition.topic, group=lost.group, records=lost.records
            )


class EmbeddedBus:
    """A member of a consumer group on the embedded log; with no topics it only publishes.

    What was published is written in one transaction with the offsets of the next commit. After Fenced the bus is to
    be closed: what it had published went with the batch.
    """

    def __init__(self, shared: Shared, member: Member) -> None:
        self._shared = shared
        self._member = member
        self._connection = shared.file.open()
        self._partitions: dict[str, list[int]] = {}
        self._drafts: list[Draft] = []
        self._draft_bytes = 0
        self._drafted: set[str] = set()
        self._leases: dict[Partition, Lease] = {}
        self._positions: dict[Partition, int] = {}
        self._news = shared.pulse.listen(member.topics)
        self._version = -1
        self._next_look = -math.inf
        self._generation = -1
        self._next_beat = 0.0
        self._may_have_more = True
        self._turn = 0
        self._closed = False
        try:
            if member.topics:
                self._attend()
        except BaseException:
            shared.pulse.leave(self._news)
            self._connection.close()
            raise

    def publish(self, topic: str, key: bytes, value: bytes, headers: Headers = ()) -> None:
        """Hand over a record; records of one key keep their order. Raises BusError."""
        ids = self._partitions.get(topic)
        if ids is None:
            with self._using():
                ids = self._partitions[topic] = embedded_log.partitions(self._connection, topic)
        draft = Draft(embedded_log.choose(key, ids), key, value, embedded_log.pack(headers))
        self._drafts.append(draft)
        self._drafted.add(topic)
        self._draft_bytes += draft.size
        if self._draft_bytes >= BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Return when everything published is durable. Raises BusError."""
        self.commit({})

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Write the published records and the offsets in one transaction.

        Raises Fenced, with nothing written, when a partition is not owned any more; BusError when the log cannot be
        written, with the published records kept for another try.
        """
        if not self._drafts and not offsets:
            return
        with self._using():
            try:
                with self._shared.writing(self._connection):
                    embedded_group.commit(self._connection, self._member, self._leases, offsets)
                    embedded_log.append(self._connection, self._drafts, self._now_ms())
            except Fenced:
                self._forget_drafts()
                raise
        self._shared.pulse.beat(self._drafted)
        self._forget_drafts()
        self._may_have_more = True

    def poll(self, timeout: float, max_records: int, max_bytes: int) -> Sequence[Record]:
        """Return new records of the owned partitions, waiting up to `timeout` seconds for the first.

        At most `max_records`, and no further record once `max_bytes` are reached. Raises BusError.
        """
        deadline = time.monotonic() + timeout
        while True:
            records = self._look(max_records, max_bytes)
            remaining = deadline - time.monotonic()
            if records or remaining <= 0:
                return records
            self._news.wait(min(remaining, LOOK_INTERVAL))

    def assignment(self) -> Mapping[Partition, int]:
        """Return the owned partitions, each with an epoch that changes whenever it is given anew."""
        return {partition: lease.epoch for partition, lease in self._leases.items()}

    def lag(self) -> Mapping[Partition, int]:
        """Return, for each owned partition, the records behind the last committed offset. Raises BusError."""
        with self._using():
            return embedded_group.lag(self._connection, self._member)

    def close(self) -> None:
        """Leave the group; what was not committed is redelivered to others, what was not flushed is forgotten."""
        if self._closed:
            return
        self._closed = True
        self._shared.pulse.leave(self._news)
        try:
            # Where the log cannot be written, the others find the member silent.
            with contextlib.suppress(BusError):
                if self._member.topics:
                    with self._shared.writing(self._connection):
                        embedded_group.leave(self._connection, self._member.id, self._member.group)
        finally:
            self._connection.close()

    @contextlib.contextmanager
    def _using(self) -> Iterator[None]:
        with self._shared.file.translated():
            yield

    def _forget_drafts(self) -> None:
        self._drafts.clear()
        self._drafted.clear()
        self._draft_bytes = 0

    def _now_ms(self) -> int:
        return int(self._shared.clock() * 1000)

    def _look(self, max_records: int, max_bytes: int) -> list[Record]:
        with self._using():
            if self._has_news():
                self._may_have_more = True
            if self._member.topics and self._is_time_to_attend():
                self._attend()
            return self._read(max_records, max_bytes) if self._may_have_more else []

    def _has_news(self) -> bool:
        """Return whether something may have been written since the last look, without looking at the file each time."""
        woken = self._news.is_set()
        self._news.clear()
        now = time.monotonic()
        if now < self._next_look:
            return woken
        self._next_look = now + LOOK_INTERVAL
        before, self._version = self._version, data_version(self._connection)
        return woken or self._version != before

    def _is_time_to_attend(self) -> bool:
        if self._shared.clock() >= self._next_beat:
            return True
        if not self._may_have_more:
            return False
        return embedded_group.generation(self._connection, self._member.group) != self._generation

    def _attend(self) -> None:
        """Show that the member is alive, and take or release partitions as the group needs."""
        shared, member, connection = self._shared, self._member, self._connection
        now, session = shared.clock(), shared.settings.session
        with shared.writing(connection):
            leases = embedded_group.attend(connection, member, now, session, shared.presence.is_dead)
            self._generation = embedded_group.generation(connection, member.group)
        self._next_beat = now + session / BEATS
        kept = {partition for partition, lease in leases.items() if self._is_same(partition, lease)}
        self._positions = {
            partition: self._positions[partition] if partition in kept else lease.committed
            for partition, lease in leases.items()
        }
        self._leases = leases
        self._may_have_more = True

    def _is_same(self, partition: Partition, lease: Lease) -> bool:
        known = self._leases.get(partition)
        return known is not None and known.epoch == lease.epoch

    def _read(self, max_records: int, max_bytes: int) -> list[Record]:
        """Return the next records, starting at another partition each time."""
        ends = embedded_log.ends(self._connection, self._member.topics)
        behind = [one for one, lease in self._leases.items() if self._positions[one] < ends[lease.id]]
        self._turn += 1
        start = self._turn % max(len(behind), 1)
        found: list[Record] = []
        for partition in behind[start:] + behind[:start]:
            if len(found) >= max_records or max_bytes <= 0:
                return found
            records = self._take(partition, ends, max_records - len(found), max_bytes)
            max_bytes -= sum(record.size for record in records)
            found += records
        self._may_have_more = any(self._positions[one] < ends[self._leases[one].id] for one in behind)
        return found

    def _take(self, partition: Partition, ends: Mapping[int, int], max_records: int, max_bytes: int) -> list[Record]:
        lease, offset = self._leases[partition], self._positions[partition]
        records = embedded_log.read(self._connection, partition, lease.id, offset, max_records, max_bytes)
        # Where nothing is left up to the end, it was removed for its age.
        self._positions[partition] = records[-1].offset + 1 if records else ends[lease.id]
        return records
