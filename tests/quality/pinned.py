"""The scores that the testing part must not fall below."""

from __future__ import annotations

import math
from pathlib import Path

import yaml

from tests.quality.scoring import Scores

PINNED = Path(__file__).parent / "pinned.yaml"

Table = dict[str, dict[str, float]]


def measured(scores: Scores) -> Table:
    """Return what is pinned, for each language and for all: scores between 0 and 1, the higher the better."""
    groups = scores.languages() | {"all": scores}
    return {
        name: {
            "direct_f1": own.direct.f1,
            "accuracy": own.accuracy,
            "actors_f1": own.actors().f1,
            "quotes_f1": own.quotes.f1,
            "first_theme": own.first_theme,
            "calibration": 1 - own.brier,
        }
        for name, own in groups.items()
    }


def pinned(path: Path = PINNED) -> Table:
    """Return the pinned scores."""
    table: Table = yaml.safe_load(path.read_text(encoding="utf-8"))
    return table


def floored(table: Table) -> Table:
    """Return the scores cut to two digits, as they are pinned."""
    return {group: {name: math.floor(value * 100) / 100 for name, value in own.items()} for group, own in table.items()}


def drops(found: Table, floor: Table) -> list[str]:
    """Return each score below its pinned one, one line each."""
    return [
        f"{group}: {score} is {found[group][score]:.3f}, pinned at {least:.2f}"
        for group, scores in floor.items()
        for score, least in scores.items()
        if found[group][score] < least
    ]
