"""The dead-letter topics: what lies there, and what was decided of it.

A log forgets nothing, so a decision is a record of its own, behind the letter and in the same topic: it names the
letter and says whether it was retried or dropped.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.bus import Broker, Record
from pipeline.codec import DEAD_LETTER_PREFIX
from pipeline.errors import BusError
from pipeline.topics import DEAD_LETTER_SUFFIX, TOPICS

Decision = Literal["retried", "dropped"]

GROUP = "dead-letters"
"""Name of the client that publishes again."""

DECIDED = DEAD_LETTER_PREFIX + "decided"
"""Header of a decision: the letter it is about, as partition:offset; DECISION says which it was."""

DECISION = DEAD_LETTER_PREFIX + "decision"
REPLAYS = DEAD_LETTER_PREFIX + "replays"

AT_ONCE = 500
PATIENCE = 10.0
"""Seconds without a record after which the rest of a topic is taken for gone meanwhile."""


@dataclass(frozen=True)
class DeadLetter:
    """A message that no stage could handle, as it lies in its dead-letter topic."""

    record: Record

    @property
    def id(self) -> str:
        """Return what it is called by: topic, partition and offset."""
        return f"{self.record.topic}:{self.record.partition}:{self.record.offset}"

    def header(self, name: str) -> str:
        """Return what the headers say of its death: topic, stage, reason, attempts, …; '' where they do not."""
        return dict(self.record.headers).get(DEAD_LETTER_PREFIX + name, b"").decode("utf-8", "replace")

    @property
    def source(self) -> str:
        """Return the topic it was read from."""
        return self.header("topic") or self.record.topic.removesuffix(DEAD_LETTER_SUFFIX)


def topics() -> list[str]:
    """Return the names of all dead-letter topics."""
    return [topic.dead_letter for topic in TOPICS]


def read_all(broker: Broker, names: Sequence[str]) -> list[Record]:
    """Return every record that lies in the topics now, of those topics that exist. Raises BusError."""
    left = {one: at.end for one, at in broker.bounds(names).items() if at.first < at.end}
    found: list[Record] = []
    if not left:
        return found
    reader = broker.reader(dict.fromkeys(left, 0))
    try:
        while left and (batch := reader.poll(PATIENCE, AT_ONCE)):
            found += [record for record in batch if record.offset < left.get(record.origin, 0)]
            for record in batch:
                if record.offset + 1 >= left.get(record.origin, 0):
                    left.pop(record.origin, None)
    finally:
        reader.close()
    return found


def undecided(broker: Broker, names: Sequence[str] | None = None) -> list[DeadLetter]:
    """Return the letters that were neither retried nor dropped, the oldest first. Raises BusError."""
    records = read_all(broker, topics() if names is None else names)
    decided = {(record.topic, header) for record in records if (header := dict(record.headers).get(DECIDED))}
    letters = [
        DeadLetter(record)
        for record in records
        if DECIDED not in dict(record.headers) and (record.topic, _place(record)) not in decided
    ]
    return sorted(letters, key=lambda letter: (letter.record.timestamp, letter.record.offset))


def retry(broker: Broker, letters: Iterable[DeadLetter]) -> int:
    """Publish letters again where they came from, bytes untouched, and return how many.

    A letter is marked after its message is durable: a crash in between leaves it to be retried once more. Raises
    BusError, before anything is published, when a source is no topic.
    """
    waiting = list(letters)
    _require(broker, {letter.source for letter in waiting})
    return _decide(broker, waiting, "retried")


def drop(broker: Broker, letters: Iterable[DeadLetter]) -> int:
    """Mark letters as not to be handled, and return how many; they stay in their topic until its retention ends."""
    return _decide(broker, letters, "dropped")


def _decide(broker: Broker, letters: Iterable[DeadLetter], decision: Decision) -> int:
    count = 0
    bus = broker.connect(GROUP)
    try:
        waiting = iter(letters)
        while batch := list(itertools.islice(waiting, AT_ONCE)):
            if decision == "retried":
                for letter in batch:
                    bus.publish(letter.source, letter.record.key, letter.record.value, _alive(letter))
                bus.flush()
            for letter in batch:
                headers = ((DECIDED, _place(letter.record)), (DECISION, decision.encode()))
                bus.publish(letter.record.topic, letter.record.key, b"", headers)
            bus.flush()
            count += len(batch)
    finally:
        bus.close()
    return count


def _alive(letter: DeadLetter) -> tuple[tuple[str, bytes], ...]:
    """Return the headers that the message had in life, with the number of its replays."""
    kept = tuple((name, value) for name, value in letter.record.headers if not name.startswith(DEAD_LETTER_PREFIX))
    known = letter.header("replays")
    return (*kept, (REPLAYS, str(int(known) + 1 if known.isdecimal() else 1).encode()))


def _place(record: Record) -> bytes:
    return f"{record.partition}:{record.offset}".encode()


def _require(broker: Broker, names: set[str]) -> None:
    there = {partition.topic for partition in broker.bounds(sorted(names))}
    if missing := sorted(names - there):
        raise BusError(f"topic {missing[0]!r} does not exist; run `wirewatch topics create`")
