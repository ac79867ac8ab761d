"""The commands of history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

backfill = typer.Typer(no_args_is_help=True, help="History: brought in from where it is, without alerting.")

DAY = ["%Y-%m-%d"]


@backfill.callback()
def _group() -> None:
    """Keep the group's name in front of its commands, however few they are."""


@backfill.command()
def sitemap(
    url: Annotated[str, typer.Argument(help="Address of a sitemap, or of an index of sitemaps.")],
    begin: Annotated[datetime, typer.Option("--from", formats=DAY, help="First day of the pages that are taken.")],
    end: Annotated[datetime, typer.Option("--to", formats=DAY, help="Last day of the pages that are taken.")],
) -> None:
    """Fetch, tag and store the pages of a time that sitemaps name and nobody has seen; nothing is alerted of."""
    from datetime import timedelta

    from wirewatch import backfill_commands, configuration, logs

    settings = configuration.load()
    logs.configure(settings.log)
    days = begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC) + timedelta(days=1)
    many = backfill_commands.sitemap(settings, url, *days, tell=_tell)
    typer.echo(f"{many} pages went through the stages")


def register(app: typer.Typer) -> None:
    """Add the commands to the program's."""
    app.add_typer(backfill, name="backfill")
    app.command()(replay)


def replay(
    since: Annotated[str, typer.Option(help="Only articles published since: 30d, 12h, 2w or a day.")],
    watchlist: Annotated[str | None, typer.Option(help="Make stories for the watchlist with this id only.")] = None,
) -> None:
    """Judge the articles of the archive again, by the rules of today, fetching nothing and alerting nobody."""
    from wirewatch import backfill_commands, configuration, logs

    settings = configuration.load()
    logs.configure(settings.log)
    many = backfill_commands.replay(settings, since, datetime.now(UTC), watchlist, _tell)
    typer.echo(f"{many} articles went through the stages")


def _tell(words: str) -> None:
    typer.echo(words, err=True)
