"""The wirewatch command: its stages, the tasks around them, and how an error reaches the user."""

from __future__ import annotations

import contextlib
import os
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import InputError, WirewatchError
from wirewatch import (
    __version__,
    cli_actors,
    cli_alerts,
    cli_backfill,
    cli_batch,
    cli_dead_letters,
    cli_export,
    cli_feeds,
    cli_label,
    cli_report,
    cli_stories,
    cli_top,
    cli_topics,
    cli_trace,
    cli_watchlist,
)
from wirewatch.stages import SERVERS, STAGES

EXIT_FAILED = 1
EXIT_INPUT = 2
PANEL = "Stages, one process each"
HEALTH_TIMEOUT = 5.0
"""Seconds to wait for the health page of a stage on this machine."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Streaming media monitoring: from news feeds to tagged articles, stories and alerts.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cli_topics.app, name="topics")
app.add_typer(cli_dead_letters.app, name="dlt")
app.add_typer(cli_feeds.app, name="feeds")
app.add_typer(cli_actors.app, name="actors")
app.add_typer(cli_watchlist.app, name="watchlist")
app.add_typer(cli_stories.app, name=cli_stories.STAGE, rich_help_panel=PANEL)
app.add_typer(cli_alerts.app, name=cli_alerts.STAGE, rich_help_panel=PANEL)
cli_backfill.register(app)
cli_batch.register(app)
cli_export.register(app)
cli_label.register(app)
cli_report.register(app)
cli_top.register(app)
cli_trace.register(app)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    if version:
        typer.echo(f"wirewatch {__version__}")
        raise typer.Exit


def _stage_command(name: str) -> Callable[[], None]:
    def command() -> None:
        _run_stages([name])

    command.__doc__ = (STAGES | SERVERS)[name]
    return command


for _name in STAGES | SERVERS:
    if _name not in (cli_stories.STAGE, cli_alerts.STAGE):
        app.command(_name, rich_help_panel=PANEL)(_stage_command(_name))


@cli_stories.app.callback(invoke_without_command=True)
def _stories(context: typer.Context) -> None:
    """Group relevant articles into stories; with a command, look at those of the archive."""
    if context.invoked_subcommand is None:
        _run_stages([cli_stories.STAGE])


@cli_alerts.app.callback(invoke_without_command=True)
def _alerts(context: typer.Context) -> None:
    """Alert of new stories, through the ledger; with a command, look at the ledger and change it."""
    if context.invoked_subcommand is None:
        _run_stages([cli_alerts.STAGE])


def _run_stages(names: list[str], *, with_feed: bool = False) -> None:
    from wirewatch import configuration, logs, service

    settings = configuration.load()
    logs.configure(settings.log)
    asked = list(SERVERS) if with_feed and settings.feed.enabled else []
    raise typer.Exit(service.serve(settings, names + asked))


@app.command(rich_help_panel=PANEL)
def run() -> None:
    """Run all stages in this process."""
    _run_stages(list(STAGES), with_feed=True)


@app.command()
def demo(
    stay: Annotated[bool, typer.Option("--stay", help="Keep running at the end, until Ctrl-C.")] = False,  # noqa: FBT002  # typer's way to declare a flag
    data: Annotated[Path | None, typer.Option(help="Folder to work in; a temporary one by default.")] = None,
) -> None:
    """Run the whole pipeline against the sample news site on 127.0.0.1."""
    from wirewatch import demo as demonstration

    raise typer.Exit(demonstration.run(stay=stay, data=data))


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    from pipeline import database
    from wirewatch import configuration, wiring

    engine = wiring.open_database(configuration.load())
    database.migrate(engine)
    engine.dispose()
    typer.echo("the database is up to date")


@app.command()
def check() -> None:
    """Validate settings, catalogue, watchlists and alert rules; print the settings with secrets masked."""
    from wirewatch import configuration, wiring

    settings = configuration.load()
    feeds = wiring.load_catalogue(settings)
    watchlists = wiring.load_watchlists(settings)
    wiring.load_entities(settings)
    channels = wiring.channel_names(settings)
    rules = wiring.load_rules(settings, wiring.known_names(watchlists, channels))
    for name, value in configuration.shown(settings):
        typer.echo(f"{name} = {value}")
    typer.echo(f"catalogue: {len(feeds)} feeds")
    for watchlist in watchlists:
        typer.echo(f"watchlist {watchlist.id}: {len(watchlist.actors)} actors, {len(watchlist.themes)} themes")
    typer.echo(f"channels: {', '.join(channels) or '-'}")
    for rule in rules:
        typer.echo(f"rule {rule.id}: {rule.send}, to {', '.join(rule.channels or ()) or 'no channel'}")


@app.command()
def health(
    port: Annotated[int | None, typer.Option(help="Port of the stage's metrics; by default the setting.")] = None,
) -> None:
    """Ask the stage on this machine whether it works; exit 1 if not. For a container's health check."""
    from wirewatch import configuration

    settings = configuration.load()
    address = f"http://127.0.0.1:{port or settings.metrics.port}/healthz"
    try:
        with urllib.request.urlopen(address, timeout=HEALTH_TIMEOUT) as answer:  # this machine's own page
            typer.echo(answer.read().decode().strip())
    except OSError as error:
        typer.echo(f"{address}: {error}", err=True)
        raise typer.Exit(EXIT_FAILED) from None


@app.command()
def schemas(folder: Annotated[Path, typer.Argument(help="Where to write the JSON schemas.")]) -> None:
    """Write the JSON schemas of every message, of watchlists and of alert rules."""
    from wirewatch import schema_files

    for path in schema_files.write(folder):
        typer.echo(path)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn an error into a message of one or two lines and the exit code."""
    try:
        yield
    except InputError as error:
        typer.echo(f"wirewatch: {error}", err=True)
        sys.exit(EXIT_INPUT)
    except WirewatchError as error:
        typer.echo(f"wirewatch: {error}", err=True)
        sys.exit(EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe has seen enough; what Python still holds for it goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FAILED)
    except OSError as error:
        # A folder that may not be written, a full disk: where it was met does not help the user.
        typer.echo(f"wirewatch: {error}", err=True)
        sys.exit(EXIT_FAILED)


def main() -> None:
    """Run the command."""
    with _explained():
        app(standalone_mode=True)
