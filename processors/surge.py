"""When more is reported than usual: an hour's count beside the same hours of the week over the last fortnight."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

HISTORY = timedelta(days=14)
"""What is looked back on; with less of it nothing surges."""

WEEKEND = 5
"""The first day of the weekend, from Monday as 0. A fortnight has each hour of the week only twice, so that the days of
one kind stand for each other: working days, and those of the weekend."""

DEVIATIONS = 4.0
"""Robust standard deviations above the median from which an hour surges."""

LEAST = {"articles": 6, "stories": 4}
"""Counts that surge, at least: where nothing is usual, two are no surge."""

CONSISTENT = 1.4826
"""The median absolute deviation times this estimates the standard deviation of what is normally distributed.

Rousseeuw and Croux, "Alternatives to the median absolute deviation", 1993.
"""


@dataclass(frozen=True)
class Excess:
    """How far an hour's count is above what was expected."""

    expected: float
    deviations: float


def hour_of(moment: datetime) -> datetime:
    """Return the start of the hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def compared(hour: datetime) -> tuple[datetime, ...]:
    """Return the same hour of those of the last 14 days that are of the same kind."""
    days = (hour - timedelta(days=back) for back in range(1, HISTORY.days + 1))
    return tuple(day for day in days if (day.weekday() >= WEEKEND) == (hour.weekday() >= WEEKEND))


def excess(hour: datetime, count: int, past: Mapping[datetime, int]) -> Excess:
    """Return how far a count is above the median of the hours it is compared with; an hour without a count had none.

    The deviation is the median absolute one, and never less than chance makes it: the root of the median, or one.
    """
    before = [past.get(each, 0) for each in compared(hour)]
    expected = statistics.median(before)
    spread = CONSISTENT * statistics.median(abs(each - expected) for each in before)
    return Excess(expected, (count - expected) / max(spread, math.sqrt(expected), 1.0))
