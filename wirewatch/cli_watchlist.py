"""The commands of the watchlists."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The watchlists: tested by their examples, tried on the archive.")

EXIT_FAILED = 1


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


@app.command("try")
def try_draft(
    draft: Annotated[Path, typer.Argument(help="YAML file of the draft.")],
    since: Annotated[str, typer.Option(help="Only articles published since: 30d, 12h, 2w or a day.")] = "30d",
    against: Annotated[str | None, typer.Option(help="Id of the live watchlist; by default that of the draft.")] = None,
    most: Annotated[int, typer.Option(min=0, help="So many stories of a kind are shown.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="One line of JSON, with all stories.")] = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Judge the articles of the archive by a draft: alerts a day, and which stories come and go. Writes nothing."""
    from rich.console import Console

    from wirewatch import batch, configuration, replay_view, watchlist_commands

    settings, now = configuration.load(), datetime.now(UTC)
    with Console(stderr=True).status("reading the archive"):
        tried = watchlist_commands.try_draft(draft, since, now, against, settings)
    if json:
        batch.write_lines([replay_view.as_json(tried)], batch.STDIN)
    else:
        replay_view.show(tried, most, Console())
