"""An embedded log whose clock is moved by hand, and what is written to and read from it at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.embedded import EmbeddedBroker
from pipeline.settings import EmbeddedSettings
from pipeline.topics import TopicSpec
from tests.pipeline.records import NO_LIMIT, values

OpenBroker = Callable[[], EmbeddedBroker]

SESSION = 10.0
TOPIC = TopicSpec("topic", 4, timedelta(days=1))
OUT = TopicSpec("out", 2, timedelta(days=1))
RETENTION_BYTES = 1024 * 1024


class Clock:
    """Seconds since the epoch, moved by hand from now on."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "log.sqlite"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_broker(path: Path, clock: Clock) -> Iterator[OpenBroker]:
    """Give brokers on one file, each as another process would have."""
    brokers: list[EmbeddedBroker] = []

    def open_() -> EmbeddedBroker:
        settings = EmbeddedSettings(retention_bytes=RETENTION_BYTES, session=SESSION)
        brokers.append(EmbeddedBroker(path, settings, clock))
        brokers[-1].create_topics([TOPIC, OUT])
        return brokers[-1]

    yield open_
    for broker in brokers:
        broker.close()


def put(broker: EmbeddedBroker, *payloads: bytes, key: bytes = b"key", topic: str = "topic") -> None:
    bus = broker.connect("writers")
    for payload in payloads:
        bus.publish(topic, key, payload)
    bus.flush()
    bus.close()


def everything(broker: EmbeddedBroker, topic: str) -> list[bytes]:
    bus = broker.connect("a reader that never commits", [topic])
    found = list(bus.poll(0, 100_000, NO_LIMIT))
    bus.close()
    return values(found)
