from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, select

from pipeline.database import reading
from pipeline.messages import Alert, Level, Message
from pipeline.tables import alerts
from pipeline.testing import NOON
from sinks.alerts import Alerts, alert_id, compose
from sinks.ledger import Ledger
from tests.sinks.builders import Clock, make_article, make_event
from tests.sinks.contract import SinkContract


class Wakes:
    """Counts how often the delivery is woken."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def wakes() -> Wakes:
    return Wakes()


@pytest.fixture
def sink(engine: Engine, clock: Clock, wakes: Wakes) -> Alerts:
    return make_sink(engine, clock, wakes)


def make_sink(
    engine: Engine,
    clock: Clock,
    wakes: Wakes | None = None,
    channels: tuple[str, ...] = ("red", "blue"),
    min_level: Level = "direct",
) -> Alerts:
    return Alerts(Ledger(engine, clock), channels, min_level, wakes or Wakes())


def ledger_rows(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(alerts).order_by(alerts.c.channel, alerts.c.created)))


def bodies(engine: Engine) -> list[Alert]:
    return [Alert.model_validate(row.body) for row in ledger_rows(engine)]


class TestAlerts(SinkContract):
    @pytest.fixture
    def messages(self) -> list[Message]:
        # One moment is one batch: the order within is kept by a microsecond, so only one row a write can be compared.
        return [make_event("opened", "one"), make_event("updated", "one", make_article("b"))]

    @pytest.fixture
    def sink(self, engine: Engine, clock: Clock) -> Alerts:
        return make_sink(engine, clock, channels=("red",))


def test_a_story_that_opens_is_alerted_once_in_each_channel(sink: Alerts, engine: Engine, wakes: Wakes) -> None:
    event = make_event("opened", "one")
    sink.write([event])
    sink.write([event, make_event("updated", "one", make_article("b"))])
    assert [(row.channel, row.state, row.attempts) for row in ledger_rows(engine)] == [
        ("blue", "pending", 0),
        ("red", "pending", 0),
    ]
    assert {row.id for row in ledger_rows(engine)} == {alert_id("w", event.story, name) for name in ("red", "blue")}
    assert wakes.count == 2


def test_the_id_of_an_alert_never_changes() -> None:
    assert alert_id("w", "s", "webhook") == "961a3bc3-1ab2-52e6-9cda-ad3b86ddb693"


def test_an_alert_says_what_the_event_says() -> None:
    event = make_event("opened", "one")
    alert = compose(event, "red", NOON)
    assert (alert.title, alert.url, alert.outlet) == (event.article.title, event.article.url, event.article.outlet)
    assert (alert.level, alert.relevance, alert.actors, alert.themes) == ("direct", 0.9, ("ASEAN",), ("trade",))
    assert (alert.evidence, alert.quotes) == (event.tagging.evidence, event.tagging.quotes)
    assert (alert.channel, alert.watchlist, alert.story) == ("red", "w", event.story)
    assert (alert.published, alert.discovered, alert.created) == (
        event.article.published,
        event.article.discovered,
        NOON,
    )


def test_a_story_below_the_level_is_not_alerted(sink: Alerts, engine: Engine, wakes: Wakes) -> None:
    sink.write([make_event("opened", "one", level="passing"), make_event("opened", "two", level="none")])
    assert ledger_rows(engine) == []
    assert wakes.count == 0


def test_the_level_is_a_setting(engine: Engine, clock: Clock) -> None:
    sink = make_sink(engine, clock, channels=("red",), min_level="passing")
    sink.write([make_event("opened", "one", level="passing"), make_event("opened", "two", level="none")])
    assert [alert.level for alert in bodies(engine)] == ["passing"]


def test_an_update_alerts_a_story_that_opened_below_the_level(sink: Alerts, engine: Engine) -> None:
    sink.write([make_event("opened", "one", level="passing")])
    sink.write([make_event("updated", "one", make_article("b")), make_event("updated", "one", make_article("c"))])
    assert [alert.title for alert in bodies(engine)] == ["Title of b", "Title of b"]


def test_a_channel_that_is_added_later_hears_of_no_old_story(engine: Engine, clock: Clock) -> None:
    make_sink(engine, clock, channels=("red",)).write([make_event("opened", "one")])
    make_sink(engine, clock, channels=("red", "new")).write([make_event("updated", "one", make_article("b"))])
    assert [row.channel for row in ledger_rows(engine)] == ["red"]


def test_the_same_story_id_under_two_watchlists_is_two_alerts(engine: Engine, clock: Clock) -> None:
    sink = make_sink(engine, clock, channels=("red",))
    sink.write([make_event("opened", "one", watchlist="v"), make_event("updated", "one", watchlist="w")])
    assert {alert.watchlist for alert in bodies(engine)} == {"v", "w"}


def test_alerts_are_in_the_ledger_in_the_order_of_their_stories(engine: Engine, clock: Clock) -> None:
    names = [f"story {number}" for number in range(20)]
    sink = make_sink(engine, clock, channels=("red",))
    sink.write([make_event("opened", name, make_article(name)) for name in names])
    assert [alert.title for alert in bodies(engine)] == [f"Title of {name}" for name in names]


def test_with_no_channel_nothing_is_entered(engine: Engine, clock: Clock) -> None:
    make_sink(engine, clock, channels=()).write([make_event()])
    assert ledger_rows(engine) == []


def test_a_revision_of_the_opening_article_is_no_news_not_even_to_a_channel_added_since(
    sink: Alerts, engine: Engine, clock: Clock
) -> None:
    sink.write([make_event("opened")])
    revised = make_event("opened", article=make_article(title="Edited", revision=1))
    make_sink(engine, clock, channels=("red", "blue", "green")).write([revised])
    assert [(body.channel, body.title) for body in bodies(engine)] == [("blue", "Title of a"), ("red", "Title of a")]


def test_a_revision_that_is_the_first_to_reach_the_level_is_alerted(sink: Alerts, engine: Engine) -> None:
    sink.write([make_event("opened", level="passing")])
    sink.write([make_event("opened", article=make_article(title="Edited", revision=1))])
    assert {body.title for body in bodies(engine)} == {"Edited"}
