"""The commands of the watchlists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The watchlists: tested by the examples they contain.")

EXIT_FAILED = 1


@app.callback()
def _group() -> None:
    """Keep the group's name in front of its commands, however few they are."""


@app.command("test")
def run_examples(
    watchlists: Annotated[
        list[Path] | None, typer.Argument(help="YAML files; by default those of the settings.")
    ] = None,
) -> None:
    """Run the examples in watchlists: what must match and what must not. Exit 1 when one fails."""
    from rich.console import Console

    from wirewatch import configuration, watchlist_view, wiring

    failed = 0
    for path in watchlists or wiring.watchlist_paths(configuration.load()):
        outcomes = wiring.watchlist_outcomes(path)
        failed += sum(bool(outcome.problems) for outcome in outcomes)
        watchlist_view.show_outcomes(path, outcomes, Console())
    if failed:
        raise typer.Exit(EXIT_FAILED)
