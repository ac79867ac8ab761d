"""The runner of a source: harvest, publish, flush, keep."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog

from pipeline import codec
from pipeline.backoff import backoff
from pipeline.bus import Broker, Bus
from pipeline.errors import BusError, Retry
from pipeline.messages import Envelope, Message
from pipeline.settings import RunnerSettings
from pipeline.stage import Harvest, Source
from pipeline.telemetry import Telemetry
from pipeline.topics import Topic
from pipeline.tracing import NoTracer, Tracer

LOOK_AROUND = 0.2
"""Seconds between two looks at the stop signal while nothing is found."""


class SourceRunner:
    """Publishes what a source finds; the source keeps that it was found only when it is durable on the bus.

    A crash in between publishes the same documents again, under the same ids.
    """

    def __init__(
        self,
        broker: Broker,
        source: Source,
        settings: RunnerSettings,
        telemetry: Telemetry,
        loop: asyncio.AbstractEventLoop,
        *,
        beat: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        tracer: Tracer | None = None,
    ) -> None:
        self._broker = broker
        self._source = source
        self._settings = settings
        self._telemetry = telemetry
        self._loop = loop
        self._beat = beat
        self._clock = clock
        self._tracer = tracer or NoTracer()
        self._routes: dict[type[Message], Topic[Any]] = {topic.body: topic for topic in source.writes}
        self._log = structlog.get_logger().bind(stage=source.name)
        self._harvested = False
        self.ready = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a lost bus or database is tried again, with what was not kept harvested anew."""
        failures = 0
        while not stop.is_set():
            try:
                with contextlib.closing(self._broker.connect(self._source.name)) as bus:
                    self._log.info("stage.started")
                    self._work(bus, stop)
            except (BusError, Retry) as error:
                # What was harvested since the last failure shows that things had gone well again.
                failures = 1 if self._harvested else failures + 1
                self._harvested = False
                delay = backoff(failures, self._settings.backoff, self._settings.backoff_cap)
                self._log.warning("source.interrupted", error=str(error), retry_in=delay)
                self._beat()
                stop.wait(delay)
        self._log.info("stage.stopped")

    def _work(self, bus: Bus, stop: threading.Event) -> None:
        harvests = self._source.harvests()
        try:
            self.ready.set()
            while not stop.is_set():
                harvest = self._next(harvests, stop)
                if harvest is None:
                    return
                self._store(bus, harvest)
        finally:
            self.ready.clear()
            close = getattr(harvests, "aclose", None)
            if close is not None:
                asyncio.run_coroutine_threadsafe(close(), self._loop).result(self._settings.stop_timeout)

    def _next(self, harvests: AsyncIterator[Harvest], stop: threading.Event) -> Harvest | None:
        """Return the next harvest, or nothing when it is time to stop or the source has ended."""
        future = asyncio.run_coroutine_threadsafe(_anext(harvests), self._loop)
        while True:
            try:
                return future.result(LOOK_AROUND)
            except concurrent.futures.TimeoutError:
                if future.done():
                    raise
                self._beat()
            if stop.is_set():
                future.cancel()
                concurrent.futures.wait([future], self._settings.stop_timeout)
                return None

    def _store(self, bus: Bus, harvest: Harvest) -> None:
        began = self._clock()
        for document in harvest.documents:
            topic = self._routes[type(document)]
            trace = self._tracer.span(self._source.name, document.id, codec.new_trace(document.id), 0.0, "passed")
            bus.publish(topic.name, *codec.encode(Envelope(topic.key(document), document, trace)))
            self._telemetry.published.labels(self._source.name, topic.name).inc()
            self._telemetry.messages.labels(self._source.name, "passed").inc()
        if harvest.documents:
            bus.flush()
        harvest.keep()
        self._harvested = True
        self._beat()
        self._telemetry.stage_seconds.labels(self._source.name).observe(self._clock() - began)


async def _anext(harvests: AsyncIterator[Harvest]) -> Harvest | None:
    return await anext(harvests, None)
