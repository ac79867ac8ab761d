"""Pages that hang, bloat or kill their worker, from the log of entries to the dead letters."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest import extraction_worker, extractor
from ingest.down_hosts import DownHosts
from ingest.extract import Extracted
from ingest.extractor import Extractor
from ingest.fetcher import Fetcher
from ingest.politeness import Politeness
from pipeline import codec
from pipeline.bus import Record
from pipeline.embedded import EmbeddedBroker
from pipeline.executors import LoopExecutor
from pipeline.http import Response
from pipeline.loop import LoopThread
from pipeline.messages import Article, Envelope
from pipeline.runner import Runner
from pipeline.settings import EmbeddedSettings, FetcherSettings, PolitenessSettings, RunnerSettings
from pipeline.telemetry import Telemetry
from pipeline.testing import NOON, make_entry
from pipeline.topics import ARTICLES, ENTRIES, specs
from tests.ingest.fetching import Remembered, Unwatched

MIB = 1024 * 1024
PROSE = "".join(f"<p>On day {day} of the fog the ferries stayed at their berths.</p>" for day in range(20))
GOOD = f"<html><body><article>{PROSE}</article></body></html>".encode()
BAD = {
    "extraction took too long": b"<html><body><article><p>" + b"<b>x</b>" * 250_000,
    "extraction took too much memory": b"<html><body>" + b"<br>x" * 400_000,
    "extraction crashed": b"<html>crash",
}
HEALTHY = 8


def work(body: bytes, url: str, charset: str | None) -> tuple[Extracted, float]:
    """Do the real work, but for the page that crashes: libraries do not crash at will."""
    if body.endswith(b"crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    return extraction_worker.work(body, url, charset)


class Site:
    """Answers with a bad page at /bad and with good ones elsewhere."""

    def __init__(self, bad: bytes) -> None:
        self.bad = bad

    async def get(self, url: str, **_: Any) -> Response:
        body = self.bad if url.endswith("/bad") else GOOD
        return Response(url, 200, {"content-type": "text/html"}, body, NOON)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(tmp_path / "log.sqlite", EmbeddedSettings())
    broker.create_topics(specs())
    bus = broker.connect("feeder")
    for name in ("bad", *(f"good-{number}" for number in range(HEALTHY))):
        entry = make_entry(url=f"https://www.example.com/news/{name}", summary="")
        bus.publish(ENTRIES.name, *codec.encode(Envelope(ENTRIES.key(entry), entry, codec.new_trace(entry.id))))
    bus.flush()
    bus.close()
    yield broker
    broker.close()


def read(broker: EmbeddedBroker, *topics: str) -> Iterator[Record]:
    """Yield the records of the topics as they come, for a minute at most."""
    bus = broker.connect("reader", topics)
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            yield from bus.poll(0.1, 100, 64 * MIB)
    finally:
        bus.close()


@pytest.mark.parametrize("reason", BAD)
def test_a_page_that_costs_three_workers_is_dead_lettered_and_delays_no_other(
    broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    monkeypatch.setattr(extractor, "work", work)
    hangs = reason == "extraction took too long"
    timeout, memory = (1.0, 1024 * MIB) if hangs else (60.0, 128 * MIB)
    settings = FetcherSettings(workers=2, extract_timeout=timeout, extract_memory=memory)
    telemetry, stop = Telemetry(), threading.Event()
    with LoopThread() as network, Extractor(settings, telemetry) as pool:
        politeness = Politeness(PolitenessSettings(delay=0, in_flight=16))
        fetcher = Fetcher(
            Site(BAD[reason]), None, politeness, pool, DownHosts(), Unwatched(), Remembered(), page_bytes=2 * MIB
        )
        executor = LoopExecutor(fetcher, time.monotonic, network.loop, 64)
        running = Runner(broker, executor, RunnerSettings(backoff=0.01, commit_interval=0.0), telemetry)
        thread = threading.Thread(target=running.run, args=(stop,))
        thread.start()
        seen = []
        for record in read(broker, ARTICLES.name, ENTRIES.dead_letter):
            seen.append(record)
            if record.topic == ENTRIES.dead_letter:
                break
        stop.set()
        thread.join()
    dead = seen[-1]
    headers = {name.removeprefix(codec.DEAD_LETTER_PREFIX): value.decode() for name, value in dead.headers}
    assert dead.topic == ENTRIES.dead_letter
    assert headers["reason"] == f"{reason}, 3 times"
    assert headers["attempts"] == "3"
    articles = [Article.model_validate_json(record.value) for record in seen[:-1]]
    assert len(articles) == HEALTHY
    assert all(article.text.startswith("On day 0 of the fog") for article in articles)
    assert telemetry.total("stage_messages_total", result="retried") == 2
    assert telemetry.total("stage_messages_total", result="quarantined") == 1
