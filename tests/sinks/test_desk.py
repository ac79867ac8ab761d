from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from pipeline.errors import InputError
from pipeline.messages import Alert
from pipeline.settings import AlertSettings
from pipeline.telemetry import Telemetry
from pipeline.testing import NOON
from sinks.alerts import Alerts
from sinks.channels import DeliveryError
from sinks.courier import Courier
from sinks.desk import Desk, Snooze, Wanted
from sinks.ledger import Ledger, Taken
from sinks.rule_model import Rule
from tests.sinks.builders import Clock, make_article, make_event
from tests.sinks.fakes import FakeChannel

HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(engine: Engine, clock: Clock) -> Ledger:
    return Ledger(engine, clock)


@pytest.fixture
def desk(engine: Engine, clock: Clock) -> Desk:
    return Desk(engine, clock)


def rule(name: str = "r", **given: Any) -> Rule:
    return Rule(id=name, **({"channels": ("red",), "timezone": "UTC"} | given))


def enter(ledger: Ledger, *names: str, rules: tuple[Rule, ...] = (rule(),)) -> None:
    events = [make_event(story=name, article=make_article(name)) for name in names]
    Alerts(ledger, rules, lambda: None, Telemetry()).write(events)


def deliver(ledger: Ledger, *answers: Exception, channel: str = "red", attempts: int = 20) -> list[Alert]:
    fake = FakeChannel(channel, answers)
    courier = Courier(ledger, fake, AlertSettings(attempts=attempts), Telemetry())
    while courier.step() == 0:
        pass
    return fake.taken


def told(desk: Desk, **wanted: Any) -> list[tuple[str, str]]:
    return [(row["body"]["title"][-1], row["state"]) for row in desk.find(Wanted(**wanted), 100)]


def test_alerts_are_listed_the_newest_first_and_by_what_is_wanted(desk: Desk, ledger: Ledger, clock: Clock) -> None:
    enter(ledger, "a", "b")
    deliver(ledger, DeliveryError("gone", permanent=True))
    clock.advance(3600)
    enter(ledger, "c", rules=(rule("late", channels=("blue",)),))
    assert told(desk) == [("c", "pending"), ("b", "sent"), ("a", "dead")]
    assert told(desk, states=("dead", "pending")) == [("c", "pending"), ("a", "dead")]
    assert told(desk, channel="blue") == told(desk, rule="late") == told(desk, since=NOON + HOUR) == [("c", "pending")]
    assert told(desk, watchlist="other") == []
    assert len(desk.find(Wanted(), 2)) == 2


def test_an_alert_is_named_by_how_its_id_begins(desk: Desk, ledger: Ledger) -> None:
    enter(ledger, "a", "b")
    name = desk.find(Wanted(), 1)[0]["id"]
    assert desk.one(name)["id"] == desk.one(name[:8])["id"] == desk.one(name[:8].upper())["id"] == name
    for unknown in ("", name[:5], "%%%%%%%%", "ffffffff-0"):
        with pytest.raises(InputError, match="no alert in the ledger"):
            desk.one(unknown)


def test_an_acknowledged_alert_is_told_in_no_channel_any_more(desk: Desk, ledger: Ledger) -> None:
    enter(ledger, "a", "b", rules=(rule(channels=("red", "blue")), rule("other")))
    first = next(row for row in desk.find(Wanted(rule="r", channel="red"), 9) if row["body"]["title"] == "Title of a")
    assert desk.acknowledge([first["id"][:8]]) == 2
    assert desk.acknowledge([first["id"][:8]]) == 0
    assert [alert.title for alert in deliver(ledger, channel="blue")] == ["Title of b"]
    assert [(alert.rule, alert.title[-1]) for alert in deliver(ledger)] == [("other", "a"), ("r", "b"), ("other", "b")]


def test_what_is_acknowledged_while_it_is_sent_stays_acknowledged(desk: Desk, ledger: Ledger) -> None:
    enter(ledger, "a")
    taken = ledger.take("red")
    assert isinstance(taken, Taken)
    desk.acknowledge([taken.alert.id])
    ledger.failed(taken, "HTTP 500", 1)
    assert told(desk) == [("a", "acknowledged")]
    ledger.sent(taken)
    assert told(desk) == [("a", "acknowledged")]
    assert desk.one(taken.alert.id)["sent"] == NOON


