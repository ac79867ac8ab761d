"""When a feed is polled next, by what its answers asked for and how they came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from ingest.claims import Claimer
from ingest.feed_sync import sync
from pipeline.database import writing
from pipeline.tables import feeds as table
from tests.ingest.feeding import NOON, FakeClock, FakeFeeds, http_date, item, make_feed, rss
from tests.ingest.polling import ONE, MakePoller, polls, row

HOURLY = "<sy:updatePeriod xmlns:sy='x'>hourly</sy:updatePeriod>"
SKIP_AFTERNOON = "<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in range(12, 20)) + "</skipHours>"


def gap(engine: Engine) -> timedelta:
    return row(engine).next_poll - row(engine).polled  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        ("<ttl>60</ttl>", {}),
        (HOURLY, {}),
        ("", {"cache-control": "max-age=3600"}),
        ("", {"date": http_date(NOON), "expires": http_date(NOON + timedelta(hours=1))}),
    ],
)
def test_a_feed_is_left_alone_for_as_long_as_it_asks(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, head: str, headers: dict[str, str]
) -> None:
    feeds.serve(ONE.url, rss(head, item("a")), headers=headers)
    polls(make_poller())
    assert gap(engine) >= timedelta(hours=1)


def test_what_a_feed_asks_for_holds_through_answers_that_do_not_repeat_it(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    feeds.serve(ONE.url, rss("<ttl>60</ttl>", SKIP_AFTERNOON, item("a")), headers={"etag": '"1"'})
    poller = make_poller()
    polls(poller)
    assert row(engine).next_poll.hour == 20
    feeds.serve(ONE.url, "", status=304)
    clock.now = row(engine).next_poll + timedelta(hours=15)
    polls(poller)
    assert (row(engine).result, row(engine).next_poll.hour) == ("not-modified", 20)
    assert (row(engine).advertised, row(engine).interval >= 3600) == (3600, True)


def test_a_304_may_ask_for_more_patience(make_poller: MakePoller, feeds: FakeFeeds, engine: Engine) -> None:
    feeds.serve(ONE.url, rss(item("a")), headers={"etag": '"1"'})
    poller = make_poller()
    polls(poller)
    feeds.serve(ONE.url, "", status=304, headers={"cache-control": "max-age=7200"})
    polls(poller)
    assert gap(engine) >= timedelta(hours=2)


def test_days_to_skip_never_keep_a_feed_waiting_beyond_the_cap(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    clock.now = datetime(2025, 3, 7, 23, 55, tzinfo=UTC)  # a Friday
    feeds.serve(ONE.url, rss("<skipDays><day>Saturday</day><day>Sunday</day></skipDays>", item("a")))
    polls(make_poller())
    assert timedelta(hours=20) < gap(engine) < timedelta(hours=24)


def test_a_poll_that_fails_when_the_feed_is_due_is_made_up_for_before_the_cap(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    feeds.serve(ONE.url, rss(item("a")))
    poller = make_poller()
    polls(poller)
    with writing(engine) as connection:
        connection.execute(update(table).values(interval=70_000.0, next_poll=NOON + timedelta(hours=1)))
    clock.advance(3600)
    polls(poller)
    assert gap(engine) > timedelta(hours=19)
    succeeded = row(engine).succeeded
    feeds.time_out(ONE.url)
    for _ in range(3):
        clock.now = row(engine).next_poll
        polls(poller)
    assert row(engine).polled - succeeded < timedelta(hours=24)


def test_the_pace_is_measured_from_the_last_poll_that_succeeded(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    feeds.serve(ONE.url, rss(*(item(str(number)) for number in range(9))))
    poller = make_poller()
    polls(poller)
    feeds.time_out(ONE.url)
    polls(poller, 4)
    clock.now = row(engine).next_poll
    elapsed = (clock.now - row(engine).succeeded).total_seconds()
    feeds.serve(ONE.url, rss(*(item(str(number)) for number in range(1, 10))))
    polls(poller)
    wanted = (elapsed * 1200.0) ** 0.5
    assert row(engine).interval == pytest.approx((600.0 * wanted) ** 0.5, rel=0.01)


def test_a_304_is_a_success_but_no_body(make_poller: MakePoller, feeds: FakeFeeds, engine: Engine) -> None:
    feeds.serve_with_etag(ONE.url, rss(item("a")), '"1"')
    poller = make_poller()
    polls(poller, 2)
    assert row(engine).succeeded == row(engine).polled > row(engine).body_read


def test_a_feed_that_limits_the_rate_is_asked_no_sooner_than_before(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    feeds.serve(ONE.url, rss("<ttl>300</ttl>", item("a")))
    poller = make_poller()
    polls(poller)
    feeds.serve(ONE.url, "", status=429)
    polls(poller)
    assert gap(engine) >= timedelta(minutes=300)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("written", ["7200", http_date(NOON + timedelta(hours=2))])
def test_retry_after_is_heeded_as_seconds_or_date(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, status: int, written: str
) -> None:
    feeds.serve(ONE.url, "", status=status, headers={"retry-after": written})
    polls(make_poller())
    assert timedelta(hours=2) <= gap(engine) <= timedelta(hours=2.2)


def test_a_retry_after_of_a_year_is_a_day(make_poller: MakePoller, feeds: FakeFeeds, engine: Engine) -> None:
    feeds.serve(ONE.url, "", status=503, headers={"retry-after": "31536000"})
    polls(make_poller())
    assert gap(engine) == timedelta(days=1)


def test_a_restart_asks_nothing_before_it_is_due(make_poller: MakePoller, feeds: FakeFeeds, engine: Engine) -> None:
    catalogue = [make_feed(f"https://n{number}.example.org/") for number in range(30)]
    for feed in catalogue:
        feeds.serve(feed.url, rss(item(feed.url[8:12])))
    polls(make_poller(*catalogue), 30)
    asked = len(feeds.requests)
    sync(engine, catalogue, NOON + timedelta(seconds=60), 600.0)
    later = Claimer(engine, "restarted", 120.0).claim(NOON + timedelta(seconds=60), 100)
    assert (asked, later.feeds) == (30, ())
