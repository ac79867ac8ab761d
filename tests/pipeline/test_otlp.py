from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from pipeline import codec
from pipeline.errors import Drop, Quarantine, Retry
from pipeline.executors import InlineExecutor
from pipeline.memory import MemoryBroker
from pipeline.otlp import OtlpTracer
from pipeline.testing import make_entry
from pipeline.tracing import Result
from tests.pipeline.running import Bench, Clock, Scripted


class Collector:
    """Takes spans as a collector of OpenTelemetry does."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.paths: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.take(self.path, ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def take(self, path: str, request: ExportTraceServiceRequest) -> None:
        self.paths.add(path)
        self.spans += [span for each in request.resource_spans for scope in each.scope_spans for span in scope.spans]


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def test_spans_reach_the_collector_in_the_trace_of_their_document(collector: Collector) -> None:
    entry = make_entry()
    with OtlpTracer(collector.address + "/", "1.2.3") as tracer:
        first = tracer.span("poller", entry.id, codec.new_trace(entry.id), 0.0, "passed")
        second = tracer.span("fetcher", entry.id, first, 2.0, "quarantined")
    assert collector.paths == {"/v1/traces"}
    poller, fetcher = sorted(collector.spans, key=lambda span: span.name, reverse=True)
    assert (poller.name, fetcher.name) == ("poller", "fetcher")
    assert poller.trace_id.hex() == fetcher.trace_id.hex() == codec.trace_id(entry.id)
    assert fetcher.parent_span_id == poller.span_id
    assert second.split("-")[2] == fetcher.span_id.hex()
    assert fetcher.end_time_unix_nano - fetcher.start_time_unix_nano == 2_000_000_000
    said = {each.key: each.value.string_value for each in fetcher.attributes}
    assert said["wirewatch.result"] == "quarantined"
    assert said["messaging.message.id"] == entry.id


def test_a_collector_that_is_away_holds_nobody_up(collector: Collector) -> None:
    address = collector.address
    collector.server.shutdown()
    collector.server.server_close()
    with OtlpTracer(address, "1.2.3") as tracer:
        trace = codec.new_trace("a")
        assert tracer.span("tagger", "a", trace, 0.1, "passed").split("-")[1] == trace.split("-")[1]


class Noting:
    """A tracer that notes what it is told."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Result]] = []

    def span(self, stage: str, document: str, trace: str, seconds: float, result: Result) -> str:
        self.spans.append((stage, result))
        return f"{trace[:-2]}00"


def test_a_runner_records_each_try_and_hands_the_context_on() -> None:
    stage = Scripted(b=Drop("no"), c=Quarantine("bad"), d=Retry("later"), e=ValueError("unforeseen"))
    bench = Bench(InlineExecutor(stage, clock := Clock()), clock)
    tracer = bench.runner._tracer = Noting()
    bench.feed("a", "b", "c", "e", "d")
    bench.step(6)
    results = [result for _, result in tracer.spans]
    assert results == ["passed", "dropped", "quarantined", "quarantined", "retried"]
    (passed,) = _traces(bench.broker, "out")
    assert passed.endswith("-00")


def _traces(broker: MemoryBroker, topic: str) -> list[str]:
    return [dict(record.headers)[codec.TRACE_HEADER].decode() for record in broker.records(topic)]
