"""How often a feed asks to be polled: in its headers, and in the head of its XML. Times are in seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

HOUR = timedelta(hours=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PERIODS = {"hourly": 3600.0, "daily": 86400.0, "weekly": 604800.0, "monthly": 2592000.0, "yearly": 31536000.0}
"""Of the RSS module for syndication, http://purl.org/rss/1.0/modules/syndication/."""

HOURS_OF_WEEK = 168

MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
FIRST_ITEM = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
LAST_ITEM = re.compile(rb"\A.*</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
PERIOD = re.compile(r"<[\w.-]+:updatePeriod[^<>]*>\s*([a-z]+)\s*</", re.IGNORECASE)
FREQUENCY = re.compile(r"<[\w.-]+:updateFrequency[^<>]*>\s*(\d{1,4})\s*</", re.IGNORECASE)
SKIPPED = re.compile(r"<(skipHours|skipDays)\s*>(.{0,2000}?)</\1", re.IGNORECASE | re.DOTALL)
HOUR_OR_DAY = re.compile(r"<(?:hour|day)\s*>\s*(\w+)\s*</", re.IGNORECASE)
LOOK = 65536
"""Bytes before the first item, and after the last, in which it is looked for."""


@dataclass(frozen=True, slots=True)
class Advertised:
    """What a feed asks for: seconds between two polls, and the hours of the week, in UTC, in which not to ask.

    `skipped` has a bit for each hour, the first for Monday from midnight to one.
    """

    fresh: float = 0.0
    skipped: int = 0


NOTHING = Advertised()


def read_advertised(text: bytes) -> Advertised:
    """Return what a feed's XML, in UTF-8, asks for with sy:updatePeriod, sy:updateFrequency, skipHours and skipDays."""
    first = FIRST_ITEM.search(text)
    head = text[: min(first.start() if first else LOOK, LOOK)]
    tail = LAST_ITEM.sub(b"", text[max(len(head), len(text) - LOOK) :], count=1) if first else b""
    said = COMMENT.sub("", (head + tail).decode("utf-8", "ignore"))
    period, frequency = PERIOD.search(said), FREQUENCY.search(said)
    spacing = PERIODS.get(period[1].lower(), 0.0) if period else 0.0
    often = int(frequency[1]) if frequency else 1
    return Advertised(spacing / max(often, 1), _skipped(said))


def _skipped(said: str) -> int:
    hours: set[int] = set()
    days: set[int] = set()
    for group in SKIPPED.finditer(said):
        for value in HOUR_OR_DAY.findall(group[2]):
            if value.isdigit() and int(value) <= 24:  # noqa: PLR2004  # RSS 0.91 counts to 24, for midnight
                hours.add(int(value) % 24)
            elif value.lower() in WEEKDAYS:
                days.add(WEEKDAYS.index(value.lower()))
    return skipped_hours(hours, days)


def skipped_hours(hours: set[int], days: set[int]) -> int:
    """Return the hours of the week that are hours of the day or on days, Monday 0, in which not to ask, as bits."""
    return sum(1 << hour for hour in range(HOURS_OF_WEEK) if hour % 24 in hours or hour // 24 in days)


def fresh_for(headers: Mapping[str, str]) -> float:
    """Return how long the headers say the answer stays fresh: max-age, or else Expires against Date, less Age.

    RFC 9111, sections 4.2.1 and 4.2.3. Header names are in lower case.
    """
    control = headers.get("cache-control", "")
    if re.search(r"\bno-(?:cache|store)\b", control, re.IGNORECASE):
        return 0.0
    max_age = MAX_AGE.search(control)
    lifetime = float(max_age[1]) if max_age else _until_expiry(headers)
    age = headers.get("age", "").strip()
    return max(0.0, lifetime - (float(age) if age.isdigit() and age.isascii() else 0.0))


def _until_expiry(headers: Mapping[str, str]) -> float:
    expires, date = _moment(headers.get("expires", "")), _moment(headers.get("date", ""))
    return (expires - date).total_seconds() if expires and date else 0.0


def _moment(written: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def not_skipped(due: datetime, skipped: int) -> datetime:
    """Return the first moment from `due` on that lies in no skipped hour; `due` itself when every hour is skipped."""
    wait = waits(skipped)[due.astimezone(UTC).weekday() * 24 + due.astimezone(UTC).hour]
    return due.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + wait * HOUR if wait else due


@lru_cache(maxsize=256)
def waits(skipped: int) -> tuple[int, ...]:
    """Return, for each hour of the week, how many hours after its start the next one begins that is not skipped."""
    if skipped == (1 << HOURS_OF_WEEK) - 1:
        return (0,) * HOURS_OF_WEEK
    free = [not skipped >> hour % HOURS_OF_WEEK & 1 for hour in range(2 * HOURS_OF_WEEK)]
    return tuple(next(ahead for ahead in range(HOURS_OF_WEEK) if free[hour + ahead]) for hour in range(HOURS_OF_WEEK))
