"""The outcomes of a watchlist's examples, for a person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from processors.watchlist_examples import Outcome
from sinks.inert import line

SHOWN = 60
"""Characters of an example's title or text that are shown."""


def show_outcomes(path: Path, outcomes: Sequence[Outcome], console: Console) -> None:
    """Print how many examples passed, below a table of those that failed."""
    failed = [outcome for outcome in outcomes if outcome.problems]
    if failed:
        console.print(_table(failed))
    console.print(
        f"{path}: {len(outcomes) - len(failed)} of {len(outcomes)} examples passed", highlight=False, soft_wrap=True
    )


def _table(failed: Sequence[Outcome]) -> Table:
    table = Table("example", "what it says", "relevance", "what is wrong", box=None, pad_edge=False)
    for outcome in failed:
        words = line(outcome.example.title or outcome.example.text)
        table.add_row(
            f"{outcome.demand} {outcome.number}",
            Text(words if len(words) <= SHOWN else f"{words[:SHOWN]}…"),
            f"{outcome.relevance:.2f}",
            Text("; ".join(outcome.problems)),
        )
    return table
