"""The Kafka bus: the contract, against a real broker where there is one, and what only Kafka does."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Sequence
from datetime import timedelta

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from pipeline import dead_letters
from pipeline.errors import BusError
from pipeline.kafka import KafkaBroker
from pipeline.kafka_config import MAX_RECORD_BYTES
from pipeline.settings import KafkaSettings
from pipeline.topics import TopicSpec
from tests.brokers import MOCK_VERSION, KafkaCluster, MockCluster
from tests.pipeline.contract import BusContract
from tests.pipeline.records import after, publish, read, values

pytestmark = pytest.mark.kafka

SESSION = 6.0
"""Seconds: the shortest session that a broker allows by default."""


class BrokerOnMock(KafkaBroker):
    """Creates topics as librdkafka's mock cluster wants it: they come, with four partitions, when they are named."""

    def __init__(self, settings: KafkaSettings) -> None:
        super().__init__(settings, MOCK_VERSION)
        self._client = Producer({"bootstrap.servers": settings.bootstrap_servers})

    def create_topics(self, specs: Sequence[TopicSpec]) -> Sequence[str]:
        there = self._client.list_topics(timeout=10).topics
        missing = [spec.name for spec in specs if spec.name not in there]
        for name in missing:
            self._client.list_topics(name, timeout=10)
        return missing


def connect(cluster: KafkaCluster, **overrides: object) -> KafkaBroker:
    base = {"bootstrap_servers": cluster.bootstrap_servers, "session_timeout": SESSION}
    settings = KafkaSettings.model_validate(base | overrides)
    return KafkaBroker(settings) if cluster.is_real else BrokerOnMock(settings)


def new_topic(broker: KafkaBroker, partitions: int = 4) -> str:
    name = f"kafka-{uuid.uuid4().hex}"
    broker.create_topics([TopicSpec(name, partitions, timedelta(days=3))])
    return name


class TestKafka(BusContract):
    @pytest.fixture
    def broker(self, kafka_cluster: KafkaCluster) -> KafkaBroker:
        return connect(kafka_cluster)

    @pytest.fixture
    def sharing(self, kafka_cluster: KafkaCluster) -> None:
        if not kafka_cluster.is_real:
            pytest.skip("librdkafka's mock cluster refuses a second member that joins")


def test_a_topic_is_created_with_its_partitions_retention_and_room_for_large_records(
    kafka_server: KafkaCluster,
) -> None:
    topic = new_topic(connect(kafka_server), partitions=7)
    admin = AdminClient({"bootstrap.servers": kafka_server.bootstrap_servers})
    assert len(admin.list_topics(topic, timeout=10).topics[topic].partitions) == 7
    (described,) = admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values()
    config = {name: entry.value for name, entry in described.result(10).items()}
    assert config["retention.ms"] == str(3 * 24 * 3600 * 1000)
    assert int(config["max.message.bytes"]) > MAX_RECORD_BYTES


def test_a_topic_that_is_there_stays_as_its_operator_has_set_it(kafka_server: KafkaCluster) -> None:
    topic = f"operated-{uuid.uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": kafka_server.bootstrap_servers})
    for future in admin.create_topics([NewTopic(topic, 2, 1, config={"retention.ms": "1000"})]).values():
        future.result(10)
    assert connect(kafka_server).create_topics([TopicSpec(topic, 9, timedelta(days=1))]) == []
    assert len(admin.list_topics(topic, timeout=10).topics[topic].partitions) == 2


def test_a_record_without_key_value_or_header_value_from_another_program_is_read_as_empty(
    kafka_server: KafkaCluster,
) -> None:
    broker = connect(kafka_server)
    topic = new_topic(broker)
    foreign = Producer({"bootstrap.servers": kafka_server.bootstrap_servers})
    foreign.produce(topic, value=None, headers=[("name", None)])
    assert foreign.flush(10) == 0
    bus = broker.connect(f"group-{topic}", [topic])
    (record,) = read(bus, 1)
    bus.close()
    assert (record.key, record.value, record.headers) == (b"", b"", (("name", b""),))


