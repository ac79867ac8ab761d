"""The embedded bus: a log with topics, groups and offsets in one SQLite file, shared by processes of one machine."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline import embedded_group, embedded_log
from pipeline.bus import Bounds, Partition
from pipeline.embedded_bus import EmbeddedBus, Shared
from pipeline.embedded_file import LogFile
from pipeline.embedded_group import Member
from pipeline.embedded_reader import EmbeddedReader
from pipeline.presence import Presence
from pipeline.settings import EmbeddedSettings
from pipeline.topics import TopicSpec


class EmbeddedBroker:
    """A log in the file at `path`, made when first used; `clock` gives seconds since the epoch.

    The file must lie on a disk of this machine. Records go by age and by size of their partition, read or not, as
    they would on Kafka; what a group had not read is logged as an error.
    """

    def __init__(self, path: Path, settings: EmbeddedSettings, clock: Callable[[], float] = time.time) -> None:
        self._shared = Shared(LogFile(path), Presence(path), settings, clock)

    def create_topics(self, specs: Sequence[TopicSpec]) -> Sequence[str]:
        """Create the topics that are missing and return their names; the others get the retention of their spec.

        The partitions of a topic that is there stay as they are. Raises BusError, and InputError when the file is no
        log.
        """
        shared = self._shared
        with contextlib.closing(shared.file.open()) as connection, shared.writing(connection):
            return embedded_log.create(connection, specs)

    def connect(self, group: str, topics: Sequence[str] = ()) -> EmbeddedBus:
        """Join a consumer group that reads the topics; with no topics the bus only publishes.

        A member that shares its group has to poll within the session, or loses its partitions to the others.
        Raises BusError, and InputError when the file is no log.
        """
        process = self._shared.presence.show() if topics else ""
        return EmbeddedBus(self._shared, Member(uuid.uuid4().hex, group, process, tuple(topics)))

    def backlog(self, group: str, topics: Sequence[str]) -> int:
        """Return how many records of the topics the group has not committed yet. Raises BusError."""
        file = self._shared.file
        with contextlib.closing(file.open()) as connection, file.translated():
            return sum(embedded_group.backlog(connection, group, topic) for topic in topics)

    def bounds(self, topics: Sequence[str]) -> Mapping[Partition, Bounds]:
        """Return where each partition begins and ends, of those topics that exist. Raises BusError."""
        file = self._shared.file
        with contextlib.closing(file.open()) as connection, file.translated():
            return embedded_log.bounds(connection, topics)

    def reader(self, starts: Mapping[Partition, int]) -> EmbeddedReader:
        """Return a reader of the partitions, each from an offset on. Raises BusError."""
        return EmbeddedReader(self._shared.file, starts)

    def close(self) -> None:
        """Stop showing the others that this process is alive."""
        self._shared.presence.close()
