"""Weights and thresholds of relevance fitted to labelled articles: ridge-penalised logistic regression with signs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.messages import Level
from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist
from processors.watchlist_model import Phrases, Thresholds, Weights

Vector = NDArray[np.float64]

DEGREE: dict[Level, float] = {"none": 0.0, "passing": 0.5, "direct": 1.0}
"""What relevance should be on average for articles of a level."""

NEGATIVE = frozenset({"lists", "others", "third_parties", "negative", "other_subject"})
"""Features that may only lower the score; all others, but for the base, may only raise it."""

PENALTY = 0.5
"""How strongly the weights are held to the program's own: the ridge's factor, small beside a few hundred articles.

Labelled texts are often short; weights that follow them wherever they lead do worse on longer ones.
"""

PASSING = 1.5
"""What an article labelled passing counts in the fit, being rarer than the others and hardest to tell."""

NAMES = tuple(Weights.model_fields)
"""The weights, in the order of every vector here."""

_PRIOR = np.array([getattr(Weights(), name) for name in NAMES])
_STEPS = 8_000
_RATE = 0.2
_FOLDS = 5
THIRDS = range(3)
# A direct article that is taken for less counts twice, since nobody sees it; one taken for more is soon dismissed.
_UNSEEN = 2.0
_GRID = tuple(round(step / 100, 2) for step in range(15, 91))
_APART = 10
# A normal curve with a standard deviation of three steps of the grid.
_KERNEL = np.exp(-0.5 * (np.arange(-8, 9) / 3) ** 2)
_KERNEL /= _KERNEL.sum()


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article with its label, and what it counts in the choice of thresholds."""

    title: str
    text: str
    language: str
    level: Level
    published: date | None = None
    counts: float = 1.0


@dataclass(frozen=True)
class Sample:
    """The features of the articles that name both sides, one row each with a one for the base first, and their labels.

    No weight changes what becomes of the others.
    """

    features: Vector
    degrees: Vector
    counts: Vector

    def relevance(self, weights: Vector) -> Vector:
        """Return how relevant weights make each article, between 0 and 1."""
        return np.asarray(1 / (1 + np.exp(-(self.features @ weights))))

    def error(self, weights: Vector) -> float:
        """Return the mean squared distance of relevance from degree."""
        return float(((self.relevance(weights) - self.degrees) ** 2).mean())


def sample(watchlist: CompiledWatchlist, articles: Iterable[Labelled]) -> Sample:
    """Return the features of articles, as the tagger sees them."""
    # With all weights one, what a feature adds to the score is the feature.
    ones = Weights(**dict.fromkeys(NAMES, 1.0))
    relation = watchlist.relation.model_copy(update={"weights": ones})
    tagger = Tagger([CompiledWatchlist(watchlist.source.model_copy(update={"relation": relation}))])
    scored = ((tagger.tag(each.title, each.text, each.language, each.published)[1][0].score, each) for each in articles)
    found = [(features, each) for features, each in scored if features]
    return Sample(
        np.array([[features.get(name, 0.0) for name in NAMES] for features, _ in found]).reshape(-1, len(NAMES)),
        np.array([DEGREE[each.level] for _, each in found]),
        np.array([each.counts for _, each in found]),
    )


def merged(samples: Sequence[Sample]) -> Sample:
    """Return several samples as one."""
    return Sample(
        np.concatenate([each.features for each in samples]),
        np.concatenate([each.degrees for each in samples]),
        np.concatenate([each.counts for each in samples]),
    )


def thinned(watchlist: CompiledWatchlist, third: int) -> CompiledWatchlist:
    """Return the watchlist without a third of its cues, the 0th, 1st or 2nd by the hash of the phrase.

    The lists hold the words of the articles they were written beside more surely than those of articles to come;
    weights that are fitted with thinned lists as well do not count on every cue's being there.
    """

    def kept(phrases: Phrases) -> Phrases:
        return {key: tuple(phrase for phrase in group if _third(phrase) != third) for key, group in phrases.items()}

    source = watchlist.source
    relation = source.relation.model_copy(update={"cues": kept(source.relation.cues)})
    themes = tuple(
        theme.model_copy(update={"cues": kept(theme.cues), "faint": kept(theme.faint)}) for theme in source.themes
    )
    return CompiledWatchlist(source.model_copy(update={"relation": relation, "themes": themes}))


