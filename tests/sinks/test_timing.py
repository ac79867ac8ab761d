from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.rule_model import WEEKDAYS, Quiet, Rule
from sinks.timing import hour_of, next_digest, quiet_until

JAKARTA = ZoneInfo("Asia/Jakarta")
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone
TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
ZONES = st.sampled_from(
    ["UTC", "Asia/Jakarta", "Asia/Yangon", "Europe/Moscow", "America/New_York", "Australia/Lord_Howe"]
)


def rule(**given: Any) -> Rule:
    return Rule(id="r", **given)


def at(text: str, zone: ZoneInfo | None = None) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC)


def test_a_rule_that_tells_at_once_has_no_digest() -> None:
    assert next_digest(rule(), at("2026-03-01T12:00")) is None


def test_an_hourly_digest_is_due_at_the_end_of_the_hour() -> None:
    assert next_digest(rule(send="hourly"), at("2026-03-01T12:00")) == at("2026-03-01T13:00")
    assert next_digest(rule(send="hourly"), at("2026-03-01T12:59:59")) == at("2026-03-01T13:00")


def test_a_daily_digest_is_due_at_its_local_time_today_or_tomorrow() -> None:
    daily = rule(send="daily", at=time(7, 30), timezone="Asia/Jakarta")
    assert next_digest(daily, at("2026-03-01T07:29", JAKARTA)) == at("2026-03-01T07:30", JAKARTA)
    assert next_digest(daily, at("2026-03-01T07:30", JAKARTA)) == at("2026-03-02T07:30", JAKARTA)


def test_a_daily_digest_keeps_its_local_time_when_the_clocks_change() -> None:
    new_york = ZoneInfo("America/New_York")
    daily = rule(send="daily", at=time(7), timezone="America/New_York")
    before = next_digest(daily, at("2026-03-07T12:30"))
    after = next_digest(daily, at("2026-03-08T10:59"))
    assert (before, after) == (at("2026-03-08T11:00"), at("2026-03-08T11:00"))
    assert next_digest(daily, at("2026-03-07T11:59")) == at("2026-03-07T12:00")
    assert after is not None
    assert after.astimezone(new_york).time() == time(7)


def test_a_local_time_that_the_clock_skips_is_made_up_for_the_same_day() -> None:
    daily = rule(send="daily", at=time(2, 30), timezone="America/New_York")
    assert next_digest(daily, at("2026-03-08T06:00")) == at("2026-03-08T07:30")


def test_a_weekly_digest_is_due_on_its_day() -> None:
    weekly = rule(send="weekly", day="friday", at=time(16), timezone="Asia/Jakarta")
    assert next_digest(weekly, at("2026-03-06T15:59", JAKARTA)) == at("2026-03-06T16:00", JAKARTA)
    assert next_digest(weekly, at("2026-03-06T16:00", JAKARTA)) == at("2026-03-13T16:00", JAKARTA)


@given(now=MOMENTS, local=TIMES, zone=ZONES, day=st.sampled_from(WEEKDAYS), send=st.sampled_from(["daily", "weekly"]))
def test_the_next_digest_is_ahead_and_no_further_than_its_period(
    now: datetime, local: time, zone: str, day: str, send: str
) -> None:
    due = next_digest(rule(send=send, at=local, day=day, timezone=zone), now)
    assert due is not None
    assert now < due <= now + timedelta(days=1 if send == "daily" else 7, hours=1)


NIGHT = Quiet(begin=time(22), end=time(6, 30))


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-03-01T21:59", None),
        ("2026-03-01T22:00", "2026-03-02T06:30"),
        ("2026-03-02T00:00", "2026-03-02T06:30"),
        ("2026-03-02T06:29", "2026-03-02T06:30"),
        ("2026-03-02T06:30", None),
    ],
)
def test_quiet_hours_pass_midnight_and_end_in_the_morning(now: str, end: str | None) -> None:
    expected = at(end, JAKARTA) if end else None
    assert quiet_until(NIGHT, "Asia/Jakarta", at(now, JAKARTA)) == expected


def test_quiet_hours_begin_on_their_days_only() -> None:
    weekend = Quiet(begin=time(22), end=time(6), days=("saturday",))
    assert quiet_until(weekend, "UTC", at("2026-03-01T05:00")) == at("2026-03-01T06:00")
    assert quiet_until(weekend, "UTC", at("2026-03-01T23:00")) is None


def test_quiet_hours_within_a_day() -> None:
    noon = Quiet(begin=time(12), end=time(13))
    assert quiet_until(noon, "UTC", at("2026-03-01T12:59")) == at("2026-03-01T13:00")
    assert quiet_until(noon, "UTC", at("2026-03-01T13:00")) is None


@given(now=MOMENTS, begin=TIMES, end=TIMES, zone=ZONES)
def test_quiet_hours_end_and_are_over_then(now: datetime, begin: time, end: time, zone: str) -> None:
    quiet = Quiet(begin=begin, end=end, days=(WEEKDAYS[0],))
    until = quiet_until(quiet, zone, now)
    assert until is None or now < until <= now + timedelta(days=1, hours=2)
    assert until is None or quiet_until(quiet, zone, until) is None


def test_the_hour_of_a_moment_begins_with_it() -> None:
    assert hour_of(at("2026-03-01T12:59:59")) == at("2026-03-01T12:00")
