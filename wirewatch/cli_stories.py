"""The commands of the stories; the group's own name runs their stage."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

STAGE = "stories"

app = typer.Typer()


class Format(StrEnum):
    """How a command shows what it found."""

    auto = "auto"
    table = "table"
    lines = "lines"
    json = "json"


AsFormat = Annotated[
    Format, typer.Option("--format", help="Auto: a table on a terminal, else lines with tabs; json: JSON lines.")
]
Watchlist = Annotated[str | None, typer.Option(help="Only those of the watchlist with this id.")]
Level = Annotated[list[str] | None, typer.Option(help="Only this level, as direct; may be repeated.")]
Actor = Annotated[list[str] | None, typer.Option(help="Only with this actor, by id or name; may be repeated.")]
Theme = Annotated[list[str] | None, typer.Option(help="Only with this theme, by id; may be repeated.")]
Country = Annotated[list[str] | None, typer.Option(help="Only of outlets of this country, as KH; may be repeated.")]
Lang = Annotated[list[str] | None, typer.Option(help="Only in this language, as km; may be repeated.")]
Outlet = Annotated[list[str] | None, typer.Option(help="Only of this outlet, its whole name; may be repeated.")]
Most = Annotated[int, typer.Option("--most", min=1, help="So many at most, the newest.")]


@app.command("list")
def list_stories(  # noqa: PLR0913  # one parameter an option
    *,
    since: Annotated[str, typer.Option(help="Only stories updated since: 7d, 12h, 2w or a day.")] = "7d",
    watchlist: Watchlist = None,
    level: Level = None,
    actor: Actor = None,
    theme: Theme = None,
    country: Country = None,
    lang: Lang = None,
    outlet: Outlet = None,
    most: Most = 50,
    form: AsFormat = Format.auto,
) -> None:
    """Show the stories, last updated first; actor, theme, country, language and outlet are those of any article."""
    from rich.console import Console

    from wirewatch import batch, configuration, story_commands, story_view

    wanted = story_commands.Wanted(
        since, watchlist, level or (), actor or (), theme or (), country or (), lang or (), outlet or ()
    )
    found = story_commands.stories(configuration.load(), wanted, most, datetime.now(UTC))
    if form is Format.json:
        batch.write_lines(map(story_commands.story_json, found), batch.STDIN)
    elif _as_table(form):
        story_view.show_stories(found, Console())
    else:
        for one in found:
            typer.echo(story_view.story_line(one))


@app.command()
def show(
    story: Annotated[str, typer.Argument(help="Id of the story, or how it begins.")],
    form: AsFormat = Format.auto,
) -> None:
    """Show one story: its articles in the order of publication, actors, quotes, and what was alerted of it."""
    from wirewatch import batch, configuration, story_commands, story_view

    detail = story_commands.story(configuration.load(), story)
    if form is Format.json:
        batch.write_lines([story_commands.detail_json(detail)], batch.STDIN)
    else:
        for one in story_view.detail_lines(detail):
            typer.echo(one)


@app.command()
def search(  # noqa: PLR0913  # one parameter an option
    text: Annotated[str, typer.Argument(help='Words, "words in this order", begin* or -without.')],
    *,
    since: Annotated[str | None, typer.Option(help="Only articles published since: 7d, 12h, 2w or a day.")] = None,
    watchlist: Watchlist = None,
    level: Level = None,
    actor: Actor = None,
    theme: Theme = None,
    country: Country = None,
    lang: Lang = None,
    outlet: Outlet = None,
    most: Most = 20,
    form: AsFormat = Format.auto,
) -> None:
    """Find articles by all the words, newest first, relevant or not, each with the stories it is in."""
    from dataclasses import asdict

    from rich.console import Console

    from wirewatch import batch, configuration, story_commands, story_view

    wanted = story_commands.Wanted(
        since, watchlist, level or (), actor or (), theme or (), country or (), lang or (), outlet or ()
    )
    found = story_commands.found(configuration.load(), text, wanted, most, datetime.now(UTC))
    if form is Format.json:
        batch.write_lines(map(asdict, found), batch.STDIN)
    elif _as_table(form):
        story_view.show_hits(found, Console())
    else:
        for one in found:
            typer.echo(story_view.hit_line(one))


@app.command()
def split(
    story: Annotated[str, typer.Argument(help="Id of the story, or how it begins.")],
    articles: Annotated[list[str], typer.Argument(help="Ids or addresses of articles that do not belong in it.")],
) -> None:
    """Give articles a story of their own, with the copies of each; nothing that comes later undoes it."""
    from wirewatch import configuration, story_judging

    moved = story_judging.split(configuration.load(), story, articles)
    typer.echo(f"{moved.articles} articles are now story {moved.story}")


@app.command()
def merge(
    story: Annotated[str, typer.Argument(help="Id of the story that stays, or how it begins.")],
    others: Annotated[list[str], typer.Argument(help="Ids of the stories that become part of it.")],
) -> None:
    """Make several stories of one watchlist one; nothing that comes later undoes it."""
    from wirewatch import configuration, story_judging

    moved = story_judging.merge(configuration.load(), story, others)
    typer.echo(f"{moved.articles} articles are now in story {moved.story}")


def _as_table(form: Format) -> bool:
    return form is Format.table or (form is Format.auto and sys.stdout.isatty())