def _third(phrase: str) -> int:
    return hashlib.sha256(phrase.encode()).digest()[0] % 3


def vector(weights: Weights) -> Vector:
    """Return a watchlist's weights in the order of NAMES."""
    return np.array([getattr(weights, name) for name in NAMES])


def fit(features: Vector, degrees: Vector, penalty: float = PENALTY) -> Vector:
    """Return the weights of least cross-entropy, each of its sign and held to the program's own by a ridge.

    By projected gradient descent.
    """
    signs = np.array([-1.0 if name in NEGATIVE else 1.0 for name in NAMES])
    held = np.array([0.0] + [penalty] * (len(NAMES) - 1))
    counts = np.where(degrees == DEGREE["passing"], PASSING, 1.0)
    weights = _PRIOR.copy()
    for _ in range(_STEPS):
        error = counts * (1 / (1 + np.exp(-(features @ weights))) - degrees)
        weights -= _RATE * (features.T @ error + held * (weights - _PRIOR)) / len(degrees)
        weights[1:] = np.where(weights[1:] * signs[1:] < 0, 0.0, weights[1:])
    return weights


def thresholds(relevance: Vector, data: Sample) -> Thresholds:
    """Return the thresholds that best part the levels, each by its own errors.

    The errors are smoothed over neighbouring thresholds, since of a few hundred articles only some lie near one.
    """
    passing, direct = _errors(relevance, data, DEGREE["passing"]), _errors(relevance, data, DEGREE["direct"], _UNSEEN)
    _, low, high = min(
        (passing[low] + direct[high], low, high)
        for low in range(len(_GRID) - _APART)
        for high in range(low + _APART, len(_GRID))
    )
    return Thresholds(passing=_GRID[low], direct=_GRID[high])


def _errors(relevance: Vector, data: Sample, degree: float, unseen: float = 1.0) -> Vector:
    """Return for each threshold of the grid what the articles on the wrong side of it count, smoothed."""
    labelled = data.degrees >= degree
    counts = np.where(labelled, unseen, 1.0) * data.counts
    errors = np.array([counts[(relevance >= limit) != labelled].sum() for limit in _GRID])
    return np.convolve(np.pad(errors, len(_KERNEL) // 2, mode="edge"), _KERNEL, "valid")


def fitted(
    watchlist: CompiledWatchlist, articles: Sequence[Labelled], data: Sample, penalty: float = PENALTY
) -> tuple[Vector, Thresholds]:
    """Return weights and thresholds fitted to the articles' sample and to what it would be with thinned lists."""
    drawn = [data, *(sample(thinned(watchlist, third), articles) for third in THIRDS)]
    whole = merged(drawn)
    weights = fit(whole.features, whole.degrees, penalty * len(drawn))
    return weights, thresholds(whole.relevance(weights), whole)


def cross_validated(data: Sample, penalty: float = PENALTY) -> float:
    """Return the mean squared distance of relevance from degree over folds that were not fitted on."""
    fold = np.arange(len(data.degrees)) % _FOLDS
    errors = []
    for number in range(_FOLDS):
        weights = fit(data.features[fold != number], data.degrees[fold != number], penalty)
        left = Sample(data.features[fold == number], data.degrees[fold == number], data.counts[fold == number])
        errors.append((left.relevance(weights) - left.degrees) ** 2)
    return float(np.concatenate(errors).mean())


def written(place: str, text: str, weights: Vector, limits: Thresholds) -> str:
    """Return a watchlist's YAML with new weights and thresholds, every other character as it was.

    Raises InputError where the text has none in the usual form.
    """
    block = "".join(f"    {name}: {float(weight):.2f}\n" for name, weight in zip(NAMES, weights, strict=True))
    text, blocks = re.subn(r"(?m)(?<=^  weights:\n)(?:    \w+: \S+\n)+", lambda _: block, text)
    line = f"  thresholds: {{passing: {limits.passing:.2f}, direct: {limits.direct:.2f}}}"
    text, lines = re.subn(r"(?m)^  thresholds: \{.*\}$", lambda _: line, text)
    if (blocks, lines) != (1, 1):
        raise InputError(
            place,
            "has no block of weights and no line of thresholds that could be replaced",
            "Write both first, under relation: 'weights:' with one a line, and 'thresholds: {passing: …, direct: …}'.",
        )
    return text
