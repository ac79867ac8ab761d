from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, update

from ingest import feed_counts, feed_sync
from ingest.feed_counts import Gauges
from ingest.feeds import Feed
from pipeline.database import writing
from pipeline.messages import Outlet
from pipeline.tables import feeds
from pipeline.telemetry import Telemetry
from pipeline.testing import NOON
from tests.ingest.feeding import make_feed

THAI = make_feed("https://one.example.org/feed")
NOWHERE = Feed("https://two.example.org/feed", Outlet(name="Two"))


def set_feed(engine: Engine, url: str, **columns: Any) -> None:
    with writing(engine) as connection:
        connection.execute(update(feeds).where(feeds.c.url == url).values(columns))


def test_feeds_are_counted_by_state_country_kind_and_the_age_of_their_newest_entry(any_engine: Engine) -> None:
    feed_sync.sync(any_engine, [THAI, NOWHERE], NOON, 600.0)
    newest = NOON - timedelta(hours=2)
    set_feed(any_engine, THAI.url, last_new_entry=newest)
    counts = feed_counts.count(any_engine, NOON)
    assert counts.states == {("active", "TH"): 1, ("active", "unknown"): 1}
    assert counts.kinds == {THAI.outlet.kind or "unknown": 1, "unknown": 1}
    assert counts.ages == {"6h": 1, "never": 1}
    assert counts.newest == {"TH": newest}
    assert feed_counts.count(any_engine, NOON + timedelta(days=90)).ages == {"older": 1, "never": 1}


def test_a_state_that_no_feed_is_in_any_more_is_shown_as_nought(any_engine: Engine) -> None:
    feed_sync.sync(any_engine, [THAI], NOON, 600.0)
    telemetry = Telemetry()
    gauges = Gauges(telemetry)
    gauges.show(feed_counts.count(any_engine, NOON))
    assert telemetry.total("feeds", state="active", country="TH") == 1
    set_feed(any_engine, THAI.url, state="failing")
    gauges.show(feed_counts.count(any_engine, NOON))
    assert telemetry.total("feeds", state="active", country="TH") == 0
    assert telemetry.total("feeds", state="failing", country="TH") == 1
    assert telemetry.total("feed_entries_total", result="new", country="TH") == 0
