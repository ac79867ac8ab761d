"""What is held back: until when, and how it is told then."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from pipeline.database import reading, writing
from pipeline.errors import Retry
from pipeline.messages import Alert, Change
from pipeline.settings import AlertSettings
from pipeline.tables import alerts
from pipeline.telemetry import Telemetry
from pipeline.testing import NOON, make_surge
from sinks.alerts import Alerts
from sinks.channels import DeliveryError
from sinks.composed import LINES
from sinks.courier import Courier
from sinks.ledger import Ledger
from sinks.rule_model import Condition, Quiet, Rule
from tests.sinks.builders import Clock, make_article, make_event
from tests.sinks.contract import MOST_STATEMENTS, contents, failing_at
from tests.sinks.fakes import FakeChannel

HOUR = timedelta(hours=1)


def rule(name: str = "r", **given: Any) -> Rule:
    return Rule(id=name, **({"channels": ("red",), "timezone": "UTC"} | given))


@pytest.fixture
def ledger(engine: Engine, clock: Clock) -> Ledger:
    return Ledger(engine, clock)


def sink(ledger: Ledger, *rules: Rule) -> Alerts:
    return Alerts(ledger, rules, lambda: None, Telemetry())


def stories(*names: str) -> list[Any]:
    return [make_event(story=name, article=make_article(name)) for name in names]


def states(engine: Engine, **wanted: str) -> list[tuple[str, str]]:
    conditions = [alerts.c[name] == value for name, value in wanted.items()]
    with reading(engine) as connection:
        rows = connection.execute(select(alerts).where(*conditions).order_by(alerts.c.created, alerts.c.id))
        return [(row.body["title"], row.state) for row in rows]


def deliver(ledger: Ledger, channel: FakeChannel, attempts: int = 4) -> list[Alert]:
    courier = Courier(ledger, channel, AlertSettings(attempts=attempts, backoff=1), Telemetry())
    while courier.step() == 0:
        pass
    return channel.taken


def test_a_digest_tells_in_one_what_came_until_it_was_due(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    sink(ledger, rule(send="hourly")).write(stories("a", "b"))
    sink(ledger, rule(send="hourly")).write(stories("c"))
    assert ledger.release() == ()
    assert ledger.take("red") is None
    clock.advance(3600)
    assert ledger.release() == ("red",)
    [told] = deliver(ledger, FakeChannel("red"))
    assert (told.kind, told.rule, told.title) == ("digest", "r", "3 stories by the rule r")
    assert [line.title for line in told.lines] == ["Title of a", "Title of b", "Title of c"]
    assert states(engine, kind="story") == [(f"Title of {name}", "sent") for name in "abc"]


def test_a_digest_is_made_once_and_what_comes_later_is_in_the_next(ledger: Ledger, clock: Clock) -> None:
    held = sink(ledger, rule(send="hourly"))
    held.write(stories("a", "b"))
    clock.advance(3600)
    assert ledger.release() == ("red",)
    assert ledger.release() == ()
    held.write(stories("a", "b", "c", "d"))
    clock.advance(3600)
    assert ledger.release() == ("red",)
    told = deliver(ledger, FakeChannel("red"))
    assert [[line.title[-1] for line in each.lines] for each in told] == [["a", "b"], ["c", "d"]]
    assert told[0].id != told[1].id


def test_one_alone_is_told_in_full(ledger: Ledger, clock: Clock) -> None:
    sink(ledger, rule(send="hourly")).write(stories("a"))
    clock.advance(3600)
    ledger.release()
    [told] = deliver(ledger, FakeChannel("red"))
    assert (told.kind, told.title) == ("story", "Title of a")


def test_each_rule_and_channel_has_a_digest_of_its_own(ledger: Ledger, clock: Clock) -> None:
    rules = rule("one", send="hourly", channels=("red", "blue")), rule("two", send="hourly")
    sink(ledger, *rules).write(stories("a", "b"))
    clock.advance(3600)
    assert sorted(ledger.release()) == ["blue", "red"]
    assert [each.rule for each in deliver(ledger, FakeChannel("red"))] == ["one", "two"]
    assert [each.rule for each in deliver(ledger, FakeChannel("blue"))] == ["one"]


def test_a_long_digest_counts_what_it_does_not_list(ledger: Ledger, clock: Clock) -> None:
    sink(ledger, rule(send="hourly")).write(stories(*(f"s{number}" for number in range(LINES + 7))))
    clock.advance(3600)
    ledger.release()
    [told] = deliver(ledger, FakeChannel("red"))
    assert (len(told.lines), told.omitted) == (LINES, 7)


def test_a_digest_that_is_given_up_takes_its_stories_with_it(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    sink(ledger, rule(send="hourly")).write(stories("a", "b"))
    clock.advance(3600)
    ledger.release()
    deliver(ledger, FakeChannel("red", [DeliveryError("gone", permanent=True)]))
    assert {state for _, state in states(engine)} == {"dead"}


def test_what_quiet_hours_hold_is_told_at_their_end_and_what_matters_at_once(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    quiet = Quiet(begin=time(NOON.hour), end=time(NOON.hour + 2), override=Condition(countries=("RU",)))
    night = sink(ledger, rule(quiet=quiet))
    russian = make_article("r", outlet=make_article().outlet.model_copy(update={"country": "RU"}))
    night.write([*stories("a", "b"), make_event(story="r", article=russian)])
    assert states(engine) == [("Title of a", "held"), ("Title of b", "held"), ("Title of r", "pending")]
    clock.advance(7200)
    ledger.release()
    night.write(stories("c"))
    assert [each.title for each in deliver(ledger, FakeChannel("red"))] == [
        "Title of r",
        "2 stories by the rule r",
        "Title of c",
    ]


def test_beyond_the_ceiling_the_rest_of_the_hour_is_told_in_one(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    limited = sink(ledger, rule(ceiling=2))
    limited.write(stories("a"))
    limited.write(stories("a", "b", "c"))
    limited.write(stories("d"))
    assert [state for _, state in states(engine)] == ["pending", "pending", "held", "held"]
    clock.advance(3600)
    ledger.release()
    limited.write(stories("e"))
    titles = [each.title for each in deliver(ledger, FakeChannel("red"))]
    assert titles == ["Title of a", "Title of b", "2 stories by the rule r", "Title of e"]


def test_the_ceiling_is_that_of_a_rule_in_a_channel(ledger: Ledger, engine: Engine) -> None:
    sink(ledger, rule("one", ceiling=1, channels=("red", "blue")), rule("two")).write(stories("a", "b"))
    with reading(engine) as connection:
        held = connection.execute(select(alerts.c.rule, alerts.c.channel).where(alerts.c.state == "held")).all()
    assert sorted(map(tuple, held)) == [("one", "blue"), ("one", "red")]


def test_a_digest_counts_stories_updates_and_surges(ledger: Ledger, clock: Clock) -> None:
    clock.now = NOON
    everything = rule(send="hourly", kinds=("story", "update", "surge"))
    update_ = make_event("updated", "a", make_article("b"), changes=(Change(kind="denial"),))
    sink(ledger, everything).write([*stories("a", "c"), update_, make_surge(watchlist="w")])
    clock.advance(3600)
    ledger.release()
    [told] = deliver(ledger, FakeChannel("red"))
    assert told.title == "2 stories and 1 update and 1 surge by the rule r"
    assert told.lines[2].changes == (Change(kind="denial"),)


def test_a_crash_while_a_digest_is_made_loses_and_repeats_nothing(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    sink(ledger, rule(send="hourly")).write(stories("a", "b"))
    clock.advance(3600)
    before = contents(engine)
    for statement in range(MOST_STATEMENTS):
        with failing_at(engine, statement) as failed, contextlib.suppress(Retry):
            ledger.release()
        if not failed:
            break
        assert contents(engine) == before
    assert statement > 1, "the failures were not within the change"
    [told] = deliver(ledger, FakeChannel("red"))
    assert [line.title for line in told.lines] == ["Title of a", "Title of b"]


def test_two_sinks_that_look_at_once_make_one_digest(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    sink(ledger, rule(send="hourly")).write(stories("a", "b"))
    clock.advance(3600)
    with ThreadPoolExecutor(2) as pool:
        released = list(pool.map(lambda _: Ledger(engine, clock).release(), range(2)))
    assert sorted(released) == [(), ("red",)]
    assert len(deliver(ledger, FakeChannel("red"))) == 1


def test_a_held_row_that_cannot_be_read_holds_up_no_other(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    sink(ledger, rule(send="hourly")).write(stories("a", "b", "c"))
    with writing(engine) as connection:
        broken = select(alerts.c.id).where(alerts.c.story == make_event(story="b").story).scalar_subquery()
        connection.execute(update(alerts).where(alerts.c.id == broken).values(body={"title": "x"}))
    clock.advance(3600)
    ledger.release()
    [told] = deliver(ledger, FakeChannel("red"))
    assert len(told.lines) == 2
    assert ("x", "dead") in states(engine)


def test_a_delay_that_is_meant_is_not_measured(ledger: Ledger, clock: Clock) -> None:
    sink(ledger, rule(send="hourly"), rule("s", send="hourly")).write(stories("a"))
    sink(ledger, rule("t", send="hourly")).write(stories("b", "c"))
    clock.advance(3600)
    ledger.release()
    telemetry = Telemetry()
    courier = Courier(ledger, FakeChannel("red"), AlertSettings(), telemetry)
    while courier.step() == 0:
        pass
    assert telemetry.total("alerts_total", result="sent") == 3
    assert telemetry.total("alert_delay_seconds_count") == 0
