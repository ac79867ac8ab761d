"""The commands of the bus, on an embedded log."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.embedded import EmbeddedBroker
from pipeline.settings import EmbeddedSettings
from pipeline.topics import ENTRIES, specs
from tests.pipeline.test_dead_letters import bury
from tests.wirewatch.conftest import Wirewatch
from tests.wirewatch.test_bad_input import refused
from wirewatch import topic_commands, units
from wirewatch.stages import STAGES


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    with contextlib.closing(EmbeddedBroker(tmp_path / "data" / "log.sqlite", EmbeddedSettings())) as broker:
        broker.create_topics(specs())
        yield broker


def put(broker: EmbeddedBroker, *bodies: bytes, key: bytes = b"example.org") -> None:
    bus = broker.connect("poller")
    for body in bodies:
        bus.publish(ENTRIES.name, key, body, (("wirewatch-id", b"7"),))
    bus.flush()
    bus.close()


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def test_topics_are_listed_with_what_they_hold(wirewatch: Wirewatch, broker: EmbeddedBroker) -> None:
    put(broker, b"1", b"2")
    ran = wirewatch("topics", "list")
    assert ran.code == 0, ran.err
    assert rows(ran.out)[0] == ["news.entries", "12", "2", "2", "7"]
    assert [row[0] for row in rows(ran.out)] == [spec.name for spec in specs()]
    first = json.loads(wirewatch("topics", "list", "--json").out.splitlines()[0])
    assert first == {"topic": "news.entries", "partitions": 12, "records": 2, "written": 2, "retention_days": 7}


def test_a_topic_that_is_missing_is_said_to_be(wirewatch: Wirewatch) -> None:
    assert rows(wirewatch("topics", "list").out)[0] == [
        "news.entries (missing: wirewatch topics create)", "-", "-", "-", "-"
    ]  # fmt: skip


def test_every_stage_that_reads_is_there_with_what_it_has_still_to_do(
    wirewatch: Wirewatch, broker: EmbeddedBroker
) -> None:
    put(broker, b"1", b"2")
    bus = broker.connect("fetcher", [ENTRIES.name])
    (first, *_) = bus.poll(0, 10, 1000)
    bus.commit({first.origin: first.offset + 1})
    bus.close()
    found = rows(wirewatch("topics", "lag").out)
    assert ["fetcher", "news.entries", "1"] in found
    assert {row[0] for row in found} == set(STAGES) - {"poller"}
    assert ["store", "news.tagged", "0"] in found
    assert ["store", "news.stories", "0"] in found


def test_tap_shows_what_matches_and_ends_where_it_does_not_follow(wirewatch: Wirewatch, broker: EmbeddedBroker) -> None:
    put(broker, b'{"title": "A bridge"}', b'{"title": "The Bridge\x1b[2J of Hanoi"}', b'{"title": "Rice"}')
    ran = wirewatch("topics", "tap", "news.entries", "--last", "10", "--no-follow", "--match", "^.*bridge.*h")
    assert ran.code == 0, ran.err
    ((moment, place, key, body),) = rows(ran.out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00", moment)
    assert re.fullmatch(r"\d+:1", place)
    assert key == "example.org"
    assert "Bridge[2J of Hanoi" in body
    assert wirewatch("topics", "tap", "news.entries", "--no-follow").out == ""
    whole = wirewatch("topics", "tap", "news.entries", "--last", "1", "--no-follow", "--match", "RICE", "--json").out
    found = json.loads(whole)
    assert (found["key"], found["headers"], found["body"]) == ("example.org", {"wirewatch-id": "7"}, {"title": "Rice"})


def test_tap_follows_until_it_has_shown_enough(wirewatch: Wirewatch, broker: EmbeddedBroker) -> None:
    put(broker, b"1", b"2", b"3")
    assert len(rows(wirewatch("topics", "tap", "news.entries", "--last", "5", "--count", "2").out)) == 2


def test_tap_follows_what_is_published_meanwhile(broker: EmbeddedBroker) -> None:
    shown = topic_commands.tapped(broker, ENTRIES.name, topic_commands.pattern(""), last=1, follow=True)
    put(broker, b"old")
    assert next(shown).value == b"old"
    put(broker, b"new")
    assert next(shown).value == b"new"
    shown.close()


def test_bad_names_and_patterns_are_refused(wirewatch: Wirewatch, broker: EmbeddedBroker) -> None:
    refused(wirewatch("topics", "tap", "news.nothing"), "news.nothing", "no such topic", "topics list")
    refused(wirewatch("topics", "tap", "news.entries", "--match", "("), "--match", "no regular expression")
    refused(wirewatch("dlt", "show", "news.entries.dlt:0:9"), "news.entries.dlt:0:9", "dlt list")
    refused(wirewatch("dlt", "list", "--topic", "news.nothing"), "--topic", "news.entries")
    refused(wirewatch("dlt", "retry"), "no letter is named", "--all")


def test_letters_are_listed_shown_retried_and_dropped(wirewatch: Wirewatch, broker: EmbeddedBroker) -> None:
    bury(broker, b'{"title": "one"}', reason="no title")
    bury(broker, b"\x1b[2Jtwo", b"three", reason="host is down")
    listed = rows(wirewatch("dlt", "list").out)
    assert [(row[0], row[1], row[3], row[5]) for row in listed] == [
        ("news.entries.dlt:0:0", "fetcher", "6", "no title"),
        ("news.entries.dlt:0:1", "fetcher", "6", "host is down"),
        ("news.entries.dlt:0:2", "fetcher", "6", "host is down"),
    ]
    shown = wirewatch("dlt", "show", "news.entries.dlt:0:1").out
    assert "wirewatch-dlt-reason: host is down" in shown
    assert shown.endswith("\n\n[2Jtwo\n")
    assert wirewatch("dlt", "retry", "--all", "--match", "host is down").out == "retried 2\n"
    tapped = wirewatch("topics", "tap", "news.entries", "--last", "9", "--no-follow").out
    assert [row[3] for row in rows(tapped)] == ["[2Jtwo", "three"]
    assert wirewatch("dlt", "drop", "news.entries.dlt:0:0").out == "dropped 1\n"
    assert wirewatch("dlt", "list").out == ""


def test_the_stages_that_read_are_those_that_are_wired() -> None:
    assert list(units.readers()) == [stage for stage in STAGES if stage != "poller"]
