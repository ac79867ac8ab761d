"""The command that exports the archive."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from wirewatch.cli_stories import Actor, Country, Lang, Level, Outlet, Theme, Watchlist


class ExportFormat(StrEnum):
    """How rows are written."""

    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"


class Rows(StrEnum):
    """What a row is of."""

    articles = "articles"
    mentions = "mentions"
    quotes = "quotes"
    stories = "stories"
    alerts = "alerts"


def register(app: typer.Typer) -> None:
    """Add the command to the program's."""
    app.command()(export)


def export(  # noqa: PLR0913  # one parameter an option
    *,
    form: Annotated[ExportFormat, typer.Option("--format", help="Parquet needs the extra wirewatch[parquet].")],
    what: Annotated[
        Rows, typer.Option(help="One row an article and watchlist, or what each row is of.")
    ] = Rows.articles,
    output: Annotated[str, typer.Option("--output", "-o", help="File to write; - for standard output.")] = "-",
    since: Annotated[str | None, typer.Option(help="Only what was published since: 30d, 12h, 2w or a day.")] = None,
    watchlist: Watchlist = None,
    level: Level = None,
    actor: Actor = None,
    theme: Theme = None,
    country: Country = None,
    lang: Lang = None,
    outlet: Outlet = None,
) -> None:
    """Write articles, mentions, quotes, stories or alerts of the archive for other programs, oldest first."""
    from wirewatch import configuration, export_commands, story_commands

    wanted = story_commands.Wanted(
        since, watchlist, level or (), actor or (), theme or (), country or (), lang or (), outlet or ()
    )
    now = datetime.now(UTC)
    many = export_commands.export(configuration.load(), what.value, form.value, output, wanted, now)
    typer.echo(f"{many} rows", err=True)
