"""A Kafka cluster for the tests: the one that KAFKA_BOOTSTRAP_SERVERS names, a real broker started here, or a mock."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import Producer

from tests.kafka_server import KafkaUnavailable, shared_server

GIVEN = "KAFKA_BOOTSTRAP_SERVERS"
MOCK_VERSION = (2, 3)
"""The protocol that librdkafka's mock cluster speaks with kafka-python."""


@dataclass(frozen=True)
class KafkaCluster:
    """Where it is; a mock needs to be told its version and creates topics, of four partitions, by itself."""

    bootstrap_servers: str
    api_version: tuple[int, int] | None = None

    @property
    def is_real(self) -> bool:
        return self.api_version is None


class MockCluster:
    """librdkafka's mock cluster of one broker, from start to `stop`."""

    def __init__(self) -> None:
        self._handle: Producer | None = Producer({"bootstrap.servers": "127.0.0.1:0", "test.mock.num.brokers": 1})
        (node,) = self._handle.list_topics(timeout=10).brokers.values()
        self._address = f"{node.host}:{node.port}"

    def cluster(self) -> KafkaCluster:
        return KafkaCluster(self._address, MOCK_VERSION)

    def stop(self) -> None:
        # The cluster lives as long as the client that made it.
        self._handle = None


def _shared_folder(base: Path) -> Path:
    """Return a folder that the workers of pytest-xdist have in common."""
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _mock(reason: str) -> Iterator[KafkaCluster]:
    if os.environ.get("CI") == "true":
        pytest.fail(f"no real Kafka broker: {reason}")
    warnings.warn(f"no real Kafka broker, using librdkafka's mock cluster: {reason}", stacklevel=1)
    mock = MockCluster()
    yield mock.cluster()
    mock.stop()


@pytest.fixture(scope="session")
def kafka_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """Give a real cluster where Java and Maven are there, else a mock, saying so; with CI=true only a real one."""
    if GIVEN in os.environ:
        yield KafkaCluster(os.environ[GIVEN])
        return
    started = False
    try:
        with shared_server(_shared_folder(tmp_path_factory.getbasetemp())) as address:
            started = True
            yield KafkaCluster(address)
    except KafkaUnavailable as error:
        if started:
            raise
        yield from _mock(str(error))


@pytest.fixture(scope="session")
def kafka_server(kafka_cluster: KafkaCluster) -> KafkaCluster:
    """Give a real cluster, for what a mock cannot do."""
    if not kafka_cluster.is_real:
        pytest.skip("needs a real Kafka broker: install Java 17 and Maven, or set " + GIVEN)
    return kafka_cluster
