"""The commands of the feeds: list, check, discover, add, retire, import and export."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True, help="The feeds: seen, checked, found, added and retired.")

EXIT_FAILED = 1
STDOUT = "-"

AsJson = Annotated[bool, typer.Option("--json", help="JSON lines, one a feed.")]
Address = Annotated[str, typer.Argument(help="Address of the feed.")]


@app.command("list")
def list_feeds(
    state: Annotated[list[str] | None, typer.Option(help="Only feeds in this state; may be repeated.")] = None,
    country: Annotated[list[str] | None, typer.Option(help="Only this country, as KH; may be repeated.")] = None,
    outlet: Annotated[str, typer.Option(help="Only outlets with this in their name.")] = "",
    json: AsJson = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Show each feed: its state, last success, last new entry, next poll, entries a day, and what is wrong."""
    from rich.console import Console

    from ingest.feed_list import as_json
    from wirewatch import configuration, feed_commands, feed_view

    settings, now = configuration.load(), datetime.now(UTC)
    wanted = feed_commands.wanted(state or (), country or (), outlet)
    feeds = [one for one in feed_commands.listed(settings) if one in wanted]
    unwell = feed_commands.unwell(settings)
    if json:
        _write_json([as_json(one, unwell) for one in feeds])
    elif sys.stdout.isatty():
        feed_view.show_list(feeds, now, Console(), unwell)
    else:
        for one in feeds:
            typer.echo(feed_view.lines(one, now, unwell))


@app.command()
def check(
    urls: Annotated[list[str] | None, typer.Argument(help="Addresses; all feeds that are polled if none.")] = None,
    json: AsJson = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Ask feeds once, now, and say what each answered, and what its outlet's pages lack; their state stays.

    Exit 1 when one cannot be used.
    """
    from wirewatch import configuration, feed_commands, feed_view

    settings, failed = configuration.load(), 0
    unwell = feed_commands.unwell(settings)

    def tell(checked: feed_commands.Checked) -> None:
        nonlocal failed
        failed += checked.feed is None
        if json:
            _write_json([feed_commands.as_json(checked, unwell)])
        else:
            typer.echo(feed_view.checked_line(checked, datetime.now(UTC), unwell))

    feed_commands.check(urls or (), settings, tell)
    if failed:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def discover(
    url: Annotated[str, typer.Argument(help="Home page of an outlet.")],
    json: AsJson = False,  # noqa: FBT002  # typer's way to declare a flag
    opml: Annotated[bool, typer.Option("--opml", help="An OPML file of those that work.")] = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Find the feeds of a site: named or linked by its page, in robots.txt, in the usual places. Exit 1 for none."""
    from ingest.discover import Found
    from ingest.opml import as_opml
    from wirewatch import configuration, feed_commands, feed_view

    working: list[Found] = []

    def tell(found: Found) -> None:
        if found.feed is not None:
            working.append(found)
        if json:
            _write_json([feed_commands.found_json(found)])
        elif not opml:
            typer.echo(feed_view.found_line(found, datetime.now(UTC)))

    feed_commands.discover(url, configuration.load(), tell)
    if not working:
        typer.echo(f"wirewatch: {url}: no feed was found", err=True)
        raise typer.Exit(EXIT_FAILED)
    if opml:
        _write(as_opml(map(feed_commands.discovered_feed, working), f"Feeds of {url}"), STDOUT)


@app.command()
def add(
    url: Address,
    outlet: Annotated[str | None, typer.Option(help="Name of the outlet; by default the feed's title.")] = None,
    country: Annotated[str | None, typer.Option(help="Code of ISO 3166-1 alpha-2, as KH.")] = None,
    language: Annotated[str | None, typer.Option(help="Tag of BCP 47; by default what the feed says.")] = None,
    kind: Annotated[str | None, typer.Option(help="wire, public, private, state or official.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who owns the outlet.")] = None,
) -> None:
    """Ask a feed and put it into the schedule; a running poller soon polls it, whatever its catalogue lists."""
    from ingest.discover import newest
    from wirewatch import configuration, feed_commands, feed_view

    said = {"text": outlet, "country": country, "language": language, "kind": kind, "owner": owner}
    feed, parsed = feed_commands.add(url, said, configuration.load())
    now = datetime.now(UTC)
    typer.echo(f"added {feed.outlet.name}: {feed_view.in_words(parsed, newest(parsed, now), None, now)}")


@app.command()
def retire(url: Address) -> None:
    """Take a feed out of the schedule for good; it is kept and shown. `feeds add` brings it back."""
    from wirewatch import configuration, feed_commands

    feed = feed_commands.retire(url, configuration.load())
    typer.echo(f"retired {feed.outlet.name}: {feed.url}")


@app.command("import")
def import_file(file: Annotated[Path, typer.Argument(help="OPML file, of any program.")]) -> None:
    """Put the feeds of an OPML file into the schedule, without asking them first."""
    from wirewatch import configuration, feed_commands

    new, known = feed_commands.import_file(file, configuration.load())
    typer.echo(f"imported {new} feeds; {known} were known already")


@app.command()
def export(
    output: Annotated[str, typer.Option("--output", "-o", help="File; - for standard output.")] = STDOUT,
) -> None:
    """Write the feeds as OPML: those of the catalogue and those added by command; retired ones as disabled."""
    from ingest.feed_list import exported
    from ingest.opml import as_opml
    from wirewatch import configuration, feed_commands

    _write(as_opml(exported(feed_commands.listed(configuration.load())), "wirewatch feeds"), output)


def _write(document: bytes, output: str) -> None:
    from pipeline.errors import InputError

    if output == STDOUT:
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()
        return
    try:
        Path(output).write_bytes(document)
    except OSError as error:
        raise InputError(output, f"cannot be written: {error.strerror}", "Name a file in a writable folder.") from None


def _write_json(rows: list[dict[str, Any]]) -> None:
    from wirewatch import batch

    batch.write_lines(rows, batch.STDIN)
