"""Whether the pages of an outlet still have what they used to: pure functions of what was extracted.

An outlet is compared with its own history only. Lengths are compared on a logarithmic scale by median and median
absolute deviation (Hampel's identifier), since a few very long or very short texts are normal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from typing import Literal

Problem = Literal["text-short", "text-long", "title-missing", "date-missing"]
PROBLEMS: tuple[Problem, ...] = ("text-short", "text-long", "title-missing", "date-missing")

RECENT = 20
"""Articles that are compared with those before them."""

HISTORY = 200
"""Articles that are remembered before those."""

ENOUGH = 20
"""Articles of history from which a comparison says something."""

HALF = 0.5
"""Share of the recent articles that must be out of line."""

MORE = 0.4
"""By how much that share must be larger than that of the history."""

DEVIATIONS = 3.0
"""Deviations from the median that are out of line: Hampel's choice."""

TO_SIGMA = 1.4826
"""Factor that makes of a median absolute deviation a standard deviation, for a normal distribution."""

FACTOR = 3.0
"""A text is never out of line that is not so many times longer or shorter than the median."""

ACCEPTED = 200
"""Articles after which what was a problem is how the outlet is now."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one page had: characters of text, and whether there was a title and a date."""

    length: int
    title: bool
    date: bool


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of an outlet: articles seen, the older and the newest of them, and what is wrong since when.

    `ailing` counts the articles since something was wrong; while it is, none of them becomes history.
    """

    articles: int = 0
    history: tuple[Seen, ...] = ()
    recent: tuple[Seen, ...] = ()
    problems: tuple[Problem, ...] = ()
    since: datetime | None = None
    ailing: int = 0


def observe(health: Health, seen: Seen, now: datetime) -> Health:
    """Return what is known after one more article."""
    recent = (*health.recent, seen)
    history = health.history
    if len(recent) > RECENT:
        if not health.problems:
            history = (*history, recent[0])[-HISTORY:]
        recent = recent[1:]
    problems = judge(history, recent)
    ailing = health.ailing + 1 if problems else 0
    if ailing > ACCEPTED:
        history, problems, ailing = recent, (), 0
    since = None if not problems else health.since or now
    return replace(
        health,
        articles=health.articles + 1,
        history=history,
        recent=recent,
        problems=problems,
        since=since,
        ailing=ailing,
    )


def judge(history: Sequence[Seen], recent: Sequence[Seen]) -> tuple[Problem, ...]:
    """Return what the recent articles lack that those before them had; nothing while there are too few to say."""
    if len(history) < ENOUGH or len(recent) < RECENT:
        return ()
    low, high = bounds(history)
    signs: dict[Problem, Callable[[Seen], bool]] = {
        "text-short": lambda seen: seen.length < low,
        "text-long": lambda seen: seen.length > high,
        "title-missing": lambda seen: not seen.title,
        "date-missing": lambda seen: not seen.date,
    }
    return tuple(
        problem
        for problem, sign in signs.items()
        if _share(recent, sign) >= HALF and _share(recent, sign) - _share(history, sign) >= MORE
    )


def bounds(history: Sequence[Seen]) -> tuple[float, float]:
    """Return the characters below and above which a text is out of line."""
    lengths = [math.log1p(seen.length) for seen in history]
    middle = median(lengths)
    sigma = TO_SIGMA * median(abs(length - middle) for length in lengths)
    reach = max(DEVIATIONS * sigma, math.log(FACTOR))
    return math.expm1(middle - reach), math.expm1(middle + reach)


def in_words(health: Health) -> tuple[str, ...]:
    """Return each problem in a sentence for a person."""
    recent, history = health.recent, health.history
    if not health.problems:
        return ()
    low, high = bounds(history)
    now, usual = (f"{median(seen.length for seen in some):,.0f}" for some in (recent, history))
    texts = f"half have up to {now} characters, used to have {usual}"
    last = f"of the last {len(recent)} articles"
    words: dict[Problem, str] = {
        "text-short": f"{_count(recent, lambda seen: seen.length < low)} {last} are far shorter than usual: {texts}",
        "text-long": f"{_count(recent, lambda seen: seen.length > high)} {last} are far longer than usual: {texts}",
        "title-missing": f"{_count(recent, lambda seen: not seen.title)} {last} have no title",
        "date-missing": f"{_count(recent, lambda seen: not seen.date)} {last} have no date",
    }
    return tuple(words[problem] for problem in health.problems)


def _count(some: Sequence[Seen], sign: Callable[[Seen], bool]) -> int:
    return sum(map(sign, some))


def _share(some: Sequence[Seen], sign: Callable[[Seen], bool]) -> float:
    return _count(some, sign) / len(some)
