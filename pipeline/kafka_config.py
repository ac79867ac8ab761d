"""What the Kafka clients are told: sizes, times, security."""

from __future__ import annotations

from typing import Any

from pipeline.settings import KafkaSettings

MAX_RECORD_BYTES = 8 * 1024 * 1024
"""The largest record that may be published."""

MAX_BATCH_BYTES = MAX_RECORD_BYTES + 64 * 1024
"""What a topic accepts at once: the largest record with what surrounds it."""

FETCH_BYTES = 16 * 1024 * 1024
"""What one fetch brings, near enough: the memory of a consumer beside what it has handed out."""

UNACKNOWLEDGED_BYTES = 32 * 1024 * 1024
"""Published bytes on their way before `publish` waits; the library itself sets no bound."""

BATCH_BYTES = 256 * 1024
LINGER_MS = 5
"""Milliseconds in which records gather into a batch, which compresses far better than one record."""

HEARTBEATS = 30
"""Heartbeats within a session: each is a chance to learn that the group is sharing out anew."""

JOIN_HEARTBEATS = 1.5
"""Time, beyond that of a poll, in which all members should have come to share out."""

LEAVE_SECONDS = 1.0
"""Seconds for saying good-bye to the broker."""

PUMP_MS = 50
"""Milliseconds in a poll that only lets the group finish sharing out."""

RETRY_SECONDS = 0.1
"""Seconds between two questions to a broker that is not ready to answer."""


def client_config(settings: KafkaSettings, api_version: tuple[int, ...] | None) -> dict[str, Any]:
    """Return what every client of the library gets; `api_version` is for what cannot say its own version."""
    config: dict[str, Any] = {
        "bootstrap_servers": [one.strip() for one in settings.bootstrap_servers.split(",")],
        "api_version": api_version,
        "security_protocol": settings.security_protocol,
        "request_timeout_ms": ms(settings.request_timeout),
        "bootstrap_timeout_ms": ms(settings.request_timeout),
    }
    if "SSL" in settings.security_protocol:
        password = settings.ssl_key_password
        files = (settings.ssl_cafile, settings.ssl_certfile, settings.ssl_keyfile)
        names = ("ssl_cafile", "ssl_certfile", "ssl_keyfile")
        config |= {name: str(file) for name, file in zip(names, files, strict=True) if file is not None}
        config["ssl_password"] = password.get_secret_value() if password else None
    if settings.security_protocol.startswith("SASL"):
        secret = settings.sasl_password
        config["sasl_mechanism"] = settings.sasl_mechanism
        config["sasl_plain_username"] = settings.sasl_username
        config["sasl_plain_password"] = secret.get_secret_value() if secret else None
    return config


def producer_config(settings: KafkaSettings) -> dict[str, Any]:
    """Return what a producer gets besides: nothing is acknowledged before it is safe, or is written twice."""
    return {
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "zstd",
        "batch_size": BATCH_BYTES,
        "linger_ms": LINGER_MS,
        "max_request_size": MAX_RECORD_BYTES,
        "max_block_ms": ms(settings.request_timeout),
        "delivery_timeout_ms": 2 * ms(settings.request_timeout),
        "allow_auto_create_topics": False,
    }


def consumer_config(settings: KafkaSettings, group: str) -> dict[str, Any]:
    """Return what a consumer gets besides: from the oldest record on, and committed by us alone.

    No deserializer, ever: the library polls the same record for ever when one raises.
    """
    return {
        "client_id": f"wirewatch-{group}",
        "group_id": group,
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "isolation_level": "read_committed",
        "max_partition_fetch_bytes": MAX_BATCH_BYTES,
        "fetch_max_bytes": FETCH_BYTES,
        "session_timeout_ms": ms(settings.session_timeout),
        "heartbeat_interval_ms": ms(settings.session_timeout / HEARTBEATS),
        "allow_auto_create_topics": False,
    }


def reader_config() -> dict[str, Any]:
    """Return what a consumer outside every group gets besides; where its offset is gone it goes on at the oldest."""
    return {
        "client_id": "wirewatch-reader",
        "group_id": None,
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "isolation_level": "read_committed",
        "max_partition_fetch_bytes": MAX_BATCH_BYTES,
        "fetch_max_bytes": FETCH_BYTES,
        "allow_auto_create_topics": False,
    }


def ms(seconds: float) -> int:
    """Return seconds as whole milliseconds."""
    return round(seconds * 1000)
