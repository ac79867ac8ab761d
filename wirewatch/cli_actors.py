"""The commands of the actors."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The actors: who is in the news and on no watchlist.")


@app.callback()
def _group() -> None:
    """Keep the group's name in front of its commands, however few they are."""


@app.command()
def candidates(
    since: Annotated[str, typer.Option(help="Only articles published since: 30d, 12h, 2w or a day.")] = "30d",
    min_count: Annotated[int, typer.Option(min=1, help="Only those named so often, in all articles together.")] = 2,
    watchlist: Annotated[str | None, typer.Option(help="Only those of the watchlist with this id.")] = None,
    most: Annotated[int, typer.Option(min=1, help="So many at most.")] = 100,
    json: Annotated[bool, typer.Option("--json", help="JSON lines, one a candidate.")] = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Show who is named in relevant articles and on no watchlist, most often first, with the newest article."""
    from rich.console import Console

    from wirewatch import actor_commands, actor_view, batch, configuration

    now = datetime.now(UTC)
    found = actor_commands.candidates(configuration.load(), since, now, watchlist, min_count)[:most]
    if json:
        batch.write_lines((asdict(one) for one in found), batch.STDIN)
    elif sys.stdout.isatty():
        actor_view.show_candidates(found, Console())
    else:
        for one in found:
            typer.echo(actor_view.candidate_line(one))
