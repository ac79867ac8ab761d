"""Runs stages as a service: with metrics and health on a port, until a signal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog
from rich.console import Console

from pipeline import garbage
from pipeline.errors import InputError
from pipeline.metrics_server import MetricsServer
from pipeline.settings import Settings
from wirewatch.process import Process, stopping_on_signals
from wirewatch.units import unit
from wirewatch.wiring import Wiring


@dataclass(frozen=True)
class Service:
    """Running stages and what they share."""

    process: Process
    wiring: Wiring


@contextlib.contextmanager
def running(settings: Settings, stages: Sequence[str], console: Console | None = None) -> Iterator[Service]:
    """Start the stages; at the end stop them and free what they held. Raises InputError."""
    with contextlib.ExitStack() as stack:
        wiring = Wiring(settings, stack, console)
        process = Process([unit(wiring, name) for name in stages], wiring.watchdog)
        if settings.metrics.enabled:
            server = _metrics_server(settings, wiring, process)
            stack.callback(server.stop)
        garbage.spare_what_stays()
        process.start()
        try:
            yield Service(process, wiring)
        finally:
            process.stop()
            process.wait()


def _metrics_server(settings: Settings, wiring: Wiring, process: Process) -> MetricsServer:
    host, port = settings.metrics.host, settings.metrics.port
    settings.data.mkdir(parents=True, exist_ok=True)
    wiring.telemetry.watch_disk(settings.data)
    try:
        server = MetricsServer(
            wiring.telemetry, host, port, health=process.problems, readiness=process.unready, posts=wiring.posts
        )
    except OSError as error:
        remedy = "Set WIREWATCH_METRICS__PORT to a free port, or WIREWATCH_METRICS__ENABLED=false."
        raise InputError(f"metrics address {host}:{port}", str(error.strerror), remedy) from None
    server.start()
    structlog.get_logger().info("metrics.served", host=host, port=server.port)
    return server


def serve(settings: Settings, stages: Sequence[str]) -> int:
    """Run the stages until a signal or a failure; return the exit code."""
    with running(settings, stages) as service, stopping_on_signals(service.process.stop):
        return service.process.wait()
