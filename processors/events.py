"""How likely two articles tell the same happening, in one language or two: what they share, weighed by its rarity."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from processors.profile import ACTOR, CONCEPT, DATE, KINDS, NAME, NUMBER, PLACE, WORD, Profile

SAME_EVENT = 0.0
"""Likeness from which an article belongs to a story; log-odds: as likely as not."""

BASE = -4.2
WEIGHTS: Mapping[str, tuple[float, float]] = {
    ACTOR: (1.13, 0.83),
    PLACE: (0.94, 0.65),
    NAME: (0.43, 0.92),
    NUMBER: (0.6, 0.41),
    DATE: (0.29, 0.12),
    CONCEPT: (1.22, 1.75),
    WORD: (0.06, 0.24),
}
"""What a kind of terms adds: times the cosine of the two articles, and times the rarity of what they share.

Fitted by logistic regression, weights held above nought, then rounded: on the fitting part of tests/quality/groups and
on the sample site, whose stories are all different, with few articles before them and with many.
"""

APART = {PLACE: 0.75, NUMBER: 0.82}
"""What is taken off where both articles have telling terms of the kind and share none."""

TELLING = 1.2
"""Rarity from which a term says which event it is."""

DAY = 0.15
"""What each day between two publications takes off."""

NEAREST = 0.5
"""Share of the likest member in the likeness to a story; the rest is the mean of all, which stops chains of articles
of which each is like the next and the last is not like the first."""

PRIOR_ARTICLES = 150
"""Articles of the usual kind that are counted before the first one comes."""

_USUAL = {ACTOR: 0.01, PLACE: 0.06, NAME: 0.004, NUMBER: 0.01, DATE: 0.03, CONCEPT: 0.05, WORD: 0.01}
# Of the relevant articles of tests/quality/corpus a fifth have each of the first, an eighth each of the second.
_FREQUENT = {
    **dict.fromkeys(("agreement", "ambassador", "talks", "sign", "meet", "visit"), 0.2),
    **dict.fromkeys(("university", "flight", "payment", "export", "tourist", "training", "summit"), 0.12),
}
_SCALE = 10.0
_FEW = 5.0
_KEYS, _PAIRED_PLACES, _PAIRED_CONCEPTS = 16, 3, 4

Rarity = Callable[[str], float]


def rarity(total: int, counts: Mapping[str, int]) -> Rarity:
    """Return how rare terms are among so many articles: the logarithm of their inverse share, smoothed."""

    def rare(term: str) -> float:
        usual = _FREQUENT.get(term[2:], _USUAL[CONCEPT]) if term[0] == CONCEPT else _USUAL[term[0]]
        return max(math.log((total + PRIOR_ARTICLES) / (counts.get(term, 0) + PRIOR_ARTICLES * usual)), 0.0)

    return rare


def likeness(one: Profile, other: Profile, rare: Rarity) -> float:
    """Return the log-odds that two articles tell the same happening, by what they say alone."""
    total = BASE
    for kind in KINDS:
        mine = {term: weight * rare(term) for term, weight in one.of(kind).items()}
        others = {term: weight * rare(term) for term, weight in other.of(kind).items()}
        if not mine or not others:
            continue
        shared = mine.keys() & others.keys()
        by_cosine, by_rarity = WEIGHTS[kind]
        lengths = math.sqrt(_squares(mine.values()) * _squares(others.values()))
        if shared and lengths:
            total += by_cosine * sum(mine[term] * others[term] for term in shared) / lengths
            # Long articles share more of everything.
            length = max(math.sqrt(math.sqrt(len(mine) * len(others)) / _FEW), 1.0)
            total += by_rarity * sum(min(mine[term], others[term]) for term in shared) / _SCALE / length
        if kind in APART and _apart(mine, others, rare):
            total -= APART[kind]
    return total


def _squares(values: Iterable[float]) -> float:
    return sum(value * value for value in values)


def _apart(mine: Iterable[str], others: Iterable[str], rare: Rarity) -> bool:
    telling = {term for term in mine if rare(term) > TELLING}
    theirs = {term for term in others if rare(term) > TELLING}
    return bool(telling and theirs and not telling & theirs)


def with_time(likeness_: float, one: datetime, other: datetime) -> float:
    """Return a likeness less what the time between two publications takes off."""
    return likeness_ - DAY * (abs(one - other) // timedelta(days=1))


def to_story(likenesses: Sequence[float]) -> float:
    """Return the likeness to a story from those to its members, of which there is one at least."""
    return NEAREST * max(likenesses) + (1 - NEAREST) * sum(likenesses) / len(likenesses)


def keys(profile: Profile, rare: Rarity) -> tuple[str, ...]:
    """Return the keys by which articles of the same event find each other: the rarest terms, and place with concept."""
    ranked = sorted(profile.terms, key=lambda term: (-rare(term), term))
    places = [term for term in ranked if term[0] == PLACE][:_PAIRED_PLACES]
    named = [term for term in ranked if term[0] == CONCEPT][:_PAIRED_CONCEPTS]
    return (*ranked[:_KEYS], *(f"{place}|{concept}" for place in places for concept in named))
