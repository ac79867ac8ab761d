from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.advertised import Advertised, fresh_for, not_skipped, read_advertised, skipped_hours
from ingest.parse import parse_feed
from tests.ingest.feeding import item, rss

DATE = "Tue, 04 Mar 2025 12:00:00 GMT"
SKIP_HOURS = "<skipHours><hour>1</hour><hour>24</hour>\n<hour> 23 </hour><hour>99</hour></skipHours>"
SKIP_DAYS = "<skipDays><day>Saturday</day><day>sunday</day><day>Caturday</day></skipDays>"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "public, Max-Age=900"}, 900),
        ({"cache-control": "s-maxage=900"}, 0),
        ({"cache-control": "max-age=900, no-cache"}, 0),
        ({"cache-control": "max-age=900", "age": "300"}, 600),
        ({"cache-control": "max-age=60", "age": "300"}, 0),
        ({"date": DATE, "expires": "Tue, 04 Mar 2025 12:30:00 GMT"}, 1800),
        ({"date": DATE, "expires": "Tue, 04 Mar 2025 11:30:00 GMT"}, 0),
        ({"date": DATE, "expires": "0"}, 0),
        ({"date": DATE, "expires": "Tue, 04 Mar 2025 12:30:00 GMT", "cache-control": "max-age=60"}, 60),
        ({"expires": DATE}, 0),
        ({}, 0),
    ],
)
def test_headers_say_how_long_an_answer_stays_fresh(headers: dict[str, str], seconds: float) -> None:
    assert fresh_for(headers) == seconds


@pytest.mark.parametrize(
    ("head", "seconds"),
    [
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 1800),
        ("<sy:updatePeriod> Daily\n</sy:updatePeriod>", 86400),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 3600),
        ("<sy:updateFrequency>2</sy:updateFrequency>", 0),
        ("<sy:updatePeriod>whenever</sy:updatePeriod>", 0),
        ("<!-- <sy:updatePeriod>daily</sy:updatePeriod> -->", 0),
    ],
)
def test_the_syndication_module_says_how_often_a_feed_changes(head: str, seconds: float) -> None:
    assert read_advertised(rss(head, item("a")).encode()).fresh == seconds


@pytest.mark.parametrize(
    "feed", [rss(SKIP_HOURS, SKIP_DAYS, item("a")), rss(item("a"), item("b"), SKIP_DAYS, SKIP_HOURS)]
)
def test_all_hours_and_days_to_skip_are_read_wherever_they_stand(feed: str) -> None:
    expected = skipped_hours({0, 1, 23}, {5, 6})
    assert read_advertised(feed.encode()).skipped == expected
    assert parse_feed(feed.encode(), "https://example.org/feed").advertised == Advertised(0.0, expected)


def test_what_an_item_says_is_not_what_the_feed_asks() -> None:
    assert read_advertised(rss(item("a", summary=SKIP_DAYS), item("b")).encode()) == Advertised()


def test_a_poll_in_hours_to_skip_waits_for_their_end() -> None:
    saturday = datetime(2025, 3, 8, 10, 30, tzinfo=UTC)
    assert not_skipped(saturday, skipped_hours({10, 11}, set())) == datetime(2025, 3, 8, 12, tzinfo=UTC)
    assert not_skipped(saturday, skipped_hours({0}, {5, 6})) == datetime(2025, 3, 10, 1, tzinfo=UTC)
    assert not_skipped(saturday, skipped_hours({9}, {0})) == saturday


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda when: 1990 < when.year < 2100), st.integers(0, 2**168 - 1))
def test_no_poll_is_moved_back_or_by_more_than_a_week(due: datetime, skipped: int) -> None:
    found = not_skipped(due, skipped)
    assert 0 <= (found - due).total_seconds() <= 7 * 86400
    if skipped != 2**168 - 1:
        assert not skipped >> (found.weekday() * 24 + found.hour) & 1


@given(st.text(alphabet="<>/skipHoursDays hourday1243:-!"))
def test_any_text_can_be_read(text: str) -> None:
    assert read_advertised(text.encode()).fresh >= 0
