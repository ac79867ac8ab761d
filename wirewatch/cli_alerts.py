"""The commands of the alert ledger; the group's own name runs the stage."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

STAGE = "alerts"

app = typer.Typer()

EXIT_FAILED = 1

AsJson = Annotated[bool, typer.Option("--json", help="JSON lines, one an alert.")]
Ids = Annotated[list[str], typer.Argument(help="Ids as `alerts list` shows them.")]


@app.command("list")
def list_alerts(
    state: Annotated[list[str] | None, typer.Option(help="Only those in this state; may be repeated.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only those of this channel.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only those of this rule.")] = None,
    watchlist: Annotated[str | None, typer.Option(help="Only those of this watchlist.")] = None,
    since: Annotated[str | None, typer.Option(help="Only those entered since: 30d, 12h, 2w or a day.")] = None,
    most: Annotated[int, typer.Option(min=1, help="So many at most, the newest first.")] = 50,
    json: AsJson = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Show alerts: their state, rule, channel, tries, and what they wait for or what is wrong."""
    from rich.console import Console

    from wirewatch import alert_commands, alert_view, batch, configuration

    settings, now = configuration.load(), datetime.now(UTC)
    wanted = alert_commands.wanted(state or (), channel, rule, watchlist, since, now)
    with alert_commands.desk(settings) as desk:
        found = desk.find(wanted, most)
    if json:
        batch.write_lines(map(alert_view.as_json, found), batch.STDIN)
    elif sys.stdout.isatty():
        alert_view.show_list(found, now, Console())
    else:
        for entry in found:
            typer.echo(alert_view.one_line(entry, now))


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="Id, or how it begins.")],
    json: AsJson = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Show all there is to say of one alert."""
    from rich.console import Console

    from wirewatch import alert_commands, alert_view, batch, configuration

    with alert_commands.desk(configuration.load()) as desk:
        entry = desk.one(name)
    if json:
        batch.write_lines([alert_view.as_json(entry)], batch.STDIN)
    else:
        alert_view.show_one(entry, datetime.now(UTC), Console())


@app.command()
def ack(names: Ids) -> None:
    """Acknowledge alerts: somebody has seen them, and no channel is told of them any more."""
    from wirewatch import alert_commands, configuration

    with alert_commands.desk(configuration.load()) as desk:
        typer.echo(f"{desk.acknowledge(names)} alerts acknowledged, in all channels")


@app.command()
def snooze(
    story: Annotated[str | None, typer.Option(help="Id of a story, or how it begins.")] = None,
    rule: Annotated[str | None, typer.Option(help="Id of a rule.")] = None,
    until: Annotated[
        str | None, typer.Option(help="8h, 3d, 2w, or a day and time, in UTC unless it says more.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="End it now.")] = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Hold back what concerns a story or a rule until a time, when it is told in one; without options show what is."""
    from wirewatch import alert_commands, alert_view, configuration
    from wirewatch.since import until as end_of

    settings, now = configuration.load(), datetime.now(UTC)
    with alert_commands.desk(settings) as desk:
        if story is None and rule is None and until is None and not off:
            for each in desk.snoozes():
                typer.echo(alert_view.snooze_line(each, now))
            return
        scope, subject = alert_commands.subject(desk, settings, story, rule)
        if off:
            typer.echo("is told again" if desk.end_snooze(scope, subject) else "was not snoozed")
            return
        end = end_of(until or "", now)
        held = desk.snooze(scope, subject, end)
    typer.echo(f"{scope} {subject} is snoozed until {end:%Y-%m-%d %H:%M} UTC; {held} alerts wait for that")


@app.command()
def resend(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[IDS]...", help="Ids as shown by `alerts list`.")
    ] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All that were given up.")] = False,  # noqa: FBT002  # typer's way to declare a flag
    channel: Annotated[str | None, typer.Option(help="With --dead: only those of this channel.")] = None,
) -> None:
    """Send alerts again, under the ids they have; a running sink does so within seconds."""
    from pipeline.errors import InputError
    from wirewatch import alert_commands, configuration

    if bool(names) == dead:
        raise InputError("resend", "names both ids and --dead, or neither", "Give ids, or --dead for all given up.")
    with alert_commands.desk(configuration.load()) as desk:
        count = desk.resend_dead(channel) if dead else desk.resend(names or ())
    typer.echo(f"{count} alerts will be sent again")


@app.command("test")
def try_channels(
    channels: Annotated[list[str] | None, typer.Argument(help="Names of channels; all of them if none.")] = None,
) -> None:
    """Send an alert that is marked as a test through channels, past the ledger. Exit 1 when one does not take it."""
    from wirewatch import alert_commands, configuration

    failed = False
    for channel in alert_commands.chosen(channels or (), configuration.load()):
        problem = alert_commands.attempt(channel, datetime.now(UTC))
        failed = failed or problem is not None
        typer.echo(f"{channel.name}: {f'FAILED: {problem}' if problem else 'took it'}")
    if failed:
        raise typer.Exit(EXIT_FAILED)
