from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from pipeline.database import migrate, open_engine
from pipeline.settings import AlertSettings
from pipeline.telemetry import Telemetry
from sinks.channels import Channel, DeliveryError
from sinks.delivery import Delivery
from sinks.ledger import LEASE, Ledger
from sinks.page import Draft
from tests.sinks.builders import Clock, alerting, make_alert, make_article, make_event
from tests.sinks.fakes import FakeChannel, StuckChannel

SETTINGS = AlertSettings(attempts=2, backoff=0.001)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    migrate(engine)
    return Ledger(engine)


def start(ledger: Ledger, *channels: Channel, keep_every: float = 60) -> Delivery:
    delivery = Delivery(ledger, channels, SETTINGS, Telemetry(), keep_every=keep_every)
    delivery.start()
    return delivery


def test_a_story_reaches_every_channel_without_being_asked_for(ledger: Ledger) -> None:
    red, blue = FakeChannel("red"), FakeChannel("blue")
    delivery = start(ledger, red, blue)
    alerting(ledger, delivery.channels, delivery.wake).write([make_event()])
    assert red.wait_for(1)
    assert blue.wait_for(1)
    assert delivery.stop(10)
    assert red.taken[0].id != blue.taken[0].id
    assert delivery.pending() == {"red": 0, "blue": 0}
    assert red.closed


def test_a_channel_that_hangs_or_fails_does_not_delay_another(ledger: Ledger) -> None:
    stuck, good = StuckChannel(), FakeChannel("good")
    broken = FakeChannel("broken", [DeliveryError("HTTP 500")] * 1000)
    delivery = start(ledger, stuck, broken, good)
    sink = alerting(ledger, delivery.channels, delivery.wake)
    sink.write([make_event(story=str(number), article=make_article(str(number))) for number in range(20)])
    assert good.wait_for(20)
    assert stuck.entered.wait(10)
    assert stuck.taken == []
    stuck.release.set()
    assert delivery.stop(10)


def test_what_was_pending_before_a_restart_is_sent_after_it(ledger: Ledger) -> None:
    alerting(ledger, ["red"], lambda: None).write([make_event()])
    red = FakeChannel("red")
    delivery = start(ledger, red)
    assert red.wait_for(1)
    assert delivery.stop(10)


def test_stopping_lets_the_alert_in_hand_end_and_keeps_the_rest(ledger: Ledger) -> None:
    stuck = StuckChannel()
    alerting(ledger, ["stuck"], lambda: None).write(
        [make_event(story=name, article=make_article(name)) for name in ("a", "b")]
    )
    delivery = start(ledger, stuck)
    assert stuck.entered.wait(10)
    assert not delivery.stop(0.01)
    stuck.release.set()
    assert delivery.stop(10)
    assert len(stuck.taken) == 1
    assert ledger.pending() == {"stuck": 1}


def test_the_lease_of_an_alert_that_takes_long_is_renewed(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    migrate(engine)
    clock = Clock()
    ledger = Ledger(engine, clock)
    alerting(ledger, ["stuck"], lambda: None).write([make_event()])
    stuck = StuckChannel()
    delivery = Delivery(ledger, [stuck], SETTINGS, Telemetry(), keep_every=60)
    delivery.start()
    assert stuck.entered.wait(10)
    clock.advance(LEASE - 1)
    delivery.keep()
    clock.advance(LEASE - 1)
    other = Ledger(engine, clock)
    assert repr(other.take("stuck")) == "Waiting(seconds=1.0)"
    stuck.release.set()
    assert delivery.stop(10)
    assert ledger.pending() == {}


def test_what_is_pending_is_shown(ledger: Ledger) -> None:
    with ledger.page() as page:
        page.add([Draft(make_alert(*each), each[0]) for each in (("a", "red"), ("b", "red"), ("c", "gone"))])
    telemetry = Telemetry()
    delivery = Delivery(ledger, [FakeChannel("red"), FakeChannel("blue")], SETTINGS, telemetry)
    with structlog.testing.capture_logs() as logs:
        delivery.keep()
        delivery.keep()
    value = telemetry.registry.get_sample_value
    assert value("wirewatch_alerts_pending", {"channel": "red"}) == 2
    assert value("wirewatch_alerts_pending", {"channel": "blue"}) == 0
    assert delivery.pending() == {"red": 2, "blue": 0}
    strangers = [log for log in logs if log["event"] == "alerts.of_no_channel"]
    assert [(log["channel"], log["pending"]) for log in strangers] == [("gone", 1)]


def test_a_delivery_that_never_began_can_be_stopped(ledger: Ledger) -> None:
    assert Delivery(ledger, [], SETTINGS, Telemetry()).stop(1)