def test_a_dead_letter_is_listed_retried_and_dropped_on_a_real_broker(kafka_server: KafkaCluster) -> None:
    broker = connect(kafka_server)
    source = new_topic(broker)
    dead = f"{source}.dlt"
    broker.create_topics([TopicSpec(dead, 1, timedelta(days=3))])
    bus = broker.connect("writers")
    for body in (b"first", b"\xff second"):
        bus.publish(dead, b"key", body, (("wirewatch-dlt-topic", source.encode()),))
    bus.flush()
    bus.close()
    first, second = dead_letters.undecided(broker, [dead])
    assert dead_letters.drop(broker, [first]) == 1
    assert dead_letters.undecided(broker, [dead]) == [second]
    assert dead_letters.retry(broker, [second]) == 1
    assert dead_letters.undecided(broker, [dead]) == []
    assert values(dead_letters.read_all(broker, [source])) == [b"\xff second"]


def test_a_record_too_large_for_the_broker_is_an_error(kafka_server: KafkaCluster) -> None:
    broker = connect(kafka_server)
    topic = new_topic(broker)
    bus = broker.connect("writers")
    with pytest.raises(BusError, match="larger than"):
        bus.publish(topic, b"key", bytes(MAX_RECORD_BYTES))
    bus.close()


def test_no_offset_is_committed_when_the_broker_refuses_an_output(kafka_server: KafkaCluster) -> None:
    broker = connect(kafka_server)
    topic, narrow = new_topic(broker), f"narrow-{uuid.uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": kafka_server.bootstrap_servers})
    for future in admin.create_topics([NewTopic(narrow, 1, 1, config={"max.message.bytes": "1000"})]).values():
        future.result(10)
    bus = broker.connect(f"group-{topic}", [topic])
    publish(bus, topic, 1)
    offsets = after(read(bus, 1))
    bus.publish(narrow, b"key", os.urandom(10_000))
    with pytest.raises(BusError, match="Kafka"):
        bus.commit(offsets)
    bus.close()
    assert broker.backlog(f"group-{topic}", [topic]) == 1


def test_a_broker_that_cannot_be_reached_is_an_error_without_end_of_waiting() -> None:
    settings = KafkaSettings(bootstrap_servers="127.0.0.1:1", request_timeout=1.0)
    broker = KafkaBroker(settings)
    for use in (
        lambda: broker.connect("group", ["topic"]),
        lambda: broker.connect("group"),
        lambda: broker.backlog("group", ["topic"]),
        lambda: broker.create_topics([TopicSpec("topic", 1, timedelta(days=1))]),
    ):
        with pytest.raises(BusError, match="Kafka"):
            use()


READER = """
import sys
from pipeline.kafka import KafkaBroker
from pipeline.settings import KafkaSettings

broker = KafkaBroker(KafkaSettings(bootstrap_servers=sys.argv[1], session_timeout=6))
bus = broker.connect(sys.argv[2], [sys.argv[3]])
while True:
    for record in bus.poll(1.0, 500, 1 << 20):
        print(record.offset, flush=True)
"""


def test_what_a_killed_process_had_read_but_not_committed_is_redelivered(kafka_server: KafkaCluster) -> None:
    broker = connect(kafka_server)
    topic = new_topic(broker)
    writer = broker.connect("writers")
    sent = publish(writer, topic, 5)
    writer.close()
    arguments = [kafka_server.bootstrap_servers, f"group-{topic}", topic]
    reader = subprocess.Popen([sys.executable, "-c", READER, *arguments], stdout=subprocess.PIPE)
    assert reader.stdout is not None
    for _ in sent:
        assert reader.stdout.readline()
    reader.kill()
    reader.communicate()
    bus = broker.connect(f"group-{topic}", [topic])
    assert values(read(bus, 5)) == sent
    bus.close()


def test_a_broker_that_went_away_is_an_error_and_does_not_hold_up_the_end() -> None:
    mortal = MockCluster()
    broker = connect(mortal.cluster(), request_timeout=1.0)
    topic = new_topic(broker)
    bus = broker.connect("group", [topic])
    bus.publish(topic, b"key", b"value")
    bus.flush()
    (record,) = read(bus, 1)
    mortal.stop()
    bus.publish(topic, b"key", b"lost")
    with pytest.raises(BusError, match="Kafka"):
        bus.commit(after([record]))
    with pytest.raises(BusError, match="Kafka"):
        bus.lag()
    bus.close()