def test_with_one_name_unknown_nothing_is_acknowledged(desk: Desk, ledger: Ledger) -> None:
    enter(ledger, "a")
    with pytest.raises(InputError):
        desk.acknowledge([desk.find(Wanted(), 1)[0]["id"], "nonsense"])
    assert told(desk) == [("a", "pending")]


def test_what_was_given_up_is_sent_again_under_its_id_behind_what_waits(desk: Desk, ledger: Ledger) -> None:
    enter(ledger, "a", "b")
    deliver(ledger, DeliveryError("gone", permanent=True), DeliveryError("gone", permanent=True))
    before = {row["id"] for row in desk.find(Wanted(), 9)}
    enter(ledger, "c")
    assert desk.resend_dead("blue") == 0
    assert desk.resend_dead("red") == 2
    again = deliver(ledger)
    assert [alert.title[-1] for alert in again] == ["c", "a", "b"]
    assert {alert.id for alert in again} > before


def test_an_alert_that_was_sent_can_be_sent_again(desk: Desk, ledger: Ledger) -> None:
    enter(ledger, "a")
    [first] = deliver(ledger)
    assert desk.resend([first.id]) == 1
    assert deliver(ledger) == [first]


def test_a_digest_that_was_given_up_is_sent_again_with_all_it_tells(desk: Desk, ledger: Ledger, clock: Clock) -> None:
    enter(ledger, "a", "b", rules=(rule(send="hourly"),))
    clock.advance(3600)
    ledger.release()
    deliver(ledger, DeliveryError("gone", permanent=True))
    assert {state for _, state in told(desk)} == {"dead"}
    assert desk.resend_dead(None) == 1
    assert [alert.kind for alert in deliver(ledger)] == ["digest"]
    assert {state for _, state in told(desk)} == {"sent"}


def test_a_snoozed_rule_is_silent_until_then_and_tells_in_one(desk: Desk, ledger: Ledger, clock: Clock) -> None:
    rules = (rule(), rule("other", channels=("blue",)))
    enter(ledger, "a", rules=rules)
    assert desk.snooze("rule", "r", NOON + HOUR) == 1
    enter(ledger, "b", rules=rules)
    assert told(desk, rule="r") == [("b", "snoozed"), ("a", "snoozed")]
    assert told(desk, rule="other") == [("b", "pending"), ("a", "pending")]
    assert desk.snoozes() == [Snooze("rule", "r", NOON + HOUR)]
    assert deliver(ledger) == []
    clock.advance(3600)
    assert ledger.release() == ("red",)
    assert desk.snoozes() == []
    [digest] = deliver(ledger)
    assert [line.title for line in digest.lines] == ["Title of a", "Title of b"]
    enter(ledger, "c", rules=rules)
    assert [alert.title for alert in deliver(ledger)] == ["Title of c"]


def test_a_snoozed_story_is_told_when_it_ends_and_others_at_once(desk: Desk, ledger: Ledger, clock: Clock) -> None:
    enter(ledger, "a", "b")
    story = desk.story(make_event(story="a").story[:8])
    desk.snooze("story", story, NOON + HOUR)
    assert [alert.title for alert in deliver(ledger)] == ["Title of b"]
    clock.advance(3600)
    ledger.release()
    assert [alert.title for alert in deliver(ledger)] == ["Title of a"]


def test_a_snooze_can_be_changed_and_ended(desk: Desk, ledger: Ledger) -> None:
    enter(ledger, "a")
    desk.snooze("rule", "r", NOON + HOUR)
    assert desk.snooze("rule", "r", NOON + 2 * HOUR) == 1
    assert desk.snoozes() == [Snooze("rule", "r", NOON + 2 * HOUR)]
    assert desk.end_snooze("rule", "r")
    assert not desk.end_snooze("rule", "r")
    ledger.release()
    assert [alert.title for alert in deliver(ledger)] == ["Title of a"]


def test_what_was_told_is_not_snoozed(desk: Desk, ledger: Ledger) -> None:
    enter(ledger, "a")
    deliver(ledger)
    assert desk.snooze("rule", "r", NOON + HOUR) == 0
    assert told(desk) == [("a", "sent")]


def test_a_story_that_nobody_was_told_of_cannot_be_named(desk: Desk) -> None:
    with pytest.raises(InputError, match="no story in the ledger"):
        desk.story("abcdefgh")
