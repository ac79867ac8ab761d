"""Messages to bytes and back: JSON bodies, the schema name and the trace in the headers."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from pydantic import ValidationError

from pipeline.bus import Headers, Record
from pipeline.errors import DecodeError
from pipeline.messages import Envelope, Message

T = TypeVar("T", bound=Message)

SCHEMA_HEADER = "wirewatch-schema"
ID_HEADER = "wirewatch-id"
TRACE_HEADER = "traceparent"
DEAD_LETTER_PREFIX = "wirewatch-dlt-"
MAX_REASON = 1000
"""Characters of a reason kept in a header."""

REMEMBERED = 128
"""Bodies kept as they were read: in one process, several stages read the same record within seconds."""

REMEMBERED_BYTES = 64 * 1024
"""Bytes of a body that is kept, at most."""


def trace_id(document: str) -> str:
    """Return the W3C trace id of all that comes of a document: its id, 32 hexadecimal digits.

    So whoever holds an article knows the trace of its entry, also where no message is at hand any more.
    """
    try:
        return uuid.UUID(document).hex
    except ValueError:
        return uuid.uuid5(uuid.NAMESPACE_URL, document).hex


def new_trace(document: str) -> str:
    """Return a new W3C trace context for a document: version 00, sampled."""
    return f"00-{trace_id(document)}-{secrets.token_hex(8)}-01"


def encode(envelope: Envelope[T]) -> tuple[bytes, bytes, Headers]:
    """Return key, value and headers of a message."""
    body = envelope.body
    headers = (
        (SCHEMA_HEADER, body.schema_name.encode()),
        (ID_HEADER, body.id.encode()),
        (TRACE_HEADER, envelope.trace.encode()),
    )
    return envelope.key.encode(), body.model_dump_json().encode(), headers


def decode(record: Record, types: Mapping[str, type[Message]]) -> Envelope[Message]:
    """Return the message of a record, whose topic must be among `types`.

    Unknown fields are accepted. Raises DecodeError for other bytes, another type or another major version.
    """
    expected = types[record.topic]
    headers = dict(record.headers)
    schema = headers.get(SCHEMA_HEADER, expected.schema_name.encode()).decode("ascii", "replace")
    if schema != expected.schema_name:
        raise DecodeError(f"schema is {schema!r}, this program reads {expected.schema_name!r}")
    try:
        body = _body(expected, record.value) if len(record.value) <= REMEMBERED_BYTES else _read(expected, record.value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise DecodeError(f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from error
    trace = headers.get(TRACE_HEADER, b"").decode("ascii", "replace") or new_trace(body.id)
    return Envelope(key=record.key.decode("utf-8", "replace"), body=body, trace=trace)


def _read(expected: type[Message], value: bytes) -> Message:
    return expected.model_validate_json(value)


_body = lru_cache(maxsize=REMEMBERED)(_read)


def dead_letter_headers(record: Record, stage: str, reason: str, attempts: int, first_failure: datetime) -> Headers:
    """Return a record's headers with those that say who gave it up, where, why, how often and when."""
    known = dict(record.headers)
    replays = known.get(DEAD_LETTER_PREFIX + "replays", b"0").decode("ascii", "replace")
    added = {
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "timestamp": str(record.timestamp),
        "stage": stage,
        "reason": reason[:MAX_REASON],
        "attempts": str(attempts),
        "first-failure": first_failure.isoformat(timespec="seconds"),
        "replays": replays,
        "quarantined": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    kept = tuple((name, value) for name, value in record.headers if not name.startswith(DEAD_LETTER_PREFIX))
    return kept + tuple((DEAD_LETTER_PREFIX + name, value.encode()) for name, value in added.items())
