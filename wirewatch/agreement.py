"""How well levels agree with labels, in a few figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.messages import LEVELS, Level


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision and recall of what reaches a level, None without any, and the share of levels that are right."""

    labelled: int
    precision: float | None
    recall: float | None
    accuracy: float | None


def agreement(pairs: Iterable[tuple[Level, Level]], min_level: Level) -> Agreement:
    """Return how well the first of each pair, the level found, agrees with the second, the label."""
    least = LEVELS.index(min_level)
    ranks = [(LEVELS.index(found), LEVELS.index(label)) for found, label in pairs]
    both = sum(found >= least and label >= least for found, label in ranks)
    return Agreement(
        len(ranks),
        _share(both, sum(found >= least for found, _ in ranks)),
        _share(both, sum(label >= least for _, label in ranks)),
        _share(sum(found == label for found, label in ranks), len(ranks)),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def in_words(found: Agreement) -> str:
    """Return the figures on one line."""
    figures = (("precision", found.precision), ("recall", found.recall), ("levels right", found.accuracy))
    return ", ".join(f"{name} {'-' if value is None else f'{value:.2f}'}" for name, value in figures)
