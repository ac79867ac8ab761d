"""The records a stage holds, by partition, in order of offset."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.bus import Partition, Record
from pipeline.messages import Envelope, Message


class State(enum.Enum):
    """Where a record stands in the stage."""

    WAITING = enum.auto()
    RUNNING = enum.auto()
    DONE = enum.auto()


@dataclass(slots=True)
class Work:
    """One record that a stage is to handle; `due` is in the runner's seconds, `trace` that of what it becomes."""

    record: Record
    envelope: Envelope[Message]
    due: float = 0.0
    attempts: int = 0
    first_failure: datetime | None = None
    state: State = State.WAITING
    trace: str = ""


@dataclass(slots=True)
class Lane:
    """One owned partition: its records in order, and how far they are settled."""

    epoch: int
    works: deque[Work] = field(default_factory=deque)
    settled: int | None = None
    committed: int | None = None

    def settle(self) -> int:
        """Let go of the leading records that are done; return their bytes."""
        freed = 0
        while self.works and self.works[0].state is State.DONE:
            work = self.works.popleft()
            freed += work.record.size
            self.settled = work.record.offset + 1
        return freed

    def ready(self, now: float, *, ordered: bool) -> Iterator[Work]:
        """Yield the records to be started: in order, up to the first that waits, or all that are due."""
        for work in self.works:
            if work.state is State.WAITING and work.due <= now:
                yield work
            elif ordered and work.state is not State.DONE:
                return


class Lanes:
    """All owned partitions of a stage."""

    def __init__(self) -> None:
        self._lanes: dict[Partition, Lane] = {}
        self.bytes = 0

    def assign(self, assignment: Mapping[Partition, int]) -> None:
        """Follow the bus: forget the records of partitions that were lost or were given anew."""
        if assignment == {partition: lane.epoch for partition, lane in self._lanes.items()}:
            return
        kept = {partition: lane for partition, lane in self._lanes.items() if assignment.get(partition) == lane.epoch}
        self._lanes = {partition: kept.get(partition) or Lane(epoch) for partition, epoch in assignment.items()}
        self.bytes = sum(work.record.size for lane in self._lanes.values() for work in lane.works)

    def add(self, work: Work) -> None:
        """Take in a record that was just polled from an owned partition."""
        self._lanes[work.record.origin].works.append(work)
        self.bytes += work.record.size

    def ready(self, now: float, limit: int, *, ordered: bool) -> list[Work]:
        """Return up to `limit` records to start, fairly from all partitions."""
        streams = deque(lane.ready(now, ordered=ordered) for lane in self._lanes.values() if lane.works)
        found: list[Work] = []
        while streams and len(found) < limit:
            work = next(streams[0], None)
            if work is None:
                streams.popleft()
            else:
                found.append(work)
                streams.rotate(-1)
        return found

    def waiting(self) -> bool:
        """Return whether any record waits to be started."""
        return any(work.state is State.WAITING for lane in self._lanes.values() for work in lane.works)

    def next_due(self) -> float | None:
        """Return when the earliest waiting record is due."""
        times = [work.due for lane in self._lanes.values() for work in lane.works if work.state is State.WAITING]
        return min(times, default=None)

    def settle(self) -> dict[Partition, int]:
        """Let go of what is done; return the offsets that are to be committed."""
        offsets: dict[Partition, int] = {}
        for partition, lane in self._lanes.items():
            self.bytes -= lane.settle()
            if lane.settled is not None and lane.settled != lane.committed:
                offsets[partition] = lane.settled
        return offsets

    def committed(self, offsets: Mapping[Partition, int]) -> None:
        """Note that the offsets are durable."""
        for partition, offset in offsets.items():
            self._lanes[partition].committed = offset

    def clear(self) -> None:
        """Forget everything: what was not committed is redelivered."""
        self._lanes.clear()
        self.bytes = 0
