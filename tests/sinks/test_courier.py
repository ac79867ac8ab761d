from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, event, select, update

from pipeline.codec import trace_id
from pipeline.database import reading, writing
from pipeline.settings import AlertSettings
from pipeline.tables import alerts
from pipeline.telemetry import Telemetry
from sinks.channels import DeliveryError
from sinks.courier import DATABASE_PAUSE, IDLE, LONGEST_WAIT, Courier
from sinks.ledger import LEASE, Ledger, Taken, Waiting
from sinks.page import Draft
from tests.sinks.builders import Clock, make_alert, make_article
from tests.sinks.contract import failing_at, lost_connection
from tests.sinks.fakes import FakeChannel

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
SETTINGS = AlertSettings(attempts=4, backoff=10, backoff_cap=60)


@pytest.fixture
def ledger(engine: Engine, clock: Clock) -> Ledger:
    return Ledger(engine, clock)


def enter(ledger: Ledger, *stories: str, channel: str = "fake") -> list[str]:
    """Write an alert for each story and return the ids."""
    new = [Draft(make_alert(story, channel, make_article(story)), story) for story in stories]
    with ledger.page() as page:
        page.add(new)
    return [draft.alert.id for draft in new]


def row(engine: Engine, name: str) -> Any:
    with reading(engine) as connection:
        return connection.execute(select(alerts).where(alerts.c.id == name)).one()


def courier(ledger: Ledger, answers: Sequence[Exception | None] = (), **settings: Any) -> tuple[Courier, FakeChannel]:
    channel = FakeChannel("fake", answers)
    return Courier(ledger, channel, SETTINGS.model_copy(update=settings), Telemetry()), channel


def count(registry: CollectorRegistry, result: str) -> float | None:
    return registry.get_sample_value("wirewatch_alerts_total", {"channel": "fake", "result": result})


def test_alerts_are_sent_in_the_order_they_were_entered(ledger: Ledger, clock: Clock, engine: Engine) -> None:
    names = enter(ledger, "z", "a", "m")
    clock.advance(1)
    names += enter(ledger, "b")
    sender, channel = courier(ledger)
    while sender.step() == 0:
        pass
    assert channel.tried == names
    assert row(engine, names[0]).state == "sent"
    assert row(engine, names[0]).sent == clock.now
    assert ledger.pending() == {}


def test_a_sent_alert_is_counted_with_its_delay_from_discovery(ledger: Ledger, clock: Clock) -> None:
    enter(ledger, "a")
    telemetry = Telemetry()
    clock.advance(30)
    Courier(ledger, FakeChannel(), SETTINGS, telemetry).step()
    assert count(telemetry.registry, "sent") == 1
    labels = {"channel": "fake"}
    assert telemetry.registry.get_sample_value("wirewatch_alert_delay_seconds_sum", labels) == 630
    assert telemetry.registry.get_sample_value("wirewatch_news_delay_seconds_sum", labels) == 1830
    assert f'trace_id="{trace_id(make_article("a").entry_id)}"' in telemetry.page(OPENMETRICS)[1].decode()


def test_a_failed_alert_is_tried_again_with_growing_pauses_and_then_given_up(
    ledger: Ledger, clock: Clock, engine: Engine
) -> None:
    [name] = enter(ledger, "a")
    sender, channel = courier(ledger, [DeliveryError("HTTP 500")] * 9)
    pauses = []
    while row(engine, name).state != "dead":
        sender.step()
        pauses.append((row(engine, name).next_attempt - clock.now).total_seconds())
        clock.now = max(clock.now, row(engine, name).next_attempt)
    assert pauses[:3] == [10, 20, 40]
    dead = row(engine, name)
    assert (dead.state, dead.attempts, dead.problem) == ("dead", 4, "HTTP 500")
    assert channel.tried == [name] * 4
    assert sender.step() == IDLE


def test_the_pause_never_exceeds_its_cap(ledger: Ledger, clock: Clock, engine: Engine) -> None:
    [name] = enter(ledger, "a")
    sender, _ = courier(ledger, [DeliveryError("HTTP 500")] * 9, attempts=1000)
    for _ in range(8):
        sender.step()
        pause = (row(engine, name).next_attempt - clock.now).total_seconds()
        clock.advance(pause)
    assert pause == 60


def test_nothing_is_sent_before_it_is_due(ledger: Ledger, clock: Clock) -> None:
    enter(ledger, "a")
    sender, channel = courier(ledger, [DeliveryError("HTTP 500")])
    sender.step()
    clock.advance(9.9)
    assert 0 < sender.step() <= 0.11
    assert len(channel.tried) == 1
    clock.advance(0.1)
    assert sender.step() == 0
    assert len(channel.taken) == 1


@pytest.mark.parametrize(("asked", "given"), [(33, 33), (0, 10), (9_999_999, LONGEST_WAIT)])
def test_a_channel_may_ask_for_a_longer_pause(
    ledger: Ledger, clock: Clock, engine: Engine, asked: float, given: float
) -> None:
    [name] = enter(ledger, "a")
    sender, _ = courier(ledger, [DeliveryError("HTTP 429", after=asked)])
    sender.step()
    assert (row(engine, name).next_attempt - clock.now).total_seconds() == given


