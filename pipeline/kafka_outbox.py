"""The producer of a Kafka bus, with a bound on what is not acknowledged yet."""

from __future__ import annotations

from collections import deque
from typing import Any

from pipeline.bus import Headers
from pipeline.kafka_config import LEAVE_SECONDS, UNACKNOWLEDGED_BYTES


class Outbox:
    """A producer of the library, and the acknowledgements it owes; `timeout` in seconds for each.

    The errors are those of the library.
    """

    def __init__(self, producer: Any, timeout: float) -> None:
        self._producer = producer
        self._timeout = timeout
        self._waiting: deque[tuple[Any, int]] = deque()
        self._bytes = 0

    def send(self, topic: str, key: bytes, value: bytes, headers: Headers) -> None:
        """Send a record, after those before it that are above the bound were acknowledged."""
        future = self._producer.send(topic, value=value, key=key, headers=list(headers))
        size = len(key) + len(value)
        self._waiting.append((future, size))
        self._bytes += size
        while self._waiting and (self._bytes > UNACKNOWLEDGED_BYTES or self._waiting[0][0].is_done):
            self._await_oldest()

    def flush(self) -> None:
        """Wait for every acknowledgement; raises the first error there was."""
        if not self._waiting:
            return
        try:
            self._producer.flush(self._timeout)
            while self._waiting:
                self._await_oldest()
        except BaseException:
            # Their inputs are not committed, so that they are published again.
            self._waiting.clear()
            self._bytes = 0
            raise

    def _await_oldest(self) -> None:
        future, size = self._waiting[0]
        future.get(self._timeout)
        self._waiting.popleft()
        self._bytes -= size

    def close(self) -> None:
        """Give what is on its way a last moment, then drop it."""
        try:
            self._producer.close(LEAVE_SECONDS)
        except BaseException:
            # After a close that failed the library's own thread would go on for the whole delivery timeout.
            self._producer._sender.force_close()  # noqa: SLF001  # there is no public way
            raise
