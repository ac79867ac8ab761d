"""Records as the contract suite of buses publishes, polls and compares them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from pipeline.bus import Bus, Partition, Record

PARTITIONS = 4
PATIENCE = 60.0
"""Seconds before a test gives up waiting for what a bus has promised."""

MANY = 10_000
MEBIBYTE = 1024 * 1024
NO_LIMIT = 64 * MEBIBYTE

Connect = Callable[[], Bus]


def read(bus: Bus, count: int) -> list[Record]:
    """Poll until `count` records have come."""
    found: list[Record] = []
    deadline = time.monotonic() + PATIENCE
    while len(found) < count:
        assert time.monotonic() < deadline, f"only {len(found)} of {count} records came"
        found += bus.poll(0.2, 500, NO_LIMIT)
    return found


def settle(*buses: Bus) -> list[Record]:
    """Poll all members until they share every partition, twice in a row; return what came meanwhile."""
    found: list[Record] = []
    rounds = 0
    deadline = time.monotonic() + PATIENCE
    while rounds < 2:
        for bus in buses:
            found += bus.poll(0.05, 500, NO_LIMIT)
        shares = [set(bus.assignment()) for bus in buses]
        is_shared = sum(map(len, shares)) == len(set().union(*shares)) == PARTITIONS and all(shares)
        rounds = rounds + 1 if is_shared else 0
        assert time.monotonic() < deadline, f"no fair share: {shares}"
    return found


@contextlib.contextmanager
def polling(bus: Bus) -> Iterator[None]:
    """Let a member poll in a thread of its own, as it would in its process: a group waits for each of its members."""
    done = threading.Event()

    def poll() -> None:
        while not done.is_set():
            bus.poll(0.05, 500, NO_LIMIT)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def after(records: Sequence[Record]) -> dict[Partition, int]:
    """Return the offsets that commit the records."""
    offsets: dict[Partition, int] = {}
    for record in records:
        offsets[record.origin] = max(offsets.get(record.origin, 0), record.offset + 1)
    return offsets


def values(records: Sequence[Record]) -> list[bytes]:
    """Return what the records carry, sorted."""
    return sorted(record.value for record in records)


def publish(bus: Bus, topic: str, count: int, prefix: str = "") -> list[bytes]:
    """Publish and flush that many records, each with a key of its own; return their values."""
    sent = [f"{prefix}{number:05}".encode() for number in range(count)]
    for value in sent:
        bus.publish(topic, b"key-" + value, value)
    bus.flush()
    return sent
