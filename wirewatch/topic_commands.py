"""What the commands of the topics do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.bus import Broker, Record
from pipeline.errors import InputError
from pipeline.topics import TopicSpec
from sinks.inert import line

LIST_COLUMNS = ("topic", "partitions", "records", "written", "retention days")
LAG_COLUMNS = ("stage", "topic", "behind")

AT_ONCE = 500
WAIT = 0.5
"""Seconds to wait for a record before Ctrl-C is noticed at the latest."""

LONGEST = 160
"""Characters of a body on one line."""


@dataclass(frozen=True)
class ListedTopic:
    """A topic as it is on the bus; without partitions it does not exist yet."""

    name: str
    partitions: int
    held: int
    written: int
    retention: timedelta


def listed(broker: Broker, specs: Sequence[TopicSpec]) -> list[ListedTopic]:
    """Return each topic as it is on the bus. Raises BusError."""
    bounds = broker.bounds([spec.name for spec in specs])
    by_topic = {spec.name: [at for one, at in bounds.items() if one.topic == spec.name] for spec in specs}
    return [
        ListedTopic(
            spec.name,
            len(found := by_topic[spec.name]),
            sum(at.end - at.first for at in found),
            sum(at.end for at in found),
            spec.retention,
        )
        for spec in specs
    ]


def list_row(topic: ListedTopic) -> tuple[str | int | None, ...]:
    """Return a topic's row; a topic that does not exist has a name alone."""
    if not topic.partitions:
        return (f"{topic.name} (missing: wirewatch topics create)", None, None, None, None)
    return (topic.name, topic.partitions, topic.held, topic.written, topic.retention.days)


def lags(broker: Broker, readers: Mapping[str, Sequence[str]]) -> list[tuple[str, str, int]]:
    """Return, for each stage and each topic it reads, the records it has not committed. Raises BusError."""
    return [(stage, topic, broker.backlog(stage, [topic])) for stage, topics in readers.items() for topic in topics]


def pattern(text: str) -> re.Pattern[str]:
    """Return a regular expression that does not care for case. Raises InputError."""
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise InputError(
            "--match", f"{text!r} is no regular expression: {error}", "Put \\ before ( ) [ ] * + ?"
        ) from None


def matches(record: Record, wanted: re.Pattern[str]) -> bool:
    """Return whether the pattern is in a record's key, in one of its headers, or in its body."""
    headers = (f"{name}: {value.decode('utf-8', 'replace')}" for name, value in record.headers)
    texts = (record.key.decode("utf-8", "replace"), *headers, record.value.decode("utf-8", "replace"))
    return any(wanted.search(text) for text in texts)


def tapped(broker: Broker, topic: str, wanted: re.Pattern[str], *, last: int, follow: bool) -> Iterator[Record]:
    """Yield the records of a topic in which the pattern is: the `last` of each partition, then new ones.

    Raises InputError for an unknown topic, BusError.
    """
    bounds = broker.bounds([topic])
    if not bounds:
        remedy = "`wirewatch topics list` has the names; `wirewatch topics create` makes what is missing."
        raise InputError(topic, "no such topic", remedy)
    starts = {one: max(at.first, at.end - last) for one, at in bounds.items()}
    missing = sum(at.end - starts[one] for one, at in bounds.items())
    reader = broker.reader(starts)
    try:
        while follow or missing > 0:
            for record in reader.poll(WAIT, AT_ONCE):
                missing -= 1
                if matches(record, wanted):
                    yield record
    finally:
        reader.close()


def in_one_line(record: Record) -> str:
    """Return a record on one line: when, where, its key, and the beginning of its body."""
    when = datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(sep=" ", timespec="seconds")
    body = line(record.value[: 4 * LONGEST].decode("utf-8", "replace"), LONGEST)
    key = line(record.key.decode("utf-8", "replace"), LONGEST) or "-"
    return f"{when}\t{record.partition}:{record.offset}\t{key}\t{body}"


def as_json(record: Record) -> str:
    """Return a record as a line of JSON: its body parsed where it is JSON, as text where not."""
    text = record.value.decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    return json.dumps({
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "time": datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="milliseconds"),
        "key": record.key.decode("utf-8", "replace"),
        "headers": {name: value.decode("utf-8", "replace") for name, value in record.headers},
        "body": body,
    })  # fmt: skip
