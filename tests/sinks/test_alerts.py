from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from pipeline.database import reading
from pipeline.messages import Alert, Change, Level, Message, url_id
from pipeline.tables import alerts
from pipeline.telemetry import Telemetry
from pipeline.testing import NOON, make_surge
from sinks.alerts import Alerts
from sinks.composed import alert_id, compose
from sinks.ledger import Ledger
from sinks.rule_model import Condition, Rule
from sinks.rules import default_rules, resolved
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
    rules = resolved(default_rules(min_level), channels)
    return Alerts(Ledger(engine, clock), rules, wakes or Wakes(), Telemetry())


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
    assert wakes.count == 1


def test_the_id_of_an_alert_never_changes() -> None:
    assert alert_id("w", "s", "webhook") == "961a3bc3-1ab2-52e6-9cda-ad3b86ddb693"


def test_an_alert_says_what_the_event_says() -> None:
    event = make_event("opened", "one")
    alert = compose(event, "default", "story", "red", NOON)
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


def with_rules(engine: Engine, clock: Clock, *rules: Rule, telemetry: Telemetry | None = None) -> Alerts:
    return Alerts(Ledger(engine, clock), rules, Wakes(), telemetry or Telemetry())


def rule(name: str = "r", **given: Any) -> Rule:
    return Rule(id=name, **({"channels": ("red",), "timezone": "UTC"} | given))


CHANGED = (Change(kind="number", detail="300"),)


def kinds(engine: Engine) -> list[tuple[str, str, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(alerts).order_by(alerts.c.created))
        return [(row.rule, row.kind, row.body["title"]) for row in rows]


def test_an_update_alerts_for_what_changes_the_story_and_never_for_another_copy(engine: Engine, clock: Clock) -> None:
    sink = with_rules(engine, clock, rule(kinds=("story", "update")), rule("only-new"))
    copy = make_event("updated", "one", make_article("b"), copy_of="a")
    change = make_event("updated", "one", make_article("c"), changes=CHANGED)
    sink.write([make_event("opened", "one"), copy, change])
    sink.write([copy, change])
    assert kinds(engine) == [
        ("r", "story", "Title of a"),
        ("only-new", "story", "Title of a"),
        ("r", "update", "Title of c"),
    ]
    assert bodies(engine)[2].changes == CHANGED


def test_each_change_of_a_story_is_an_alert_of_its_own(engine: Engine, clock: Clock) -> None:
    sink = with_rules(engine, clock, rule(kinds=("story", "update")))
    changes = [make_event("updated", "one", make_article(name), changes=CHANGED) for name in "bcd"]
    sink.write([make_event("opened", "one"), *changes])
    assert [kind for _, kind, _ in kinds(engine)] == ["story", "update", "update", "update"]
    assert len({body.id for body in bodies(engine)}) == 4


def test_the_change_that_a_story_is_first_told_with_is_no_update_when_it_comes_again(
    engine: Engine, clock: Clock
) -> None:
    sink = with_rules(engine, clock, rule(kinds=("story", "update")))
    first = make_event("updated", "one", make_article("b"), changes=CHANGED)
    sink.write([make_event("opened", "one", level="passing"), first])
    sink.write([first])
    assert kinds(engine) == [("r", "story", "Title of b")]


def test_a_story_that_meets_two_rules_is_an_alert_of_each_unless_the_first_stops(engine: Engine, clock: Clock) -> None:
    with_rules(engine, clock, rule("a"), rule("b")).write([make_event("opened", "one")])
    clock.advance(1)
    with_rules(engine, clock, rule("c", stop=True), rule("d")).write([make_event("opened", "two")])
    assert [name for name, _, _ in kinds(engine)] == ["a", "b", "c"]
    assert len({body.id for body in bodies(engine)}) == 3


def test_a_rule_tells_its_own_channels(engine: Engine, clock: Clock) -> None:
    asean = Condition(actors=("asean",))
    russia = Condition(actors=("russia",))
    rules = rule("a", when=asean, channels=("red", "blue")), rule("b", when=russia, channels=("green",))
    with_rules(engine, clock, *rules).write([make_event()])
    assert [body.channel for body in bodies(engine)] == ["blue", "red"]


def test_a_surge_alerts_where_a_rule_asks_for_surges(engine: Engine, clock: Clock) -> None:
    surge = make_surge()
    sink = with_rules(engine, clock, rule("stories"), rule("surges", kinds=("surge",)))
    sink.write([surge])
    sink.write([surge])
    [body] = bodies(engine)
    assert (body.rule, body.kind, body.surge, body.url) == ("surges", "surge", surge, surge.url)
    assert body.title == "ASEAN-Russia relations: 12 articles in an hour, 2.0 expected"


def test_an_article_older_than_the_setting_alerts_nobody_and_is_counted(engine: Engine, clock: Clock) -> None:
    telemetry = Telemetry()
    sink = with_rules(engine, clock, rule(), telemetry=telemetry)
    old = make_article("old", published=NOON - timedelta(days=3, seconds=1))
    fresh = make_article("fresh", published=NOON - timedelta(days=3))
    sink.write([make_event("opened", "one", old), make_event("opened", "two", fresh)])
    assert [body.title for body in bodies(engine)] == ["Title of fresh"]
    assert telemetry.total("alerts_held_total", reason="old") == 1


def test_nothing_but_the_live_topics_is_read() -> None:
    assert [topic.name for topic in Alerts.reads] == ["news.stories", "news.surges"]


def test_what_is_held_is_counted_by_why(engine: Engine, clock: Clock) -> None:
    telemetry = Telemetry()
    sink = with_rules(engine, clock, rule("a", send="hourly"), rule("b", ceiling=1), telemetry=telemetry)
    sink.write([make_event("opened", "one"), make_event("opened", "two", make_article("b"))])
    sink.write([make_event("opened", "one"), make_event("opened", "two", make_article("b"))])
    assert telemetry.total("alerts_held_total", reason="digest") == 2
    assert telemetry.total("alerts_held_total", reason="ceiling") == 1


def test_the_alert_of_a_rule_with_a_name_never_changes_its_id() -> None:
    assert alert_id("w", "s", "webhook", "urgent") == url_id("wirewatch:urgent:story:w:s:webhook")
    assert alert_id("w", "s", "webhook", "default") == alert_id("w", "s", "webhook")
