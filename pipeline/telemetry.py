"""Every metric in one list, and the page that shows them. The only module that imports prometheus_client."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds of work on one message."""

SLOW = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0)
"""Seconds of a story's way to the reader."""

LENGTH = (0.0, 100.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0, 64000.0)
"""Characters of extracted text."""


class Telemetry:
    """The metrics of one process; labels are of bounded sets: never a feed, a URL or an actor."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"wirewatch_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"wirewatch_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"wirewatch_{name}", text, labels, buckets=buckets, registry=registry)

        ProcessCollector(registry=registry)
        self.build = Info("wirewatch_build", "Version of wirewatch.", registry=registry)

        # feeds
        self.feed_polls = counter("feed_polls", "Polls of feeds, by result.", "result")
        self.feed_entries = counter("feed_entries", "Entries seen in feeds: new, known, changed or held.", "result")
        self.polls_held = gauge("feed_polls_held", "1 while no poll begins because too many entries wait, else 0.")
        self.feeds = gauge("feeds", "Feeds of the catalogue, by state.", "state")

        # HTTP and extraction
        self.http_requests = counter("http_requests", "Requests made, by purpose and result.", "purpose", "result")
        self.http_bytes = counter("http_received_bytes", "Bytes received, after decompression.", "purpose")
        self.extractions = counter("extractions", "Articles, by where their text came from.", "text_source")
        self.extraction_seconds = histogram("extraction_seconds", "Seconds to extract a page.", FAST)
        self.extraction_length = histogram("extraction_length_characters", "Characters of an article's text.", LENGTH)

        self.archived_pages = counter("archived_pages", "Pages for the archive: written, dropped or failed.", "result")
        self.outlets_unhealthy = gauge(
            "outlets_unhealthy", "Outlets whose pages lack what they used to have, by what that is.", "problem"
        )

        # stages
        self.messages = counter("stage_messages", "Messages, by how they ended.", "stage", "result")
        self.published = counter("stage_published", "Messages published.", "stage", "topic")
        self.stage_seconds = histogram("stage_seconds", "Seconds a stage worked on a message or batch.", FAST, "stage")
        self.in_flight = gauge("stage_in_flight_bytes", "Bytes of records a stage holds.", "stage")
        self.lag = gauge("stage_lag_messages", "Messages a stage has still to commit.", "stage", "topic")
        self.dead_letters = counter("stage_dead_letters", "Messages sent to a dead-letter topic.", "stage", "topic")

        # detection, stories and alerts
        self.articles = counter(
            "articles", "Tagged articles, by watchlist, level and language.", "watchlist", "level", "language"
        )
        self.watchlist_loads = counter(
            "watchlist_loads", "Changes of watchlist files: loaded, or rejected for a mistake.", "result"
        )
        self.themes = counter("article_themes", "Themes of relevant articles.", "watchlist", "theme")
        self.story_events = counter("story_events", "Stories opened and updated.", "watchlist", "kind")
        self.discovery_seconds = histogram(
            "discovery_delay_seconds", "Seconds from an article's publication to its discovery.", SLOW
        )
        self.alerts = counter("alerts", "Alerts, by channel and result of the attempt.", "channel", "result")
        self.alerts_held = counter(
            "alerts_held", "Alerts not sent at once, by why; those of what is too old never are.", "reason"
        )
        self.alerts_pending = gauge("alerts_pending", "Alerts not yet delivered.", "channel")
        self.alert_seconds = histogram(
            "alert_delay_seconds", "Seconds from a story's discovery to its delivered alert.", SLOW, "channel"
        )

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's samples whose labels have these values; 0 when there are none."""
        return sum(
            sample.value
            for metric in self.registry.collect()
            for sample in metric.samples
            if sample.name == f"wirewatch_{name}" and labels.items() <= sample.labels.items()
        )

    def page(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class MetricsServer:
    """Serves /metrics, /healthz (the process works) and /readyz (it can do its job) on an address.

    `health` and `readiness` return the problems, by name; none means 200, any means 503.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        host: str,
        port: int,
        *,
        health: Callable[[], dict[str, str]],
        readiness: Callable[[], dict[str, str]],
    ) -> None:
        checks = {"/healthz": health, "/readyz": readiness}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, telemetry.page())
                elif self.path in checks:
                    problems = checks[self.path]()
                    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
                    body = json.dumps({"status": "failing" if problems else "ok", "problems": problems})
                    self._answer(status, "application/json", body.encode() + b"\n")
                else:
                    self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"/metrics /healthz /readyz\n")

            def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay quiet: a scrape every few seconds is no event."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)

    @property
    def port(self) -> int:
        """Return the port that is listened on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to serve, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the address."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
