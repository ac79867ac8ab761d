"""The runner with a synchronous stage: order, retries, dead letters, bounds, and what a crash redelivers."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import pytest

from pipeline import codec
from pipeline.bus import LARGEST_VALUE
from pipeline.errors import BusError, Drop, Quarantine, Retry, StageBroken
from pipeline.messages import Entry, Message
from pipeline.runner import Runner
from pipeline.testing import make_article
from tests.pipeline.running import SETTINGS, Bench, Clock, Scripted, inline


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_every_document_is_passed_on_in_order_and_then_committed(clock: Clock) -> None:
    bench = Bench(inline(Scripted(), clock), clock)
    bench.feed("a", "b", "c")
    bench.step()
    assert bench.out() == ["a", "b", "c"]
    assert bench.committed() == 3
    assert bench.results("passed") == 3


def test_the_first_document_is_committed_at_once_and_later_ones_no_more_often_than_is_set(clock: Clock) -> None:
    bench = Bench(inline(Scripted(), clock), clock, SETTINGS.model_copy(update={"commit_interval": 5.0}))
    bench.feed("a")
    bench.step()
    assert bench.committed() == 1
    bench.feed("b")
    clock.now += 4.9
    bench.step()
    assert bench.committed() == 1
    clock.now += 0.2
    bench.step()
    assert bench.committed() == 2


def test_the_trace_goes_on_to_the_outputs(clock: Clock) -> None:
    bench = Bench(inline(Scripted(), clock), clock)
    bench.feed("a")
    bench.step()
    traces = [dict(bench.broker.records(topic)[0].headers)[codec.TRACE_HEADER] for topic in ("in", "out")]
    assert traces[0] == traces[1]


def test_what_was_not_committed_is_redelivered(clock: Clock) -> None:
    bench = Bench(inline(Scripted(), clock), clock)
    bench.feed("a")
    bench.broker.fail("commit", BusError("gone"))
    with pytest.raises(BusError):
        bench.step()
    bench.bus.close()
    stage = Scripted()
    again = Runner(bench.broker, inline(stage, clock), SETTINGS, bench.telemetry, clock=clock, patience=0.0)
    bus = bench.broker.connect("scripted", ["in"])
    again.step(bus)
    again.step(bus)
    assert stage.seen == ["a"]
    assert bench.committed() == 1


def test_a_dropped_document_is_counted_and_committed(clock: Clock) -> None:
    bench = Bench(inline(Scripted(b=Drop("not news")), clock), clock)
    bench.feed("a", "b", "c")
    bench.step()
    assert bench.out() == ["a", "c"]
    assert bench.committed() == 3
    assert bench.results("dropped") == 1


def test_a_document_to_retry_holds_back_those_behind_it_and_no_other_partition(clock: Clock) -> None:
    stage = Scripted(b=Retry("busy"))
    bench = Bench(inline(stage, clock), clock, partitions=2)
    bench.feed("a", "b", "c", key="one")
    bench.feed("x", "y", key="other")
    assert len({record.partition for record in bench.broker.records("in")}) == 2
    bench.step()
    assert sorted(bench.out()) == ["a", "x", "y"]
    del stage.answers["b"]
    bench.step()
    assert sorted(bench.out()) == ["a", "x", "y"], "the backoff is not over"
    clock.now += 1.0
    bench.step()
    assert sorted(bench.out()) == ["a", "b", "c", "x", "y"]
    assert stage.seen.count("b") == 2


def test_the_backoff_doubles_and_a_stage_may_set_it(clock: Clock) -> None:
    stage = Scripted(a=Retry("busy", forever=True))
    bench = Bench(inline(stage, clock), clock)
    bench.feed("a")
    for attempts, wait in ((1, 1.0), (2, 2.0), (3, 4.0)):
        bench.step()
        assert len(stage.seen) == attempts
        clock.now += wait - 0.01
        bench.step()
        assert len(stage.seen) == attempts
        clock.now += 0.01
    stage.answers["a"] = Retry("come back", after=500.0, forever=True)
    bench.step()
    clock.now += 499.0
    bench.step()
    assert len(stage.seen) == 4
    clock.now += 1.0
    bench.step()
    assert len(stage.seen) == 5


def test_when_the_attempts_are_used_up_the_document_is_dead_lettered_untouched(clock: Clock) -> None:
    bench = Bench(inline(Scripted(a=Retry("busy", after=0.0)), clock), clock)
    bench.feed("a")
    bench.step(times=6)
    source, dead = bench.broker.records("in")[0], bench.broker.records("in.dlt")[0]
    assert (dead.key, dead.value) == (source.key, source.value)
    headers = {name.removeprefix("wirewatch-dlt-"): value.decode() for name, value in dead.headers}
    assert headers["topic"] == "in"
    assert headers["offset"] == "0"
    assert headers["stage"] == "scripted"
    assert headers["reason"] == "busy"
    assert headers["attempts"] == "3"
    assert bench.committed() == 1


def test_when_the_attempts_are_used_up_a_fallback_is_passed_on(clock: Clock) -> None:
    fallback = make_article(title="from the feed")
    bench = Bench(inline(Scripted(a=Retry("busy", after=0.0, fallback=[fallback])), clock), clock)
    bench.feed("a")
    bench.step(times=6)
    assert bench.out() == ["from the feed"]
    assert bench.broker.records("in.dlt") == []


def test_a_document_may_be_retried_for_ever(clock: Clock) -> None:
    stage = Scripted(a=Retry("database is down", after=0.0, forever=True))
    bench = Bench(inline(stage, clock), clock)
    bench.feed("a")
    bench.step(times=20)
    assert len(stage.seen) > SETTINGS.attempts
    assert bench.broker.records("in.dlt") == []
    assert bench.committed() == 0


@pytest.mark.parametrize("error", [Quarantine("unreadable"), ValueError("a fault of ours")])
def test_a_document_that_cannot_be_handled_is_dead_lettered_and_the_next_one_goes_on(
    clock: Clock, error: Exception
) -> None:
    bench = Bench(inline(Scripted(b=error), clock), clock)
    bench.feed("a", "b", "c")
    bench.step()
    assert bench.out() == ["a", "c"]
    assert len(bench.broker.records("in.dlt")) == 1
    assert bench.committed() == 3


def test_a_document_whose_output_no_bus_would_take_is_dead_lettered(clock: Clock) -> None:
    class Verbose(Scripted):
        def __call__(self, entry: Entry) -> Iterable[Message]:
            return [make_article(text="x" * (LARGEST_VALUE if entry.title == "b" else 10), title=entry.title)]

    bench = Bench(inline(Verbose(), clock), clock)
    bench.feed("a", "b", "c")
    bench.step()
    assert bench.out() == ["a", "c"]
    assert len(bench.broker.records("in.dlt")) == 1


def test_bytes_that_are_no_message_are_dead_lettered_untouched(clock: Clock) -> None:
    bench = Bench(inline(Scripted(), clock), clock)
    feeder = bench.broker.connect("feeder")
    feeder.publish("in", b"k", b"\x00not json")
    feeder.publish("in", b"k", b"{}", ((codec.SCHEMA_HEADER, b"entry/2"),))
    feeder.flush()
    bench.feed("a")
    bench.step()
    assert [record.value for record in bench.broker.records("in.dlt")] == [b"\x00not json", b"{}"]
    assert bench.out() == ["a"]
    assert bench.committed() == 3


def test_a_stage_that_fails_on_everything_stops_instead_of_filling_the_dead_letter_topic(clock: Clock) -> None:
    stage = Scripted(**{title: ValueError("broken") for title in "abcdef"})
    bench = Bench(inline(stage, clock), clock)
    bench.feed(*"abcdef")
    with pytest.raises(StageBroken, match="3 messages in a row"):
        bench.step()


def test_quarantine_on_purpose_never_stops_the_stage(clock: Clock) -> None:
    bench = Bench(inline(Scripted(**{title: Quarantine("poison") for title in "abcdef"}), clock), clock)
    bench.feed(*"abcdef")
    bench.step()
    assert len(bench.broker.records("in.dlt")) == 6


def test_no_more_is_taken_in_while_the_bytes_in_flight_are_at_their_bound(clock: Clock) -> None:
    settings = SETTINGS.model_copy(update={"in_flight_bytes": 2000})
    bench = Bench(inline(Scripted(a=Retry("busy", forever=True)), clock), clock, settings)
    bench.feed("a", *[f"t{number}" for number in range(50)])
    bench.step(times=10)
    held = bench.telemetry.total("stage_in_flight_bytes")
    largest = max(record.size for record in bench.broker.records("in"))
    assert 2000 <= held < 2000 + largest


def test_after_a_lost_partition_the_runner_joins_again_and_nothing_is_lost(clock: Clock) -> None:
    stage = Scripted()
    bench = Bench(inline(stage, clock), clock)
    bench.bus.close()
    stop, beats = threading.Event(), threading.Semaphore(0)
    bench.feed("a", "b")
    bench.broker.fail("commit", BusError("broker is away"))
    settings = SETTINGS.model_copy(update={"backoff": 0.001})
    runner = Runner(
        bench.broker, inline(stage, clock), settings, bench.telemetry, clock=clock, beat=beats.release, patience=0.0
    )
    thread = threading.Thread(target=runner.run, args=(stop,))
    thread.start()
    for _ in range(1000):
        assert beats.acquire(timeout=10)
        if bench.committed() == 2:
            break
    stop.set()
    thread.join(10)
    assert bench.out() == ["a", "b"]
    assert stage.seen == ["a", "b", "a", "b"]
