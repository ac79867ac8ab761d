"""How many feeds there are, by state, country, kind and the age of their newest entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, case, func, select

from ingest.feed_state import ASKED
from pipeline.database import reading
from pipeline.tables import feeds
from pipeline.telemetry import UNKNOWN, Telemetry

STATES = ("active", "failing", "retired", "disabled", "removed")
AGES = {
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
OLDER, NEVER = "older", "never"


@dataclass(frozen=True, slots=True)
class Counts:
    """Feeds by state and country; of those that are polled, outlets by kind, feeds by age, the newest by country."""

    states: Mapping[tuple[str, str], int]
    kinds: Mapping[str, int]
    ages: Mapping[str, int]
    newest: Mapping[str, datetime]


def count(engine: Engine, now: datetime) -> Counts:
    """Return the counts of all feeds. Raises Retry."""
    asked = feeds.c.state.in_(ASKED)
    states = select(feeds.c.state, feeds.c.country, func.count()).group_by(feeds.c.state, feeds.c.country)
    kinds = select(feeds.c.kind, func.count(feeds.c.outlet.distinct())).where(asked).group_by(feeds.c.kind)
    age = case(*_ages(now), else_=OLDER)
    ages = select(age, func.count()).where(asked).group_by(age)
    newest = select(feeds.c.country, func.max(feeds.c.last_new_entry)).where(asked).group_by(feeds.c.country)
    with reading(engine) as connection:
        by_state = {(state, country or UNKNOWN): many for state, country, many in connection.execute(states)}
        by_kind = {kind or UNKNOWN: many for kind, many in connection.execute(kinds)}
        by_age = {str(name): int(many) for name, many in connection.execute(ages)}
        last = {country or UNKNOWN: moment for country, moment in connection.execute(newest) if moment is not None}
    return Counts(by_state, by_kind, by_age, last)


def _ages(now: datetime) -> Iterator[tuple[ColumnElement[bool], str]]:
    """Yield the condition and the name of each age, the youngest first."""
    yield feeds.c.last_new_entry.is_(None), NEVER
    for name, age in AGES.items():
        yield feeds.c.last_new_entry >= now - age, name


class Gauges:
    """Shows counts; what has none any more is shown as nought, never left as it was."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._countries: set[str] = set()
        self._kinds: set[str] = set()

    def show(self, counts: Counts) -> None:
        """Set every gauge of feeds and outlets, and begin the counter of new entries of each country at nought."""
        telemetry = self._telemetry
        self._countries |= {country for _, country in counts.states}
        self._kinds |= counts.kinds.keys()
        for country in self._countries:
            telemetry.feed_entries.labels("new", country)
            for state in STATES:
                telemetry.feeds.labels(state, country).set(counts.states.get((state, country), 0))
        for kind in self._kinds:
            telemetry.outlets.labels(kind).set(counts.kinds.get(kind, 0))
        for age in (*AGES, OLDER, NEVER):
            telemetry.feed_ages.labels(age).set(counts.ages.get(age, 0))
        for country, moment in counts.newest.items():
            telemetry.last_entry.labels(country).set(moment.timestamp())
