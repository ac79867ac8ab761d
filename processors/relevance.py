"""How much an article is about the relation of two sides: its features, weighed by the watchlist."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.messages import Level
from processors.features import features
from processors.passages import Passage
from processors.watchlist import CompiledWatchlist
from processors.watchlist_model import Thresholds


@dataclass(frozen=True)
class Judgement:
    """Relevance between 0 and 1, the level, and what each feature contributed before the logistic function."""

    relevance: float
    level: Level
    score: dict[str, float]


def judge(passages: Sequence[Passage], watchlist: CompiledWatchlist) -> Judgement:
    """Return how relevant the passages make their article."""
    weights = watchlist.relation.weights.model_dump()
    found = features(passages, watchlist)
    score = {"base": weights["base"]} | {
        name: round(weights[name] * value, 4) for name, value in found.items() if value and weights[name]
    }
    relevance = round(1 / (1 + math.exp(-sum(score.values()))), 4) if found else 0.0
    return Judgement(relevance, level_of(relevance, watchlist.relation.thresholds), score if found else {})


def level_of(relevance: float, thresholds: Thresholds) -> Level:
    """Return the level a relevance reaches."""
    if relevance >= thresholds.direct:
        return "direct"
    return "passing" if relevance >= thresholds.passing else "none"
