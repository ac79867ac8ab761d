from __future__ import annotations

import orjson
import pytest

from pipeline import codec
from pipeline.bus import Headers, Record
from pipeline.errors import DecodeError
from pipeline.messages import MESSAGES, Entry, Envelope, Message
from pipeline.testing import NOON, make_alert, make_article, make_entry, make_story_event, make_surge, make_tagged

SAMPLES = (make_entry(), make_article(), make_tagged(), make_story_event(), make_surge(), make_alert())


def record(value: bytes, headers: Headers = ()) -> Record:
    return Record("topic", 0, 7, 0, b"key", value, headers)


def test_there_is_a_sample_of_every_message() -> None:
    assert {type(sample) for sample in SAMPLES} == set(MESSAGES)


@pytest.mark.parametrize("message", SAMPLES, ids=lambda message: message.schema_name)
def test_a_message_survives_its_bytes(message: Message) -> None:
    key, value, headers = codec.encode(Envelope("key", message, codec.new_trace(message.id)))
    envelope = codec.decode(Record("topic", 0, 0, 0, key, value, headers), {"topic": type(message)})
    assert envelope.body == message
    assert envelope.trace.encode() == dict(headers)[codec.TRACE_HEADER]


def test_the_trace_of_a_document_is_known_by_its_id() -> None:
    entry = make_entry()
    assert codec.new_trace(entry.id).split("-")[1] == codec.trace_id(entry.id) == entry.id.replace("-", "")
    assert len(codec.trace_id("no uuid")) == 32


def test_unknown_fields_are_accepted() -> None:
    body = orjson.loads(make_entry().model_dump_json()) | {"colour": "blue"}
    body["outlet"]["motto"] = "All of it"
    assert codec.decode(record(orjson.dumps(body)), {"topic": Entry}).body == make_entry()


def test_a_body_that_several_stages_read_is_read_once_unless_it_is_large() -> None:
    small, large = (make_entry(summary="x" * size).model_dump_json().encode() for size in (10, 100_000))
    first, again, other = (
        codec.decode(record(bytes(bytearray(value))), {"topic": Entry}).body for value in (small, small, large)
    )
    assert again is first
    assert codec.decode(record(large), {"topic": Entry}).body is not other


@pytest.mark.parametrize("schema", [b"entry/2", b"article/1", b"\xff"])
def test_another_type_or_major_version_is_refused(schema: bytes) -> None:
    value = make_entry().model_dump_json().encode()
    with pytest.raises(DecodeError, match="this program reads 'entry/1'"):
        codec.decode(record(value, ((codec.SCHEMA_HEADER, schema),)), {"topic": Entry})


@pytest.mark.parametrize("value", [b"", b"\x00", b"[]", b'{"id": 1}', b'{"id": "x", "url": '])
def test_other_bytes_are_refused(value: bytes) -> None:
    with pytest.raises(DecodeError):
        codec.decode(record(value), {"topic": Entry})


def test_a_moment_without_a_zone_is_refused() -> None:
    body = orjson.loads(make_entry().model_dump_json()) | {"discovered": "2025-03-14T12:00:00"}
    with pytest.raises(DecodeError, match="discovered"):
        codec.decode(record(orjson.dumps(body)), {"topic": Entry})


def test_dead_letter_headers_replace_those_of_an_earlier_death() -> None:
    first = codec.dead_letter_headers(record(b"", (("other", b"kept"),)), "fetcher", "first", 1, NOON)
    again = codec.dead_letter_headers(record(b"", first), "tagger", "x" * 5000, 2, NOON)
    told = dict(again)
    assert len(again) == len(first)
    assert told["other"] == b"kept"
    assert told["wirewatch-dlt-stage"] == b"tagger"
    assert told["wirewatch-dlt-first-failure"] == b"2025-03-14T12:00:00+00:00"
    assert len(told["wirewatch-dlt-reason"]) == codec.MAX_REASON
