"""The commands that account for what came in."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(trace)
    app.command()(funnel)


def trace(
    wanted: Annotated[str, typer.Argument(metavar="URL", help="Address of the article, or its id.")],
    json: Annotated[bool, typer.Option("--json", help="JSON lines, one an entry.")] = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Show every step of an article, from the feed that named it to its alerts, or where and why it ended."""
    from rich.console import Console

    from wirewatch import batch, configuration, trace_commands, trace_view

    found = trace_commands.trace(configuration.load(), wanted)
    if json:
        batch.write_lines((asdict(one) for one in found), batch.STDIN)
        return
    for one in found:
        if sys.stdout.isatty():
            trace_view.show_trace(one, Console())
        else:
            for line in trace_view.trace_lines(one):
                typer.echo(line)


def funnel(
    since: Annotated[str, typer.Option(help="Only entries seen since: 24h, 7d, 2w or a day.")] = "24h",
    by: Annotated[str | None, typer.Option(help="Count by outlet, feed or stage.")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON lines, one a group, end, stage and reason.")] = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Show what became of the entries seen: stored, dropped, dead-lettered or still under way, and why."""
    from rich.console import Console

    from wirewatch import batch, configuration, trace_commands, trace_view

    counts = trace_commands.funnel(configuration.load(), since, datetime.now(UTC), by)
    if json:
        batch.write_lines((asdict(one) for one in counts), batch.STDIN)
    elif sys.stdout.isatty():
        trace_view.show_funnel(counts, Console())
    else:
        for line in trace_view.funnel_lines(counts):
            typer.echo(line)
