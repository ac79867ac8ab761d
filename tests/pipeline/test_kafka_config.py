"""What the Kafka clients are told, and that they know the words."""

from __future__ import annotations

from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from pydantic import SecretStr

from pipeline.kafka_config import client_config, consumer_config, producer_config
from pipeline.settings import KafkaSettings

SECURE = KafkaSettings(
    bootstrap_servers="one:9093, two:9093",
    security_protocol="SASL_SSL",
    ssl_cafile=Path("ca.pem"),
    ssl_key_password=SecretStr("key secret"),
    sasl_mechanism="SCRAM-SHA-256",
    sasl_username="reader",
    sasl_password=SecretStr("password"),
)


def test_tls_and_sasl_come_from_the_settings() -> None:
    config = client_config(SECURE, None)
    assert config["bootstrap_servers"] == ["one:9093", "two:9093"]
    assert (config["security_protocol"], config["ssl_cafile"], config["ssl_password"]) == (
        "SASL_SSL",
        "ca.pem",
        "key secret",
    )
    assert (config["sasl_mechanism"], config["sasl_plain_username"], config["sasl_plain_password"]) == (
        "SCRAM-SHA-256",
        "reader",
        "password",
    )


def test_a_plain_connection_says_nothing_of_tls_and_sasl() -> None:
    names = client_config(KafkaSettings(), None)
    assert not [name for name in names if name.startswith(("ssl", "sasl"))]


def test_sasl_without_tls_names_no_files() -> None:
    config = client_config(SECURE.model_copy(update={"security_protocol": "SASL_PLAINTEXT"}), None)
    assert "sasl_mechanism" in config
    assert "ssl_cafile" not in config


@pytest.mark.parametrize(
    ("client", "config"),
    [
        pytest.param(KafkaConsumer, consumer_config(SECURE, "group"), id="consumer"),
        pytest.param(KafkaProducer, producer_config(SECURE), id="producer"),
        pytest.param(KafkaAdminClient, {}, id="admin"),
    ],
)
def test_every_word_is_one_that_the_client_knows(client: type, config: dict[str, object]) -> None:
    assert set(client_config(SECURE, (4, 1)) | config) <= set(client.DEFAULT_CONFIG)  # type: ignore[attr-defined]  # untyped library


def test_what_must_not_be_left_to_the_library() -> None:
    consumer, producer = consumer_config(SECURE, "group"), producer_config(SECURE)
    assert consumer["auto_offset_reset"] == "earliest"
    assert consumer["enable_auto_commit"] is False
    assert consumer["isolation_level"] == "read_committed"
    assert not [name for name in consumer if "deserializer" in name]
    assert (producer["acks"], producer["enable_idempotence"]) == ("all", True)
