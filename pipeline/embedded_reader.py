"""Reads the embedded log outside every group: for those who look, and commit nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from pipeline import embedded_log
from pipeline.bus import LARGEST_VALUE, Partition, Record
from pipeline.embedded_file import LogFile

LOOK = 0.05
"""Seconds between two looks at a log that has nothing new."""

PAGE_BYTES = 2 * LARGEST_VALUE
"""Bytes read of one partition at once, near enough."""


class EmbeddedReader:
    """A reader with a connection of its own. Raises BusError for a topic that does not exist."""

    def __init__(self, file: LogFile, starts: Mapping[Partition, int]) -> None:
        self._file = file
        self._positions = dict(starts)
        self._connection = file.open()
        try:
            with file.translated():
                ids = {topic: embedded_log.partitions(self._connection, topic) for topic, _ in starts}
        except BaseException:
            self._connection.close()
            raise
        self._ids = {one: ids[one.topic][one.number] for one in starts}

    def poll(self, timeout: float, max_records: int) -> Sequence[Record]:
        """Return the next records, waiting up to `timeout` seconds for the first. Raises BusError."""
        deadline = time.monotonic() + timeout
        while not (found := self._take(max_records)) and (remaining := deadline - time.monotonic()) > 0:
            time.sleep(min(LOOK, remaining))
        return found

    def _take(self, max_records: int) -> list[Record]:
        found: list[Record] = []
        with self._file.translated():
            for one, id_ in self._ids.items():
                room = max_records - len(found)
                if room <= 0:
                    break
                batch = embedded_log.read(self._connection, one, id_, self._positions[one], room, PAGE_BYTES)
                if batch:
                    self._positions[one] = batch[-1].offset + 1
                    found += batch
        return found

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