def test_a_permanent_refusal_ends_the_alert_at_once_visibly(ledger: Ledger, engine: Engine) -> None:
    name, other = enter(ledger, "a", "b")
    sender, channel = courier(ledger, [DeliveryError("gone", permanent=True)])
    with structlog.testing.capture_logs() as logs:
        sender.step()
        sender.step()
    assert row(engine, name).state == "dead"
    assert [log["id"] for log in logs if log["event"] == "alert.dead" and log["log_level"] == "error"] == [name]
    assert [alert.id for alert in channel.taken] == [other]


def test_a_failing_alert_holds_back_those_behind_it_so_that_their_order_stays(ledger: Ledger, clock: Clock) -> None:
    names = enter(ledger, "a", "b")
    sender, channel = courier(ledger, [DeliveryError("HTTP 500")])
    sender.step()
    assert sender.step() > 0
    clock.advance(10)
    sender.step()
    sender.step()
    assert [alert.id for alert in channel.taken] == names


def test_a_channel_that_breaks_unexpectedly_counts_as_failed_and_its_secrets_stay_out(
    ledger: Ledger, engine: Engine
) -> None:
    [name] = enter(ledger, "a")
    sender, _ = courier(ledger, [RuntimeError("https://hooks.example/SECRET")])
    with structlog.testing.capture_logs() as logs:
        sender.step()
    assert row(engine, name).problem == "unexpected RuntimeError"
    assert "SECRET" not in str(logs)


def test_an_alert_that_was_told_is_not_told_again_when_the_ledger_fails_to_note_it(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    [name] = enter(ledger, "a")
    sender, channel = courier(ledger)

    def fail(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if channel.taken:
            raise lost_connection(engine)

    event.listen(engine, "before_cursor_execute", fail)
    assert sender.step() == DATABASE_PAUSE
    assert sender.step() == DATABASE_PAUSE
    event.remove(engine, "before_cursor_execute", fail)
    clock.advance(LEASE + 1)
    assert sender.step() == 0
    assert row(engine, name).state == "sent"
    assert channel.tried == [name]


def test_a_ledger_out_of_reach_is_tried_again(ledger: Ledger, engine: Engine) -> None:
    enter(ledger, "a")
    sender, channel = courier(ledger)
    with failing_at(engine, 0):
        assert sender.step() == DATABASE_PAUSE
    assert sender.step() == 0
    assert len(channel.taken) == 1


def test_two_processes_do_not_both_send(engine: Engine, clock: Clock) -> None:
    one, other = Ledger(engine, clock), Ledger(engine, clock)
    names = enter(one, "a", "b")
    taken = one.take("fake")
    assert isinstance(taken, Taken)
    assert taken.alert.id == names[0]
    assert other.take("fake") == Waiting(LEASE)
    one.sent(taken)
    behind = other.take("fake")
    assert isinstance(behind, Taken)
    assert behind.alert.id == names[1]


def test_of_two_processes_that_see_the_same_alert_one_takes_it(engine: Engine, clock: Clock) -> None:
    other = Ledger(engine, clock)
    enter(other, "a")
    overtaken: list[object] = []

    def late() -> datetime:
        # The time is asked for between looking at the alert and taking it: the other one is faster.
        if not overtaken:
            overtaken.append(other.take("fake"))
        return clock.now

    assert Ledger(engine, late).take("fake") == Waiting(0.0)
    assert isinstance(overtaken[0], Taken)


def test_after_a_crash_the_same_alert_is_sent_again_under_the_same_id(engine: Engine, clock: Clock) -> None:
    [name] = enter(Ledger(engine, clock), "a")
    assert isinstance(Ledger(engine, clock).take("fake"), Taken)
    clock.advance(LEASE)
    sender, channel = courier(Ledger(engine, clock))
    sender.step()
    assert [alert.id for alert in channel.taken] == [name]


def test_a_renewed_lease_outlives_the_first(ledger: Ledger, clock: Clock) -> None:
    enter(ledger, "a")
    taken = ledger.take("fake")
    assert isinstance(taken, Taken)
    clock.advance(LEASE - 1)
    taken = ledger.renew(taken)
    clock.advance(LEASE - 1)
    assert ledger.take("fake") == Waiting(1.0)
    ledger.failed(taken, "HTTP 500", 5)
    assert ledger.take("fake") == Waiting(5.0)


def test_a_failure_reported_after_the_lease_was_lost_changes_nothing(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    [name] = enter(ledger, "a")
    late = ledger.take("fake")
    assert isinstance(late, Taken)
    clock.advance(LEASE)
    current = ledger.take("fake")
    assert isinstance(current, Taken)
    assert ledger.renew(late) == late
    ledger.failed(late, "late", 5)
    ledger.dead(late, "late")
    assert (row(engine, name).state, row(engine, name).attempts) == ("pending", 0)
    ledger.sent(late)
    ledger.failed(current, "HTTP 500", 5)
    assert row(engine, name).state == "sent"


def test_a_row_that_cannot_be_read_is_put_aside(ledger: Ledger, engine: Engine) -> None:
    broken, good = enter(ledger, "a", "b")
    with writing(engine) as connection:
        connection.execute(update(alerts).where(alerts.c.id == broken).values(body={"id": broken}))
    sender, channel = courier(ledger)
    sender.step()
    sender.step()
    assert [alert.id for alert in channel.taken] == [good]
    assert (row(engine, broken).state, row(engine, broken).problem) == ("dead", "unreadable")


def test_what_is_pending_is_counted_by_channel(ledger: Ledger) -> None:
    enter(ledger, "a", "b", channel="red")
    enter(ledger, "a", channel="blue")
    assert ledger.pending() == {"red": 2, "blue": 1}
