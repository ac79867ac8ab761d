"""The command that shows all stages while they work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.settings import Settings
    from sinks.alerted import AlertSeen
    from wirewatch.top_pages import Look

LAST_ALERTS = 8
EXIT_FAILED = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(top)


def top(
    targets: Annotated[list[str] | None, typer.Argument(help="Hosts of the stages; all stages if none.")] = None,
    prometheus: Annotated[str | None, typer.Option(help="Ask this Prometheus, as http://prometheus:9090.")] = None,
    interval: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Look twice, print, and end.")] = False,  # noqa: FBT002  # typer's way to declare a flag
) -> None:
    """Show all stages while they work: messages a second, errors, what is behind, seconds a message, last alerts.

    Over the last 30 seconds, until Ctrl-C. Exit 1 when no stage answers.
    """
    import time
    from datetime import UTC, datetime

    from rich.console import Console
    from rich.live import Live

    from wirewatch import configuration, top_pages, top_view
    from wirewatch.top import Watch

    settings = configuration.load()
    hosts = targets or _hosts(settings)

    def look() -> Look:
        if prometheus is not None:
            return top_pages.from_prometheus(prometheus)
        return top_pages.from_stages(hosts, settings.metrics.port)

    watch = Watch()
    frame = watch.add(time.monotonic(), look())
    if once or not sys.stdout.isatty():
        time.sleep(interval)
        frame = watch.add(time.monotonic(), look())
        typer.echo(top_view.plain(frame, _alerts(settings), datetime.now(UTC)))
        if not frame.rows:
            raise typer.Exit(EXIT_FAILED)
        return
    with Live(console=Console(), auto_refresh=False, screen=True) as live:
        while True:
            live.update(top_view.drawn(frame, _alerts(settings), datetime.now(UTC)), refresh=True)
            time.sleep(interval)
            frame = watch.add(time.monotonic(), look())


def _hosts(settings: Settings) -> Sequence[str]:
    """Return where the stages are by default: in containers named after them, or all in one process here."""
    from wirewatch.stages import STAGES

    return list(STAGES) if settings.bus == "kafka" else ["127.0.0.1"]


def _alerts(settings: Settings) -> list[AlertSeen]:
    """Return the newest alerts; none where the database cannot be read: the stages are shown all the same."""
    from pipeline.errors import InputError, Retry
    from sinks import alerted
    from wirewatch import wiring

    try:
        with wiring.archive(settings) as engine:
            return alerted.newest(engine, LAST_ALERTS)
    except (InputError, Retry):
        return []
