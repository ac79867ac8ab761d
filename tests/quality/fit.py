"""Fit the weights of relevance on the fitting part of the corpus: `python -m tests.quality.fit [--write]`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist, load_watchlist
from processors.watchlist_model import Thresholds, Weights
from tests.quality.articles import LabelledArticle, load, notices, part_of, samples
from tests.quality.report import WATCHLIST
from tests.quality.scoring import DEGREE

Vector = NDArray[np.float64]

NEGATIVE = frozenset({"lists", "others", "negative"})
"""Features that may only lower the score; all others, but for the base, may only raise it."""

PENALTY = 1.0
"""How strongly the weights are held to the program's own: the ridge's factor, small beside a few hundred articles.

The corpus's texts are short; weights that follow it wherever it leads do worse on longer ones.
"""

PASSING = 1.5
"""What an article labelled passing counts in the fit, being rarer than the others and hardest to tell."""

SAMPLE = 4.0
"""What an article of the sample site counts in the choice of thresholds: a test holds it to its level."""

_STEPS = 8_000
_RATE = 0.2
_FOLDS = 5
_GRID = tuple(np.arange(0.2, 0.8, 0.01).tolist())
_APART = 0.1
_ALL = tuple(Weights.model_fields)
_PRIOR = np.array([getattr(Weights(), name) for name in _ALL])


@dataclass(frozen=True)
class Sample:
    """The features of the articles that name both sides, one row each with a one for the base first, and their labels.

    No weight changes what becomes of the others.
    """

    features: Vector
    degrees: Vector
    samples: NDArray[np.bool_]
    """Which articles are of the sample site."""


def sample(watchlist: CompiledWatchlist, articles: Sequence[LabelledArticle]) -> Sample:
    """Return the features of articles, as the tagger sees them."""
    # With all weights one, what a feature adds to the score is the feature.
    ones = Weights(**dict.fromkeys(_ALL, 1.0))
    relation = watchlist.relation.model_copy(update={"weights": ones})
    tagger = Tagger([CompiledWatchlist(watchlist.source.model_copy(update={"relation": relation}))])
    scored = [
        (tagger.tag(article.title, article.text, article.lang, article.day)[1][0].score, article)
        for article in articles
    ]
    found = [(features, article) for features, article in scored if features]
    return Sample(
        np.array([[features.get(name, 0.0) for name in _ALL] for features, _ in found]),
        np.array([DEGREE[article.level] for _, article in found]),
        np.array([article.id.startswith("sample-") for _, article in found]),
    )


def fit(features: Vector, degrees: Vector, penalty: float = PENALTY) -> Vector:
    """Return the weights of least cross-entropy, each of its sign and held to the program's own by a ridge.

    By projected gradient descent.
    """
    signs = np.array([-1.0 if name in NEGATIVE else 1.0 for name in _ALL])
    held = np.array([0.0] + [penalty] * (len(_ALL) - 1))
    counts = np.where(degrees == DEGREE["passing"], PASSING, 1.0)
    weights = _PRIOR.copy()
    for _ in range(_STEPS):
        error = counts * (_logistic(features @ weights) - degrees)
        weights -= _RATE * (features.T @ error + held * (weights - _PRIOR)) / len(degrees)
        weights[1:] = np.where(weights[1:] * signs[1:] < 0, 0.0, weights[1:])
    return weights


def thresholds(relevance: Vector, data: Sample) -> Thresholds:
    """Return the thresholds that bring the levels nearest to the labels; of equals, the middle ones."""
    counts = np.where(data.samples, SAMPLE, 1.0)
    grid = [(round(low, 2), round(high, 2)) for low, high in product(_GRID, _GRID) if high >= low + _APART]
    losses = [float((counts * np.abs(_degrees(relevance, *pair) - data.degrees)).sum()) for pair in grid]
    best = [pair for pair, loss in zip(grid, losses, strict=True) if loss <= min(losses)]
    passing, direct = best[len(best) // 2]
    return Thresholds(passing=passing, direct=direct)


def _degrees(relevance: Vector, passing: float, direct: float) -> Vector:
    return np.where(relevance >= direct, 1.0, np.where(relevance >= passing, DEGREE["passing"], 0.0))


def _logistic(values: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-values)))


def cross_validated(data: Sample, penalty: float) -> float:
    """Return the mean squared distance of relevance from degree over folds that were not fitted on."""
    fold = np.arange(len(data.degrees)) % _FOLDS
    errors = [
        (
            _logistic(
                data.features[fold == number]
                @ fit(data.features[fold != number], data.degrees[fold != number], penalty)
            )
            - data.degrees[fold == number]
        )
        ** 2
        for number in range(_FOLDS)
    ]
    return float(np.concatenate(errors).mean())


def written(text: str, weights: Vector, limits: Thresholds) -> str:
    """Return a watchlist's YAML with new weights and thresholds, every other character as it was."""
    block = "".join(f"    {name}: {float(weight):.2f}\n" for name, weight in zip(_ALL, weights, strict=True))
    text, blocks = re.subn(r"(?m)(?<=^  weights:\n)(?:    \w+: \S+\n)+", lambda _: block, text)
    line = f"  thresholds: {{passing: {limits.passing:.2f}, direct: {limits.direct:.2f}}}"
    text, lines = re.subn(r"(?m)^  thresholds: \{.*\}$", lambda _: line, text)
    if (blocks, lines) != (1, 1):
        raise SystemExit(
            "the watchlist has no weights block or no line of thresholds of the usual form; write them first"
        )
    return text


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, print the weights, and write them where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchlist", type=Path, default=WATCHLIST)
    parser.add_argument("--penalty", type=float, default=PENALTY)
    parser.add_argument("--write", action="store_true", help="write the weights into the watchlist")
    chosen = parser.parse_args(arguments)
    data = sample(load_watchlist(chosen.watchlist), [*part_of(load(), "fitting"), *samples(), *notices()])
    weights = fit(data.features, data.degrees, chosen.penalty)
    limits = thresholds(_logistic(data.features @ weights), data)
    for name, weight in zip(_ALL, weights, strict=True):
        print(f"{name:16} {weight:6.2f}")
    print(f"thresholds: passing {limits.passing}, direct {limits.direct}")
    print(
        f"cross-validated mean squared error: {cross_validated(data, chosen.penalty):.4f}, {len(data.degrees)} articles"
    )
    if chosen.write:
        text = chosen.watchlist.read_text(encoding="utf-8")
        chosen.watchlist.write_text(written(text, weights, limits), encoding="utf-8")


if __name__ == "__main__":
    main()
