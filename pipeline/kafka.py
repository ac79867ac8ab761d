"""The Kafka bus, on kafka-python: safe settings, bounded memory, and its errors in our words."""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from kafka import (  # type: ignore[import-untyped]  # the library has no types
    ConsumerRebalanceListener,
    KafkaAdminClient,
    KafkaConsumer,
    KafkaProducer,
    OffsetAndMetadata,
    OffsetSpec,
    TopicPartition,
)
from kafka.coordinator.assignors.cooperative_sticky import (  # type: ignore[import-untyped]  # as above
    CooperativeStickyAssignor,
)
from kafka.errors import (  # type: ignore[import-untyped]  # as above
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    RetriableError,
    TopicAlreadyExistsError,
    UnknownMemberIdError,
)

from pipeline.bus import Bounds, Headers, Partition, Reader, Record
from pipeline.errors import BusError, Fenced
from pipeline.kafka_config import (
    HEARTBEATS,
    JOIN_HEARTBEATS,
    LEAVE_SECONDS,
    MAX_BATCH_BYTES,
    PUMP_MS,
    RETRY_SECONDS,
    client_config,
    consumer_config,
    ms,
    producer_config,
    reader_config,
)
from pipeline.kafka_join import Joining
from pipeline.kafka_outbox import Outbox
from pipeline.kafka_reader import KafkaReader, as_record
from pipeline.settings import KafkaSettings
from pipeline.topics import TopicSpec

