"""Topics, partitions and records in the file of the embedded log: append, read, trim."""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pipeline.bus import Bounds, Headers, Partition, Record
from pipeline.embedded_file import Connection
from pipeline.errors import BusError
from pipeline.topics import TopicSpec

OFFSET_BITS = 40
"""Bits of a record's position that hold its offset; those above hold the id of its partition."""

TRIM_RECORDS = 1000
"""Records removed from one partition at once, so that a writer never waits long."""

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Draft:
    """A record that was published but not written yet; `partition` is the id of its partition."""

    partition: int
    key: bytes
    value: bytes
    headers: str | None

    @property
    def size(self) -> int:
        """Return its bytes as the size of a partition counts them."""
        return len(self.key) + len(self.value) + len(self.headers or "")


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Records removed from a partition before a group had read them."""

    partition: Partition
    group: str
    records: int


def pack(headers: Headers) -> str | None:
    """Return headers as JSON: each byte of a value as the character of the same number."""
    if not headers:
        return None
    return json.dumps([(name, value.decode("latin-1")) for name, value in headers], ensure_ascii=False)


def unpack(packed: str | None) -> Headers:
    """Return the headers that were packed."""
    if packed is None:
        return ()
    return tuple((name, value.encode("latin-1")) for name, value in json.loads(packed))


def choose(key: bytes, partitions: Sequence[int]) -> int:
    """Return the partition of a key, always the same."""
    return partitions[zlib.crc32(key) % len(partitions)]


def create(connection: Connection, specs: Sequence[TopicSpec]) -> list[str]:
    """Create missing topics and return their names; one that is there gets the new retention, not new partitions."""
    created = []
    for spec in specs:
        known = connection.execute("SELECT 1 FROM topics WHERE name = ?", (spec.name,)).fetchone()
        connection.execute(
            "INSERT INTO topics VALUES (?, ?) ON CONFLICT DO UPDATE SET retention_ms = excluded.retention_ms",
            (spec.name, spec.retention // MILLISECOND),
        )
        if known is None:
            numbers = [(spec.name, number) for number in range(spec.partitions)]
            connection.executemany("INSERT INTO partitions (topic, number) VALUES (?, ?)", numbers)
            created.append(spec.name)
    return created


def partitions(connection: Connection, topic: str) -> list[int]:
    """Return the ids of a topic's partitions by number. Raises BusError when there is no such topic."""
    rows = connection.execute("SELECT id FROM partitions WHERE topic = ? ORDER BY number", (topic,)).fetchall()
    if not rows:
        raise BusError(f"topic {topic!r} does not exist; run `wirewatch topics create`")
    return [row[0] for row in rows]


def append(connection: Connection, drafts: Sequence[Draft], timestamp: int) -> None:
    """Write records at the ends of their partitions; to be called in a write transaction."""
    by_partition: dict[int, list[Draft]] = {}
    for draft in drafts:
        by_partition.setdefault(draft.partition, []).append(draft)
    for partition, batch in by_partition.items():
        (end,) = connection.execute("SELECT next FROM partitions WHERE id = ?", (partition,)).fetchone()
        base = (partition << OFFSET_BITS) + end
        connection.executemany(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?)",
            [(base + i, timestamp, draft.key, draft.value, draft.headers) for i, draft in enumerate(batch)],
        )
        connection.execute(
            "UPDATE partitions SET next = next + ?, bytes = bytes + ? WHERE id = ?",
            (len(batch), sum(draft.size for draft in batch), partition),
        )


def ends(connection: Connection, topics: Collection[str]) -> dict[int, int]:
    """Return, for each partition of the topics by id, the offset of its next record."""
    ends: dict[int, int] = {}
    for topic in topics:
        ends.update(connection.execute("SELECT id, next FROM partitions WHERE topic = ?", (topic,)).fetchall())
    return ends


def bounds(connection: Connection, topics: Collection[str]) -> dict[Partition, Bounds]:
    """Return where each partition of the topics begins and ends; a topic that does not exist has none."""
    found: dict[Partition, Bounds] = {}
    for topic in topics:
        rows = connection.execute(
            "SELECT number, first, next FROM partitions WHERE topic = ? ORDER BY number", (topic,)
        )
        found |= {Partition(topic, number): Bounds(first, end) for number, first, end in rows.fetchall()}
    return found


def read(
    connection: Connection, partition: Partition, id_: int, offset: int, max_records: int, max_bytes: int
) -> list[Record]:
    """Return records of a partition from an offset on: at least one if there is any, none after `max_bytes`."""
    low, high = (id_ << OFFSET_BITS) + offset, (id_ + 1) << OFFSET_BITS
    found: list[Record] = []
    cursor = connection.execute(
        "SELECT position, timestamp, key, value, headers FROM records"
        " WHERE position >= ? AND position < ? ORDER BY position LIMIT ?",
        (low, high, max_records),
    )
    # A cursor left open would keep the write-ahead log from being folded back into the file.
    with contextlib.closing(cursor):
        for position, timestamp, key, value, headers in cursor:
            at = position - (id_ << OFFSET_BITS)
            record = Record(partition.topic, partition.number, at, timestamp, key, value, unpack(headers))
            found.append(record)
            max_bytes -= record.size
            if max_bytes <= 0:
                break
    return found


def trim(connection: Connection, now: int, limit: int) -> tuple[bool, list[Trimmed]]:
    """Remove the oldest records of each partition: those past their topic's age, and those above `limit` bytes.

    Removes `TRIM_RECORDS` of a partition at most; returns whether there are more, and what a group had not read yet.
    To be called in a write transaction.
    """
    more, unread = False, []
    for id_, topic, number, first, size, retention in connection.execute(
        "SELECT id, topic, number, first, bytes, retention_ms FROM partitions JOIN topics ON topic = name"
        " WHERE first < next"
    ).fetchall():
        count, freed = _excess(connection, id_, now - retention, size - limit)
        if count:
            more = more or count == TRIM_RECORDS
            _remove(connection, id_, first + count, freed)
            unread += _unread(connection, Partition(topic, number), id_, first, first + count)
    return more, unread


def _excess(connection: Connection, id_: int, oldest: int, surplus: int) -> tuple[int, int]:
    """Return how many records at the start of a partition are to go, and their bytes."""
    count = freed = 0
    cursor = connection.execute(
        "SELECT timestamp, length(key) + length(value) + coalesce(length(headers), 0) FROM records"
        " WHERE position >= ? AND position < ? ORDER BY position LIMIT ?",
        (id_ << OFFSET_BITS, (id_ + 1) << OFFSET_BITS, TRIM_RECORDS),
    )
    with contextlib.closing(cursor):
        for timestamp, size in cursor:
            if timestamp >= oldest and freed >= surplus:
                break
            count += 1
            freed += size
    return count, freed


def _remove(connection: Connection, id_: int, first: int, freed: int) -> None:
    base = id_ << OFFSET_BITS
    connection.execute("DELETE FROM records WHERE position >= ? AND position < ?", (base, base + first))
    connection.execute("UPDATE partitions SET first = ?, bytes = bytes - ? WHERE id = ?", (first, freed, id_))


def _unread(connection: Connection, partition: Partition, id_: int, before: int, first: int) -> list[Trimmed]:
    rows = connection.execute(
        "SELECT group_name, ? - max(committed, ?) FROM cursors WHERE partition = ? AND committed < ?",
        (first, before, id_, first),
    )
    return [Trimmed(partition, group, records) for group, records in rows]
