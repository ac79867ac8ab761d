"""Dead letters: listed until they are retried or dropped, and retried as they were."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline import codec, dead_letters
from pipeline.bus import Broker, Record
from pipeline.errors import BusError
from pipeline.memory import MemoryBroker
from pipeline.topics import ARTICLES, ENTRIES, specs

NOW = datetime(2026, 5, 1, tzinfo=UTC)
POISON = bytes(range(256))


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker(specs())


def bury(broker: Broker, *values: bytes, reason: str = "no title", topic: str = ENTRIES.name) -> None:
    """Put messages into a dead-letter topic as the runner does."""
    bus = broker.connect("fetcher")
    for number, value in enumerate(values):
        record = Record(topic, 3, 70 + number, 1000, b"example.org", value, (("traceparent", b"00-a-b-01"),))
        bus.publish(f"{topic}.dlt", b"key", value, codec.dead_letter_headers(record, "fetcher", reason, 6, NOW))
    bus.flush()
    bus.close()


def test_a_letter_says_where_it_came_from_and_why(broker: MemoryBroker) -> None:
    bury(broker, POISON)
    (letter,) = dead_letters.undecided(broker)
    assert letter.id == "news.entries.dlt:0:0"
    assert letter.source == ENTRIES.name
    assert (letter.header("stage"), letter.header("reason"), letter.header("attempts")) == ("fetcher", "no title", "6")


def test_a_retried_letter_is_published_again_as_it_was_and_leaves_the_list(broker: MemoryBroker) -> None:
    bury(broker, POISON, b"other")
    first, second = dead_letters.undecided(broker)
    assert dead_letters.retry(broker, [first]) == 1
    (again,) = broker.records(ENTRIES.name)
    assert (again.key, again.value) == (b"key", POISON)
    assert again.headers == (("traceparent", b"00-a-b-01"), (dead_letters.REPLAYS, b"1"))
    assert [letter.id for letter in dead_letters.undecided(broker)] == [second.id]


def test_a_letter_that_fails_again_is_a_new_one_that_counts_its_replays(broker: MemoryBroker) -> None:
    bury(broker, POISON)
    dead_letters.retry(broker, dead_letters.undecided(broker))
    (again,) = broker.records(ENTRIES.name)
    bus = broker.connect("fetcher")
    bus.publish(ENTRIES.dead_letter, b"key", POISON, codec.dead_letter_headers(again, "fetcher", "still", 6, NOW))
    bus.flush()
    (letter,) = dead_letters.undecided(broker)
    assert (letter.header("replays"), letter.header("reason")) == ("1", "still")
    dead_letters.retry(broker, [letter])
    assert dict(broker.records(ENTRIES.name)[-1].headers)[dead_letters.REPLAYS] == b"2"


def test_a_dropped_letter_leaves_the_list_and_goes_nowhere(broker: MemoryBroker) -> None:
    bury(broker, b"1", b"2")
    assert dead_letters.drop(broker, dead_letters.undecided(broker)) == 2
    assert dead_letters.undecided(broker) == []
    assert broker.records(ENTRIES.name) == []


def test_letters_of_several_topics_come_oldest_first_and_do_not_decide_for_one_another() -> None:
    moments = iter(range(1, 100))
    broker = MemoryBroker(specs(), clock=lambda: float(next(moments)))
    bury(broker, b"1", topic=ARTICLES.name)
    bury(broker, b"2")
    articles, entries = dead_letters.undecided(broker)
    assert (articles.source, entries.source) == (ARTICLES.name, ENTRIES.name)
    dead_letters.drop(broker, [articles])
    assert dead_letters.undecided(broker) == [entries]
    assert dead_letters.undecided(broker, [ARTICLES.dead_letter]) == []


def test_what_was_not_published_stays_on_the_list(broker: MemoryBroker) -> None:
    bury(broker, b"1")
    broker.fail("flush", BusError("gone"))
    with pytest.raises(BusError):
        dead_letters.retry(broker, dead_letters.undecided(broker))
    assert len(dead_letters.undecided(broker)) == 1
    assert broker.records(ENTRIES.name) == []


def test_a_letter_whose_topic_is_gone_is_refused_before_anything_is_published(broker: MemoryBroker) -> None:
    bury(broker, b"1")
    bus = broker.connect("fetcher")
    bus.publish(ENTRIES.dead_letter, b"", b"2", (("wirewatch-dlt-topic", b"nowhere"),))
    bus.flush()
    with pytest.raises(BusError, match="nowhere"):
        dead_letters.retry(broker, dead_letters.undecided(broker))
    assert broker.records(ENTRIES.name) == []


def test_topics_that_do_not_exist_hold_no_letters() -> None:
    assert dead_letters.undecided(MemoryBroker()) == []
