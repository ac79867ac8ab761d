"""The demonstration: the whole pipeline on the sample news site, shown while it works."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.live import Live

from pipeline.settings import (
    AlertSettings,
    HttpSettings,
    LogSettings,
    MetricsSettings,
    PolitenessSettings,
    PollerSettings,
    RunnerSettings,
    Settings,
)
from wirewatch import logs
from wirewatch.demo_view import Progress, plain, render, summary
from wirewatch.process import stopping_on_signals
from wirewatch.service import Service, running
from wirewatch.site import SampleSite
from wirewatch.stages import STAGES

EXIT_WRONG = 1
DEADLINE = 120.0
"""Seconds for the whole site to come through; it publishes for some twelve."""

LOOK = 0.25
"""Seconds between two looks at the pipeline."""

REPORT = 3.0
"""Seconds between two lines about it where there is no terminal."""


def settings_for(data: Path, catalogue: Path, alerts: AlertSettings | None = None) -> Settings:
    """Return the settings of the demonstration: loopback may be reached, and needs no politeness."""
    return Settings(
        data=data,
        http=HttpSettings.model_validate({"allow_networks": ("127.0.0.0/8",), "contact": "sample site"}),
        politeness=PolitenessSettings(delay=0.0, in_flight=8),
        poller=PollerSettings(catalogue=catalogue, floor=0.5, cap=1.0),
        runner=RunnerSettings(backoff=0.5),
        alerts=alerts or AlertSettings(),
        metrics=MetricsSettings(port=0),
        log=LogSettings(level="error"),
    )


def run(*, stay: bool, data: Path | None, console: Console | None = None) -> int:
    """Run the demonstration; return 0 when the alerts named the right stories and only those."""
    console = console or Console()
    with contextlib.ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wirewatch-demo-")))
        folder.mkdir(parents=True, exist_ok=True)
        site = stack.enter_context(SampleSite.load())
        site.start()
        catalogue = folder / "sample-site.opml"
        catalogue.write_text(site.opml(), encoding="utf-8")
        settings = settings_for(folder, catalogue)
        logs.configure(settings.log)
        console.print(f"{len(site.outlets)} outlets on 127.0.0.1 publish {len(site.articles)} articles", style="bold")
        began = time.monotonic()
        service = stack.enter_context(running(settings, list(STAGES), console))
        stack.enter_context(stopping_on_signals(service.process.stop))
        progress = Progress(service.wiring, site, began)
        _follow(service, progress, console)
        verdict = progress.verdict()
        console.print(summary(progress.snapshot(), verdict, console))
        if stay and not service.process.stopped(0):
            console.print("Still running; Ctrl-C ends it.")
            service.process.wait()
    return 0 if verdict.right else EXIT_WRONG


def _follow(service: Service, progress: Progress, console: Console) -> None:
    """Show the pipeline until all of the site is through, it takes too long, or it is stopped."""
    deadline = time.monotonic() + DEADLINE
    with _display(progress, console) as show:
        while not service.process.stopped(LOOK):
            show()
            if progress.complete() or time.monotonic() > deadline:
                return


@contextlib.contextmanager
def _display(progress: Progress, console: Console) -> Iterator[Callable[[], None]]:
    if console.is_terminal:
        with Live(console=console, refresh_per_second=8, transient=True) as live:
            yield lambda: live.update(render(progress.snapshot()))
        return
    last = time.monotonic()

    def line() -> None:
        nonlocal last
        if time.monotonic() - last >= REPORT:
            last = time.monotonic()
            console.print(plain(progress.snapshot()), soft_wrap=True)

    yield line
