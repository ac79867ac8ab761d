"""The live view: what the pages of the stages come to."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from rich.console import Console

from pipeline.metrics_server import MetricsServer
from pipeline.telemetry import Telemetry, read_page
from sinks.alerted import AlertSeen
from tests.wirewatch.conftest import Wirewatch
from tests.wirewatch.test_bad_input import refused
from wirewatch import top_pages, top_view
from wirewatch.top import Frame, StageRow, Watch, quantile
from wirewatch.top_pages import Look

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def look(**pages: Telemetry) -> Look:
    return Look({place: read_page(telemetry.page()[1].decode()) for place, telemetry in pages.items()}, [])


def work(telemetry: Telemetry, stage: str, *, passed: int = 0, dead: int = 0, seconds: float = 0.02) -> None:
    telemetry.messages.labels(stage, "passed").inc(passed)
    telemetry.messages.labels(stage, "quarantined").inc(dead)
    for _ in range(passed):
        telemetry.stage_seconds.labels(stage).observe(seconds)


def row(frame: Frame, stage: str) -> StageRow:
    return next(one for one in frame.rows if one.stage == stage)


def test_a_rate_is_what_was_added_between_the_looks_of_all_processes() -> None:
    one, two = Telemetry(), Telemetry()
    work(one, "fetcher", passed=1000)
    work(two, "fetcher", passed=1000)
    watch = Watch()
    assert row(watch.add(0.0, look(a=one, b=two)), "fetcher").rate is None
    work(one, "fetcher", passed=30, dead=1)
    work(two, "fetcher", passed=9)
    one.lag.labels("fetcher", "news.entries").set(5)
    two.lag.labels("fetcher", "news.entries").set(2)
    found = row(watch.add(10.0, look(a=one, b=two)), "fetcher")
    assert (found.processes, found.rate, found.dead, found.behind) == (2, 4.0, 1, 7)
    assert found.typical is not None
    assert 0.01 < found.typical <= 0.025


def test_a_process_that_began_anew_counts_from_zero_and_a_new_one_not_with_its_past() -> None:
    before, fresh, other = Telemetry(), Telemetry(), Telemetry()
    work(before, "tagger", passed=500)
    work(fresh, "tagger", passed=20)
    work(other, "tagger", passed=800)
    watch = Watch()
    watch.add(0.0, look(a=before))
    assert row(watch.add(10.0, look(a=fresh, b=other)), "tagger").rate == 2.0


def test_the_window_moves_on() -> None:
    telemetry = Telemetry()
    watch = Watch(window=10.0)
    for second, count in enumerate([0, *[100] * 10, *[0] * 11]):
        work(telemetry, "store", passed=count)
        frame = watch.add(float(second), look(a=telemetry))
    assert row(frame, "store").rate == 0.0
    assert frame.seconds == 10.0


def test_stages_stand_in_order_of_travel_and_only_those_that_are_seen() -> None:
    telemetry = Telemetry()
    for stage in ("alerts", "poller", "stories"):
        work(telemetry, stage, passed=1)
    assert [one.stage for one in Watch().add(0.0, look(a=telemetry)).rows] == ["poller", "stories", "alerts"]


@pytest.mark.parametrize(
    ("share", "buckets", "found"),
    [
        (0.5, [(1.0, 10.0), (2.0, 20.0), (float("inf"), 20.0)], 1.0),
        (0.75, [(1.0, 10.0), (2.0, 20.0), (float("inf"), 20.0)], 1.5),
        (0.95, [(1.0, 10.0), (float("inf"), 20.0)], 1.0),
        (0.5, [(1.0, 0.0), (float("inf"), 0.0)], None),
        (0.5, [], None),
    ],
)
def test_a_quantile_is_that_of_prometheus(share: float, buckets: list[tuple[float, float]], found: float) -> None:
    assert quantile(share, buckets) == found


def test_a_frame_is_drawn_with_all_there_is_to_say() -> None:
    telemetry = Telemetry()
    watch = Watch()
    watch.add(0.0, look(a=telemetry))
    work(telemetry, "fetcher", passed=20, dead=2)
    telemetry.feeds.labels("active", "KH").set(30)
    telemetry.feeds.labels("active", "RU").set(10)
    telemetry.alerts_pending.labels("webhook").set(3)
    telemetry.alert_seconds.labels("webhook").observe(20.0)
    seen = look(a=telemetry)
    frame = watch.add(
        10.0, Look({**seen.pages, "b": read_page(Telemetry().page()[1].decode())}, ["tagger: no such host"])
    )
    alert = AlertSeen(NOW - timedelta(minutes=5), "webhook", "pending", "Accord\x1b[2J signed", "answers 503")
    text = top_view.plain(frame, [alert], NOW)
    assert "feeds: 40 active; alerts waiting: 3" in text
    assert "no answer: tagger: no such host" in text
    assert "5 min ago  webhook  pending  Accord[2J signed (answers 503)" in text
    screen = io.StringIO()
    Console(width=110, file=screen).print(top_view.drawn(frame, [alert], NOW))
    lines = screen.getvalue().splitlines()
    assert lines[0].strip() == "wirewatch, the last 10 s"
    drawn = next(found for found in lines if found.startswith("fetcher"))
    assert drawn.split() == ["fetcher", "1", "2.2", "0", "2", "0", "0", "B", "18", "ms", "24", "ms"]
    assert lines[-1] == "5 min ago  webhook  pending  Accord[2J signed (answers 503)"


@contextmanager
def served(telemetry: Telemetry) -> Iterator[int]:
    server = MetricsServer(telemetry, "127.0.0.1", 0, health=dict, readiness=dict)
    server.start()
    yield server.port
    server.stop()


Answering = Callable[[bytes], AbstractContextManager[str]]


@pytest.fixture
def answering() -> Answering:
    @contextmanager
    def serve(body: bytes) -> Iterator[str]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        server.server_close()

    return serve


def test_the_command_prints_once_where_there_is_no_terminal(wirewatch: Wirewatch) -> None:
    telemetry = Telemetry()
    work(telemetry, "tagger", passed=3)
    with served(telemetry) as port:
        ran = wirewatch("top", f"127.0.0.1:{port}", "--interval", "0.2")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[1].startswith("tagger\t1\t0.0\t0\t0\t0\t")


def test_the_command_fails_where_no_stage_answers(wirewatch: Wirewatch, answering: Answering) -> None:
    with answering(b"<html>") as url:
        ran = wirewatch("top", url.removeprefix("http://"), "--interval", "0.2")
    assert (ran.code, "answers something else than metrics" in ran.out) == (1, True)
    refused(wirewatch("top", "127.0.0.1:port"), "127.0.0.1:port", "host:port")
    refused(wirewatch("top", "--prometheus", "prometheus:9090"), "prometheus:9090", "http://prometheus:9090")


def test_a_prometheus_gives_the_same_as_the_pages_it_has_scraped(answering: Answering) -> None:
    telemetry = Telemetry()
    work(telemetry, "store", passed=7)
    samples = read_page(telemetry.page()[1].decode())
    result = [
        {"metric": {"__name__": one.name, "instance": "store:9464", **one.labels}, "value": [0, str(one.value)]}
        for one in samples
    ]
    with answering(
        json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()
    ) as url:
        found = top_pages.from_prometheus(url)
    assert list(found.pages) == ["store:9464"]
    assert Watch().add(0.0, found).rows == Watch().add(0.0, look(**{"store:9464": telemetry})).rows
    with answering(b'{"status": "error"}') as url:
        assert top_pages.from_prometheus(url).problems == [f"{url}: answers something else than metrics"]
