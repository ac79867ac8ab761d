"""The command that reports on a period."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class ReportFormat(StrEnum):
    """How a report is written."""

    html = "html"
    md = "md"


def register(app: typer.Typer) -> None:
    """Add the command to the program's."""
    app.command()(report)


def report(
    since: Annotated[str, typer.Option(help="Begin of the period, which ends now: 7d, 12h, 2w or a day.")] = "7d",
    form: Annotated[ReportFormat, typer.Option("--format", help="A page to read or print, or Markdown.")] = (
        ReportFormat.html
    ),
    watchlist: Annotated[str | None, typer.Option(help="Only what the watchlist with this id finds relevant.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")] = None,
) -> None:
    """Report on a period: stories, actors, themes, who reported and who did not, with charts."""
    from wirewatch import configuration, report_commands

    text = report_commands.report(configuration.load(), since, datetime.now(UTC), watchlist, form.value)
    if output is None:
        typer.echo(text, nl=False)
    else:
        report_commands.write(text, output)
