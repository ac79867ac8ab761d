"""Fitted weights for a person."""

from __future__ import annotations

from collections.abc import Iterator

from processors.fitting import NAMES, vector
from wirewatch.label_commands import Refit


def refit_lines(found: Refit) -> Iterator[str]:
    """Yield old and new weights and thresholds, and how far both are from the labels."""
    relation = found.old.relation
    yield f"{'weight':16} {'now':>6} {'new':>6}"
    for name, old, new in zip(NAMES, vector(relation.weights), found.weights, strict=True):
        yield f"{name:16} {old:6.2f} {new:6.2f}"
    for name, old, new in (
        ("passing", relation.thresholds.passing, found.limits.passing),
        ("direct", relation.thresholds.direct, found.limits.direct),
    ):
        yield f"{f'from {name}':16} {old:6.2f} {new:6.2f}"
    yield (
        f"mean squared error on {found.articles} labelled articles: {found.error_now:.4f} now,"
        f" {found.error_new:.4f} with new weights (cross-validated)"
    )
    if found.unusable:
        yield f"{found.unusable} labels say nothing of weights: no text in the archive, or not both sides in it"