LOST = (CommitFailedError, RebalanceInProgressError, IllegalGenerationError, UnknownMemberIdError)
"""What a commit meets while the group shares out anew, or after this member was put out of it."""


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn the errors of the library into Fenced and BusError."""
    try:
        yield
    except LOST as error:
        raise Fenced(f"Kafka: {error}") from error
    except (KafkaError, OSError) as error:
        raise BusError(f"Kafka: {error}") from error


class KafkaBroker:
    """A Kafka cluster; `api_version` is for what cannot say its own version.

    Connects when used, with a connection for each bus.
    """

    def __init__(self, settings: KafkaSettings, api_version: tuple[int, ...] | None = None) -> None:
        self._settings = settings
        self._config = client_config(settings, api_version)
        # The library warns a dozen times of a coordinator that moved and goes on; what matters comes back as errors.
        logging.getLogger("kafka").setLevel(logging.ERROR)

    def create_topics(self, specs: Sequence[TopicSpec]) -> Sequence[str]:
        """Create the topics that are missing, with their partitions and retention, and return their names.

        A topic that is there stays as its operator has set it. Raises BusError.
        """
        with self._admin() as admin:
            there = set(admin.list_topics())
            missing = {spec.name: self._new_topic(spec) for spec in specs if spec.name not in there}
            if not missing:
                return []
            answer = admin.create_topics(missing, raise_errors=False)
            created = [topic["name"] for topic in answer["topics"] if topic["error_code"] == 0]
            for topic in answer["topics"]:
                if topic["error_code"] not in (0, TopicAlreadyExistsError.errno):
                    raise BusError(f"Kafka: topic {topic['name']} was not created: {topic['error_message']}")
            admin.wait_for_topics(list(missing))
            return created

    def _new_topic(self, spec: TopicSpec) -> dict[str, Any]:
        return {
            "num_partitions": spec.partitions,
            "replication_factor": self._settings.replication_factor,
            "configs": {
                "retention.ms": str(spec.retention // timedelta(milliseconds=1)),
                "max.message.bytes": str(MAX_BATCH_BYTES),
            },
        }

    def connect(self, group: str, topics: Sequence[str] = ()) -> KafkaBus:
        """Join a consumer group that reads the topics; with no topics the bus only publishes. Raises BusError."""
        self.require_topics(topics)
        with contextlib.ExitStack() as undo, translated():
            outbox = self._outbox(group)
            undo.callback(outbox.close)
            inbox = Inbox(self._config, self._settings, group, topics) if topics else None
            undo.pop_all()
        return KafkaBus(self, outbox, inbox)

    def _outbox(self, group: str) -> Outbox:
        config = self._config | producer_config(self._settings)
        return Outbox(KafkaProducer(**config, client_id=f"wirewatch-{group}"), self._settings.request_timeout)

    def require_topics(self, topics: Iterable[str]) -> None:
        """Raise BusError when a topic is missing: the client would wait for it to appear."""
        wanted = list(topics)
        if not wanted:
            return
        with self._admin() as admin:
            for topic in admin.describe_topics(wanted):
                if topic["error_code"]:
                    raise BusError(f"topic {topic['name']!r} does not exist; run `wirewatch topics create`")

    def backlog(self, group: str, topics: Sequence[str]) -> int:
        """Return how many records of the topics the group has not committed yet. Raises BusError."""
        self.require_topics(topics)
        bounds = self.bounds(topics)
        with self._admin() as admin:
            committed = self._committed(admin, group, [TopicPartition(*one) for one in bounds])
        return sum(at.end - max(committed.get(one, 0), at.first) for one, at in bounds.items())

    def bounds(self, topics: Sequence[str]) -> Mapping[Partition, Bounds]:
        """Return where each partition begins and ends, of those topics that exist. Raises BusError."""
        with self._admin() as admin:
            partitions = [
                TopicPartition(topic["name"], one["partition_index"])
                for topic in (admin.describe_topics(list(topics)) if topics else ())
                if not topic["error_code"]
                for one in topic["partitions"]
            ]
            first = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
            end = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
            return {Partition(*one): Bounds(first[one].offset, end[one].offset) for one in partitions}

    def reader(self, starts: Mapping[Partition, int]) -> Reader:
        """Return a reader of the partitions, each from an offset on. Raises BusError."""
        self.require_topics({partition.topic for partition in starts})
        with translated():
            consumer = KafkaConsumer(**self._config, **reader_config())
            consumer.assign([TopicPartition(*one) for one in starts])
            for one, offset in starts.items():
                consumer.seek(TopicPartition(*one), offset)
            return KafkaReader(consumer, translated)

    def _committed(self, admin: Any, group: str, partitions: Sequence[Any]) -> dict[Partition, int]:
        # The first question about any group makes the broker create the topic that holds the answers.
        deadline = time.monotonic() + self._settings.request_timeout
        while True:
            try:
                found = admin.list_group_offsets({group: partitions})[group]
            except RetriableError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(RETRY_SECONDS)
            else:
                return {Partition(*partition): max(known.offset, 0) for partition, known in found.items()}

    @contextlib.contextmanager
    def _admin(self) -> Iterator[Any]:
        with translated(), contextlib.closing(KafkaAdminClient(**self._config)) as admin:
            yield admin

    def close(self) -> None:
        """Do nothing: each bus has its own connection."""


class KafkaBus:
    """A member of a consumer group on Kafka, with a producer of its own."""

    def __init__(self, broker: KafkaBroker, outbox: Outbox, inbox: Inbox | None) -> None:
        self._broker = broker
        self._outbox = outbox
        self._inbox = inbox
        self._known: set[str] = set()

    def publish(self, topic: str, key: bytes, value: bytes, headers: Headers = ()) -> None:
        """Hand over a record; waits while too many are on their way. Raises BusError."""
        if topic not in self._known:
            self._broker.require_topics([topic])
            self._known.add(topic)
        with translated():
            self._outbox.send(topic, key, value, headers)

    def flush(self) -> None:
        """Return when the broker has acknowledged everything published. Raises BusError."""
        with translated():
            self._outbox.flush()

    def poll(self, timeout: float, max_records: int, max_bytes: int) -> Sequence[Record]:
        """Return new records of the owned partitions, waiting up to `timeout` seconds for the first.

        At most `max_records`, and no further record once `max_bytes` are reached. Raises BusError.
        """
        if self._inbox is None:
            time.sleep(timeout)
            return []
        with translated():
            return self._inbox.poll(timeout, max_records, max_bytes)

    def assignment(self) -> Mapping[Partition, int]:
        """Return the owned partitions as of the last poll, each with the epoch it was given in."""
        return self._inbox.epochs if self._inbox else {}

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Flush, then commit the offsets. Raises Fenced when a partition is not owned any more, BusError otherwise."""
        with translated():
            self._outbox.flush()
            if offsets and self._inbox is None:
                raise Fenced("this bus reads no topics")
            if offsets and self._inbox is not None:
                self._inbox.commit(offsets)

    def lag(self) -> Mapping[Partition, int]:
        """Return, for each owned partition, the records behind the last committed offset. Raises BusError."""
        with translated():
            return self._inbox.lag() if self._inbox else {}

    def close(self) -> None:
        """Leave the group at once; what was not flushed may or may not have been published."""
        if self._inbox is not None:
            self._inbox.close()
        with contextlib.suppress(KafkaError):
            self._outbox.close()


