"""What became of 5,000 entries, of which some are dropped, dead-lettered, waiting or under way: the sums agree."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from pipeline import codec, database
from pipeline.errors import Drop, Quarantine, Retry
from pipeline.executors import InlineExecutor, SinkExecutor
from pipeline.memory import MemoryBroker
from pipeline.messages import Article, Entry, Envelope, Message, Outlet
from pipeline.runner import Runner
from pipeline.settings import RunnerSettings
from pipeline.tables import articles, entries
from pipeline.telemetry import Telemetry
from pipeline.testing import make_article, make_entry, make_tagged, make_tagging
from pipeline.topics import ARTICLES, ENTRIES, TAGGED, specs
from pipeline.trail import SqlTrail
from sinks.store import Store
from tests.pipeline.running import Clock
from tests.wirewatch.conftest import Wirewatch

MANY = 5000
ROUNDS = 900
KINDS = 20
"""Every twentieth entry has the same fate."""
FATES = {
    0: ("dropped", "fetcher", "no-text"),
    1: ("dropped", "fetcher", "robots"),
    2: ("dead-lettered", "fetcher", "too deep"),
    3: ("waiting", "fetcher", "host-down"),
    4: ("dead-lettered", "fetcher", "timeout"),
    5: ("dead-lettered", "tagger", "no words"),
    6: ("under way", "", ""),
}
STORED = ("stored", "store", "")


class FetcherStub:
    name, reads, writes = "fetcher", (ENTRIES,), (ARTICLES,)

    def __call__(self, entry: Entry) -> Iterable[Message]:
        answers: dict[int, Exception] = {
            0: Drop("no-text"), 1: Drop("robots"), 2: Quarantine("too deep"), 3: Retry("host-down", 86400.0),
            4: Retry("timeout"),
        }  # fmt: skip
        kind = int(entry.title) % KINDS
        if kind in answers:
            raise answers[kind]
        # Some pages name another address than their entry, as far as the store can tell by the entry's id alone.
        url = f"{entry.url}?page" if kind == KINDS - 1 else entry.url
        return [make_article(url=url, entry_id=entry.id, title=entry.title, outlet=entry.outlet)]


class TaggerStub:
    name, reads, writes = "tagger", (ARTICLES,), (TAGGED,)

    def __call__(self, article: Article) -> Iterable[Message]:
        kind = int(article.title) % KINDS
        if kind == 5:
            raise Quarantine("no words")
        level = "direct" if kind == 7 else "none"
        return [make_tagged(article=article, taggings=(make_tagging(level=level),))]


def entry(number: int) -> Entry:
    outlet = Outlet(name=f"Outlet {number % 3}", country="MY")
    feed = f"https://outlet{number % 3}.example/feed.xml"
    return make_entry(url=f"https://news.example/{number}", title=str(number), outlet=outlet, feed_url=feed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    engine = database.open_engine(f"sqlite:///{folder / 'wirewatch.sqlite'}")
    database.migrate(engine)
    found = [entry(number) for number in range(MANY)]
    publish(engine, found, work := MemoryBroker(specs()))
    clock = Clock()
    settings = RunnerSettings(commit_interval=0.0, attempts=2, backoff=1.0)
    fetcher = InlineExecutor(FetcherStub(), clock)
    fetcher.ordered = False
    executors = (fetcher, InlineExecutor(TaggerStub(), clock), SinkExecutor(Store(engine), clock, 500))
    for executor in executors:
        trail = SqlTrail(lambda: engine, timedelta(days=30))
        runner = Runner(work, executor, settings, Telemetry(), clock=clock, patience=0.0, trail=trail)
        topics = [topic.name for topic in executor.reads]
        bus = work.connect(executor.name, topics)
        for _ in range(ROUNDS):
            runner.step(bus)
            clock.now += 1.0
    engine.dispose()
    return folder


def publish(engine: Engine, found: list[Entry], broker: MemoryBroker) -> None:
    now = datetime.now(UTC)
    with database.writing(engine) as connection:
        connection.execute(insert(entries), [
            {"id": one.id, "feed_url": one.feed_url, "guid": one.guid, "url": one.url, "content_hash": "", "seen": now}
            for one in found
        ])  # fmt: skip
    bus = broker.connect("poller")
    for one in found:
        if int(one.title) % KINDS != 6:
            bus.publish(ENTRIES.name, *codec.encode(Envelope(ENTRIES.key(one), one, codec.new_trace(one.id))))
    bus.flush()


@pytest.fixture(autouse=True)
def _there(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("WIREWATCH_DATA", str(folder))


def counted(wirewatch: Wirewatch, *arguments: str) -> list[dict[str, Any]]:
    ran = wirewatch("funnel", "--json", *arguments)
    assert ran.code == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


def test_every_entry_has_come_to_the_end_that_it_met_and_the_sums_agree(wirewatch: Wirewatch, folder: Path) -> None:
    counts = counted(wirewatch)
    found = {(one["end"], one["stage"], one["reason"]): one["entries"] for one in counts}
    assert found == Counter(FATES.get(number % KINDS, STORED) for number in range(MANY))
    assert sum(found.values()) == MANY
    assert sum(one["relevant"] for one in counts) == MANY // KINDS
    engine = database.open_engine(f"sqlite:///{folder / 'wirewatch.sqlite'}")
    with engine.connect() as connection:
        assert len(connection.execute(select(articles.c.id)).all()) == found["stored", "store", ""]
    engine.dispose()


@pytest.mark.parametrize(("by", "groups"), [("outlet", 3), ("feed", 3), ("stage", 4)])
def test_the_groups_add_up_to_the_whole(wirewatch: Wirewatch, by: str, groups: int) -> None:
    counts = counted(wirewatch, "--by", by)
    assert len({one["group"] for one in counts}) == groups
    assert sum(one["entries"] for one in counts) == MANY


def test_a_funnel_is_lines_where_nobody_watches(wirewatch: Wirewatch) -> None:
    ran = wirewatch("funnel")
    head, line = (row.split("\t") for row in ran.out.splitlines())
    assert head == ["group", "seen", "stored", "dropped", "dead-lettered", "waiting", "under way"]
    assert line == ["all", "5000", "3250", "500", "750", "250", "250"]


@pytest.mark.parametrize(
    ("number", "end"),
    [
        (0, "dropped by fetcher: no-text"),
        (3, "waiting at fetcher: host-down"),
        (4, "dead-lettered by fetcher: timeout (2 tries)"),
        (5, "dead-lettered by tagger: no words"),
        (6, "under way"),
        (7, "stored"),
        (KINDS - 1, "stored"),
    ],
)
def test_a_trace_says_where_an_article_ended(wirewatch: Wirewatch, number: int, end: str) -> None:
    for wanted in (entry(number).url, entry(number).id):
        ran = wirewatch("trace", "--json", wanted)
        assert ran.code == 0, ran.err
        found = json.loads(ran.out)
        assert found["end"] == end
        stages = [step["stage"] for step in found["steps"]]
        assert stages[0] == "poller"
        assert ("store" in stages) == (end == "stored")


def test_what_was_never_seen_is_said_to_be_so(wirewatch: Wirewatch) -> None:
    ran = wirewatch("trace", "https://news.example/nowhere")
    assert ran.code == 2
    assert "was never seen" in ran.err


def test_a_funnel_counts_by_what_it_knows_only(wirewatch: Wirewatch) -> None:
    ran = wirewatch("funnel", "--by", "weather")
    assert ran.code == 2
    assert "outlet, feed, stage" in ran.err
