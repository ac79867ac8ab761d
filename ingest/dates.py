"""The dates that feeds and pages write, as moments in UTC. The only module that imports dateparser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from dateparser.date import DateDataParser  # type: ignore[import-untyped]

from ingest.date_words import plain_date
from pipeline.messages import TimeCertainty

ZONES = {
    "UT": "+0000", "UTC": "+0000", "GMT": "+0000", "Z": "+0000",
    "MSK": "+0300", "MSD": "+0400", "SAMT": "+0400", "YEKT": "+0500", "OMST": "+0600", "NOVT": "+0700",
    "KRAT": "+0700", "IRKT": "+0800", "YAKT": "+0900", "VLAT": "+1000", "SAKT": "+1100", "MAGT": "+1100",
    "MMT": "+0630", "ICT": "+0700", "WIB": "+0700", "WITA": "+0800", "WIT": "+0900", "TLT": "+0900",
    "SGT": "+0800", "MYT": "+0800", "BNT": "+0800", "PHT": "+0800", "HKT": "+0800",
    "CET": "+0100", "CEST": "+0200", "EET": "+0200", "EEST": "+0300", "BST": "+0100", "JST": "+0900",
    "KST": "+0900", "AEST": "+1000", "AEDT": "+1100", "EST": "-0500", "EDT": "-0400", "CST": "-0600",
    "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
}  # fmt: skip
"""Offsets of the zone names in use where the watched outlets are, from the IANA time zone database; the American
ones as RFC 5322 fixes them."""

LANGUAGES = (
    "en", "id", "ms", "vi", "th", "ru", "fil", "my", "km", "lo", "pt", "zh", "ja", "ko", "fr", "es", "de", "it", "nl",
    "uk", "be", "tr", "ar", "hi", "bn", "ta",
)  # fmt: skip
"""Languages in which dates are read in words; all 205 that dateparser has take 2 s to load and 17 ms a date."""

COUNTRY_HOURS = {
    "BN": 8.0, "CN": 8.0, "HK": 8.0, "ID": 7.0, "IN": 5.5, "JP": 9.0, "KH": 7.0, "KR": 9.0, "LA": 7.0, "MM": 6.5,
    "MY": 8.0, "PH": 8.0, "RU": 3.0, "SG": 8.0, "TH": 7.0, "TL": 9.0, "TW": 8.0, "VN": 7.0,
}  # fmt: skip
"""Hours ahead of UTC of the countries of the region that have no summer time, from the IANA time zone database; for
Indonesia and Russia those of the capital, by which national outlets go."""

NUMERIC = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/\d{4}\b", re.ASCII)
"""Day and month by numbers and slashes, in the American order or the other; with dots the day always comes first."""

MONTHS = 12
TIME = re.compile(r"\d\s*[:.h時时点]\s*\d\d(?!\d)|\dT\d|\d\s*[ap]\.?m\b", re.IGNORECASE)
ZONE = re.compile(r"\s*\b([A-Z]{2,4}|Z)$")
SHORT_OFFSET = re.compile(r"(?<=\d)\s*([+-])(\d\d)(?::?(\d\d))?$")
EPOCH = re.compile(r"\d{10}(?:\d{3})?")
DATE_ONLY_TAIL = re.compile(r"^\d{1,4}-\d{1,2}-\d{1,2}$")
LONGEST = 80
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

AHEAD = timedelta(days=1)
"""A publication further in the future than this is a mistake: zones are mixed up by less."""

CLOCKS = timedelta(minutes=15)
"""By how much clocks differ: a publication further in the future is some other time."""


class Moment(datetime):
    """A moment in UTC that knows how sure it is; what is computed from it is as sure as an exact one.

    exact: date, time and zone were written; country-zone: the zone is that of the outlet's country; no-zone: read as
    UTC; date-only: its midnight in UTC; guessed: day and month, or the century, may be others.
    """

    certainty: TimeCertainty = "exact"

    @classmethod
    def of(cls, moment: datetime, certainty: TimeCertainty) -> Moment:
        """Return a moment with a zone, in UTC and so sure."""
        utc = moment.astimezone(UTC)
        made = cls.combine(utc.date(), utc.timetz())
        made.certainty = certainty
        return made

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Return how to make it again in another process, which the certainty must reach too."""
        return Moment.of, (datetime.combine(self.date(), self.timetz()), self.certainty)


def parse_moment(written: str | None) -> Moment | None:
    """Return the moment in UTC, reading a time without a zone as UTC; none for what is no plausible date."""
    text = " ".join((written or "").split())
    if not text or len(text) > LONGEST:
        return None
    try:
        text, guessed = plain_date(text)
        found = _epoch(text) or _iso(text) or _mail(text) or _any_language(text)
        if found is None:
            return None
        sure = _certainty(text, zoned=found.tzinfo is not None, guessed=guessed)
        moment = Moment.of(found.replace(tzinfo=UTC) if found.tzinfo is None else found, sure)
    except (ValueError, OverflowError):
        return None
    return moment if EARLIEST <= moment < LATEST else None


def _certainty(text: str, *, zoned: bool, guessed: bool) -> TimeCertainty:
    numbers = NUMERIC.search(text) if text.isascii() else None
    if guessed or (numbers and numbers[1] != numbers[2] and max(int(numbers[1]), int(numbers[2])) <= MONTHS):
        return "guessed"
    if not (EPOCH.fullmatch(text) or TIME.search(text)):
        return "date-only"
    return "exact" if zoned else "no-zone"


def certainty_of(moment: datetime) -> TimeCertainty:
    """Return how sure a moment is."""
    return moment.certainty if isinstance(moment, Moment) else "exact"


def in_country(moment: Moment, country: str | None) -> Moment:
    """Return the moment read in the zone of a country, where none was written and the country has one."""
    hours = COUNTRY_HOURS.get(country or "")
    if moment.certainty != "no-zone" or hours is None:
        return moment
    return Moment.of(moment - timedelta(hours=hours), "country-zone")


def _epoch(text: str) -> datetime | None:
    if not EPOCH.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)


def _with_offset(text: str) -> str:
    """Write the zone as +hhmm, which every reader understands."""
    text = ZONE.sub(lambda match: " " + ZONES.get(match[1], match[1]), text)
    if DATE_ONLY_TAIL.match(text):
        return text
    # RFC 5322 writes UTC as -0000 where it says nothing of the place.
    text = text.removesuffix("-0000") + "+0000" if text.endswith(" -0000") else text
    return SHORT_OFFSET.sub(lambda match: f" {match[1]}{match[2]}{match[3] or '00'}", text)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d{4}$)", "", _with_offset(text)))
    except ValueError:
        return None


def _mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(_with_offset(text))
    except (ValueError, TypeError, IndexError):
        return None


@lru_cache(maxsize=1)
def _reader() -> Any:
    """Return the reader of dates in words; relative ones ("yesterday") are none to it, since a feed may be old."""
    settings = {"TIMEZONE": "UTC", "STRICT_PARSING": True, "PARSERS": ["absolute-time"], "DATE_ORDER": "DMY"}
    return DateDataParser(languages=list(LANGUAGES), settings=settings)


def _any_language(text: str) -> datetime | None:
    found: datetime | None = _reader().get_date_data(text).date_obj
    return found
