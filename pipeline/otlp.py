"""Spans for a collector of OpenTelemetry. The only module that imports opentelemetry."""

from __future__ import annotations

import time
from typing import Self

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from pipeline.codec import TRACE_HEADER
from pipeline.tracing import Result

NANOSECONDS = 1_000_000_000
STOP_SECONDS = 3.0
"""How long the end waits for spans that are not sent yet; a collector that is away holds nobody up."""


class OtlpTracer:
    """Sends spans to `endpoint`, by OTLP over HTTP, from a thread of its own; a context manager.

    What the collector does not take in time is dropped: spans are no news.
    """

    def __init__(self, endpoint: str, version: str) -> None:
        resource = Resource.create({"service.name": "wirewatch", "service.version": version})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=STOP_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
        self._tracer = self._provider.get_tracer("wirewatch", version)
        self._context = TraceContextTextMapPropagator()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._provider.force_flush(int(STOP_SECONDS * 1000))
        self._provider.shutdown()

    def span(self, stage: str, document: str, trace: str, seconds: float, result: Result) -> str:
        """Record that a stage has just worked on a document; return the context for what came of it."""
        now = time.time_ns()
        span = self._tracer.start_span(
            stage,
            context=self._context.extract({TRACE_HEADER: trace}),
            kind=SpanKind.CONSUMER,
            start_time=now - int(seconds * NANOSECONDS),
            attributes={"messaging.message.id": document, "wirewatch.result": result},
        )
        if result == "quarantined":
            span.set_status(StatusCode.ERROR)
        span.end(now)
        carrier: dict[str, str] = {}
        self._context.inject(carrier, set_span_in_context(span))
        return carrier.get(TRACE_HEADER, trace)