class Given(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """Counts how often each partition was given to this member; called on the library's own thread."""

    def __init__(self) -> None:
        self.count: Counter[TopicPartition] = Counter()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Count the partitions that are new."""
        self.count.update(assigned)

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Do nothing: what was not committed by now is redelivered."""


class Inbox:
    """The consumer: epochs, and records that were fetched but are above a poll's bound."""

    def __init__(self, config: Mapping[str, Any], settings: KafkaSettings, group: str, topics: Sequence[str]) -> None:
        self.epochs: dict[Partition, int] = {}
        self._timeout = settings.request_timeout
        self._given = Given()
        self._pending: deque[tuple[int, Record]] = deque()
        self._committed: dict[Partition, int] = {}
        # Partitions that stay with their member go on flowing while the others move.
        assignors = [CooperativeStickyAssignor]
        self._consumer = KafkaConsumer(
            **config, **consumer_config(settings, group), partition_assignment_strategy=assignors
        )
        self._consumer.subscribe(topics=list(topics), listener=self._given)
        self._joining = Joining(self._consumer._coordinator)  # noqa: SLF001  # see there
        # Others learn by a heartbeat that they are to share out; there is nothing to read before they do.
        self._join_patience = JOIN_HEARTBEATS * settings.session_timeout / HEARTBEATS

    def poll(self, timeout: float, max_records: int, max_bytes: int) -> list[Record]:
        """Return records; where none are wanted or some are left over, only keep the membership alive."""
        if max_bytes <= 0:
            self._pump(ms(timeout))
        elif self._pending:
            self._pump(0)
        elif self._joining.wait(self._join_patience):
            self._consumer.resume(*self._consumer.paused())
            self._keep(self._consumer.poll(ms(timeout), max_records))
        self._adopt()
        return self._take(max_records, max_bytes)

    def _pump(self, timeout_ms: int) -> None:
        """Poll for the sake of the group only; a partition that is given meanwhile may still bring records."""
        if self._joining.wait(self._join_patience):
            self._consumer.pause(*self._consumer.assignment())
            self._keep(self._consumer.poll(timeout_ms))

    def _keep(self, fetched: Mapping[TopicPartition, Sequence[Any]]) -> None:
        for partition, records in fetched.items():
            epoch = self._given.count[partition]
            self._pending.extend((epoch, as_record(one)) for one in records)

    def _adopt(self) -> None:
        """Take note of what is owned now; forget records of what was lost."""
        owned = self._consumer.assignment()
        epochs = {Partition(*partition): self._given.count[partition] for partition in owned}
        if epochs != self.epochs:
            kept = {partition for partition, epoch in epochs.items() if self.epochs.get(partition) == epoch}
            self._committed = {partition: at for partition, at in self._committed.items() if partition in kept}
            self.epochs = epochs
            self._pending = deque(
                (epoch, record) for epoch, record in self._pending if epochs.get(record.origin) == epoch
            )
        for _, record in self._pending:
            self._committed.setdefault(record.origin, record.offset)

    def _take(self, max_records: int, max_bytes: int) -> list[Record]:
        taken: list[Record] = []
        while self._pending and len(taken) < max_records and max_bytes > 0:
            _, record = self._pending.popleft()
            max_bytes -= record.size
            taken.append(record)
        return taken

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit, after the group has finished sharing out if it is about to. Raises Fenced.

        The broker takes an offset from any member of the group, so that ownership is looked at here.
        """
        wanted = {TopicPartition(*one): OffsetAndMetadata(at, "", -1) for one, at in offsets.items()}
        deadline = time.monotonic() + self._timeout
        while True:
            owned = self._consumer.assignment()
            for one in wanted:
                if one not in owned or self._given.count[one] != self.epochs.get(Partition(*one)):
                    raise Fenced(f"{one.topic}[{one.partition}] is not owned by this member any more")
            try:
                self._consumer.commit(wanted, timeout_ms=ms(self._timeout))
            except LOST:
                if time.monotonic() > deadline:
                    raise
                self._pump(PUMP_MS)
            else:
                self._committed.update(offsets)
                return

    def lag(self) -> dict[Partition, int]:
        """Return the records behind the last committed offset."""
        ends = self._consumer.end_offsets([TopicPartition(*one) for one in self.epochs], ms(self._timeout))
        return {one: max(0, ends[TopicPartition(*one)] - self._base(one)) for one in self.epochs}

    def _base(self, partition: Partition) -> int:
        """Return the committed offset; where nothing was read since the partition was given, the position is it."""
        known = self._committed.get(partition)
        if known is None:
            known = self._consumer.position(TopicPartition(*partition), timeout_ms=ms(self._timeout))
        return known or 0

    def close(self) -> None:
        """Leave the group, which shares out at once."""
        with contextlib.suppress(KafkaError):
            self._consumer.close(autocommit=False, timeout_ms=ms(LEAVE_SECONDS))
