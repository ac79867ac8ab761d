"""Reads a Kafka topic outside every group: for those who look, and commit nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from pipeline.bus import Record
from pipeline.kafka_config import LEAVE_SECONDS, ms


class KafkaReader:
    """A consumer of the library that was given its partitions; `translated` turns its errors into ours."""

    def __init__(self, consumer: Any, translated: Callable[[], AbstractContextManager[None]]) -> None:
        self._consumer = consumer
        self._translated = translated
        self._pending: deque[Record] = deque()

    def poll(self, timeout: float, max_records: int) -> Sequence[Record]:
        """Return the next records, waiting up to `timeout` seconds for the first. Raises BusError."""
        if not self._pending:
            with self._translated():
                fetched = self._consumer.poll(ms(timeout), max_records)
            self._pending.extend(as_record(one) for records in fetched.values() for one in records)
        return [self._pending.popleft() for _ in range(min(max_records, len(self._pending)))]

    def close(self) -> None:
        """Free the connection."""
        with self._translated():
            self._consumer.close(autocommit=False, timeout_ms=ms(LEAVE_SECONDS))


def as_record(fetched: Any) -> Record:
    """Return a record of the library as ours; what it lacks is empty."""
    headers = tuple((name, value or b"") for name, value in fetched.headers)
    key, value = fetched.key or b"", fetched.value or b""
    return Record(fetched.topic, fetched.partition, fetched.offset, fetched.timestamp, key, value, headers)
