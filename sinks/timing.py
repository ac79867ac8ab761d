"""When an alert that is not told at once is told: pure functions of the rule and the time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sinks.rule_model import WEEKDAYS, Quiet, Rule

HOUR = timedelta(hours=1)


def hour_of(moment: datetime) -> datetime:
    """Return the start of the hour of a moment, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def next_digest(rule: Rule, now: datetime) -> datetime | None:
    """Return when a rule's next digest is due, in UTC; nothing for one that tells at once.

    A local time that a clock change skips is taken for as long after midnight as it would have been.
    """
    if rule.send == "at once":
        return None
    if rule.send == "hourly":
        return hour_of(now) + HOUR
    zone = ZoneInfo(rule.timezone or "UTC")
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=number) for number in range(-1, 9))
    wanted = (day for day in days if rule.send == "daily" or WEEKDAYS[day.weekday()] == rule.day)
    return next(moment for day in wanted if (moment := _at(day, rule, zone)) > now)


def _at(day: date, rule: Rule, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, rule.at, zone).astimezone(UTC)


def quiet_until(quiet: Quiet, timezone: str, now: datetime) -> datetime | None:
    """Return when the quiet hours that `now` is in end, in UTC, or nothing when it is in none.

    Hours that begin and end at the same time last a day.
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        if WEEKDAYS[day.weekday()] not in quiet.days:
            continue
        last = day if quiet.begin < quiet.end else day + timedelta(days=1)
        begin = datetime.combine(day, quiet.begin, zone).astimezone(UTC)
        end = datetime.combine(last, quiet.end, zone).astimezone(UTC)
        if begin <= now < end:
            return end
    return None
