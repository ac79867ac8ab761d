"""What the worst sites do, as feeds and as pages: each ends by name, at little cost, and delays nobody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from ipaddress import ip_network
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingest.down_hosts import DownHosts
from ingest.extract import Extracted
from ingest.extractor import Extractor
from ingest.fetcher import Fetcher
from ingest.limits import MOST_ENTRIES
from ingest.politeness import Politeness
from ingest.poller import Poller
from pipeline.errors import Drop, Retry
from pipeline.http import HttpClient
from pipeline.settings import FetcherSettings, HttpSettings, PolitenessSettings, PollerSettings
from pipeline.telemetry import Telemetry
from pipeline.testing import make_entry
from tests.ingest.feeding import item, make_feed, rss
from tests.ingest.fetching import Remembered, Unwatched
from tests.ingest.nasty import MIB, Answer, NastyServer, good_feed, good_page, lookup, reply, vices
from tests.ingest.polling import row

RSS, HTML = "application/rss+xml", "text/html"
SETTINGS = HttpSettings(timeout=3.0, allow_networks=(ip_network("127.0.0.0/8"),))
SPARE = 160 * MIB
"""Bytes by which the process, server and all, may grow for a moment."""

LAUGHS = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
FEED_STATES = {
    "timeout": "failed-network",
    "redirects": "failed-network",
    "refused-address": "failed-network",
    "too-large": "failed-network",
    "decode": "failed-network",
    "protocol": "failed-network",
    "5xx": "failed-http",
    "4xx": "failed-http",
    "2xx": "new",
}
WORDS = {
    "hang": "no answer in time",
    "limited": "HTTP 429",
    "gone": "withdrawn",
    "loop": "too many redirects",
    "to-file": "may not be asked",
    "to-metadata": "may not be asked",
    "gzip-bomb": "larger than a feed may be",
    "cut-gzip": "cannot be unpacked",
    "no-http": "no HTTP",
}

FEED_BODIES: dict[str, tuple[bytes, int]] = {
    "xml-bomb": (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]>'.encode()
        + rss("<title>&l9;</title>", item("a", "&l9;")).encode(),
        1,
    ),
    "outside": (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + rss(item("a", "&e;")).encode(),
        1,
    ),
    "deep": (rss(item("a", summary="&lt;b&gt;" * 50_000), "<x>" * 50_000).encode(), 0),
    "no-utf-8": (b'<?xml version="1.0" encoding="utf-8"?>' + rss(item("a", "T\xff\xfe")).encode("latin-1"), 1),
    "nul": (rss(item("a", "T\0\1")).encode(), 1),
    "wrong-charset": (('<?xml version="1.0" encoding="koi8-r"?>' + rss(item("a", "Новости"))).encode(), 1),
    "many": (
        rss(*(item(str(number), "T") for number in range(100_000))).replace("https://www.", "//").encode(),
        MOST_ENTRIES,
    ),
    "no-feed": (b"<html><body>Please log in</body></html>", 0),
}

PAGE_BODIES: dict[str, tuple[bytes, bool]] = {
    "deep": (b"<html><body>" + b"<div>" * 200_000 + b"words", False),
    "xml-bomb": (f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]><html>&l9;</html>'.encode(), False),
    "no-utf-8": (good_page("no-utf-8").replace(b"ferries", b"ferr\xff\xfees"), True),
    "nul": (good_page("nul").replace(b"ferries", b"fer\0ries"), True),
    "wrong-charset": (b'<meta charset="koi8-r">' + "Порт закрыт из-за тумана и ветра. ".encode() * 20, True),
    "no-html": (b"%PDF-1.7 \0\0\0", False),
}


class Peak:
    """The most memory that this process held since it was last asked."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # proc(5): the peak begins anew
        self.before = self._read("VmRSS")

    def growth(self) -> int:
        return self._read("VmHWM") - self.before

    def _read(self, name: str) -> int:
        found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
        assert found
        return int(found[1]) * 1024


Scene = Callable[[NastyServer, HttpClient], Awaitable[None]]


def play(scene: Scene, answers: dict[str, Answer], telemetry: Telemetry) -> None:
    async def run() -> None:
        async with (
            NastyServer(answers).running() as server,
            HttpClient(SETTINGS, "1", telemetry, lookup=lookup) as client,
        ):
            assert isinstance(server, NastyServer)
            await asyncio.wait_for(scene(server, client), 150)  # on a busy machine

    asyncio.run(run())


def test_every_vice_of_a_feed_ends_by_name_and_delays_no_other_feed(engine: Engine, telemetry: Telemetry) -> None:
    bad = vices(good_feed("x"), RSS)
    good = [f"good-{number}" for number in range(5)]
    answers = {name: answer for name, (answer, _) in bad.items()}
    answers |= {name: reply("200 OK", good_feed(name), Content_Type=RSS) for name in good}
    ended: list[str] = []

    async def scene(server: NastyServer, client: HttpClient) -> None:
        feeds = [make_feed(server.of(name), name) for name in (*bad, *good)]
        poller = Poller(feeds, engine, client, PollerSettings(), telemetry, max_bytes=10 * MIB)
        async with aclosing(poller.harvests()) as harvests:
            async for harvest in harvests:
                harvest.keep()
                ended.extend(str(document.outlet.name) for document in harvest.documents)  # type: ignore[attr-defined]
                states = {name: row(engine, server.of(name)) for name in answers}
                if "good-at" not in marks and all(states[name].result for name in good):
                    marks["good-at"] = [name for name in ("hang", "drip") if states[name].result]
                if all(state.result for state in states.values()):
                    break
        for name, (_, counted) in bad.items():
            found = states[name]
            expected = "gone" if name == "gone" else FEED_STATES[counted]
            assert (name, found.result) == (name, expected)
            assert WORDS.get(name, "") in (found.problem or "")
            assert found.state == {"gone": "retired", "new": "active"}.get(expected, "failing")

    marks: dict[str, list[str]] = {}
    peak = Peak()
    play(scene, answers, telemetry)
    assert peak.growth() < SPARE
    assert marks["good-at"] == []  # all of them had ended before the first that hangs
    assert set(ended) == {*good, "old-http"}
    for result in {counted for _, counted in bad.values()}:
        count = sum(counted == result for _, counted in bad.values())
        assert telemetry.total("http_requests_total", purpose="feed", result=result) == count + (
            len(good) if result == "2xx" else 0
        )


@pytest.mark.parametrize("name", FEED_BODIES)
def test_what_is_nasty_inside_a_feed_is_read_or_refused_within_bounds(
    engine: Engine, telemetry: Telemetry, name: str
) -> None:
    body, entries = FEED_BODIES[name]

    async def scene(server: NastyServer, client: HttpClient) -> None:
        feed = make_feed(server.of(name), name)
        poller = Poller([feed], engine, client, PollerSettings(), telemetry, max_bytes=10 * MIB)
        async with aclosing(poller.harvests()) as harvests:
            harvest = await anext(harvests)
            harvest.keep()
            assert len(harvest.documents) == entries
            assert all("root:" not in document.title and len(document.title) < 1000 for document in harvest.documents)  # type: ignore[attr-defined]
        found = row(engine, feed.url)
        assert found.result == ("new" if entries else "failed-parse")
        assert found.problem

    peak = Peak()
    play(scene, {name: reply("200 OK", body, Content_Type=RSS)}, telemetry)
    assert peak.growth() < (4 * SPARE if name == "many" else SPARE)


def make_fetcher(client: HttpClient, extractor: Extractor) -> Fetcher:
    politeness = Politeness(PolitenessSettings(delay=0))
    return Fetcher(client, None, politeness, extractor, DownHosts(), Unwatched(), Remembered(), page_bytes=2 * MIB)


def warm(extractor: Extractor) -> None:
    """Wait until a worker has started, which takes longer than a host may hang here."""
    asyncio.run(extractor.extract(good_page("warm"), "http://warm.example/"))


PAGE_SIGNALS = {
    "hang": (Retry, "timeout"),
    "drip": (Retry, "timeout"),
    "broken": (Retry, "server-error"),
    "limited": (Retry, "rate-limited"),
    "away": (Retry, "server-error"),
    "gone": (Drop, "gone"),
    "loop": (Drop, "redirects"),
    "to-file": (Drop, "refused-address"),
    "to-metadata": (Drop, "refused-address"),
    "endless": (Drop, "too-large"),
    "gzip-bomb": (Drop, "too-large"),
    "brotli-bomb": (Drop, "too-large"),
    "zstd-bomb": (Drop, "too-large"),
    "cut-gzip": (Retry, "decode"),
    "too-short": (Retry, "protocol"),
    "too-long": (Retry, "protocol"),
    "no-http": (Retry, "protocol"),
}


def test_every_vice_of_a_page_ends_by_name_and_delays_no_other_host(telemetry: Telemetry) -> None:
    bad = vices(good_page("old-http"), HTML)
    good = [f"good-{number}" for number in range(5)]
    answers = {name: answer for name, (answer, _) in bad.items()}
    answers |= {name: reply("200 OK", good_page(name), Content_Type=HTML) for name in good}
    ended: dict[str, tuple[type, str]] = {}

    async def scene(server: NastyServer, client: HttpClient) -> None:
        fetcher = make_fetcher(client, extractor)

        async def fetch(name: str) -> None:
            try:
                [article] = await fetcher(make_entry(url=server.of(name, "/news/1"), summary=""))
                ended[name] = (type(article), article.text_source)
            except (Drop, Retry) as signal:
                ended[name] = (type(signal), signal.reason)

        await asyncio.gather(*map(fetch, (*bad, *good)))

    with Extractor(FetcherSettings(), telemetry) as extractor:
        warm(extractor)
        peak = Peak()
        play(scene, answers, telemetry)
    assert peak.growth() < SPARE
    assert {name: ended[name] for name in PAGE_SIGNALS} == PAGE_SIGNALS
    order = list(ended)
    assert all(ended[name][1] == "page" for name in (*good, "old-http"))
    assert max(map(order.index, good)) < min(order.index("hang"), order.index("drip"))
    for result in {counted for _, counted in bad.values()}:
        count = sum(counted == result for _, counted in bad.values())
        assert telemetry.total("http_requests_total", purpose="page", result=result) == count + (
            len(good) if result == "2xx" else 0
        )


@pytest.mark.parametrize("name", PAGE_BODIES)
def test_what_is_nasty_inside_a_page_is_read_or_dropped(telemetry: Telemetry, name: str) -> None:
    body, readable = PAGE_BODIES[name]
    found: list[Extracted | str] = []

    async def scene(server: NastyServer, client: HttpClient) -> None:
        try:
            [article] = await make_fetcher(client, extractor)(make_entry(url=server.of(name, "/news/1"), summary=""))
            found.append(article.text)
        except Drop as drop:
            found.append(drop.reason)

    with Extractor(FetcherSettings(), telemetry) as extractor:
        play(scene, {name: reply("200 OK", body, Content_Type=HTML)}, telemetry)
    assert (found[0] in ("no-text", "not-html", "empty")) is not readable
    assert "\0" not in str(found[0])


def test_a_host_that_hangs_is_asked_once_and_the_articles_of_another_come_meanwhile(telemetry: Telemetry) -> None:
    async def scene(server: NastyServer, client: HttpClient) -> None:
        fetcher, ended = make_fetcher(client, extractor), list[str]()

        async def fetch(name: str, number: int) -> str:
            url = server.of(name, f"/news/{number}")
            try:
                await fetcher(make_entry(url=url, domain=f"{name}.example", summary=""))
            except Retry as retry:
                ended.append(f"{name}: {retry.reason}")
                return retry.reason
            ended.append(name)
            return "article"

        # The extraction process is there before the race begins.
        assert await fetch("good", 8) == "article"
        ended.clear()
        slow = [asyncio.ensure_future(fetch("hang", number)) for number in range(2)]
        quick = [asyncio.ensure_future(fetch("good", number)) for number in range(8)]
        assert set(await asyncio.gather(*quick)) == {"article"}
        assert ended == ["good"] * 8
        assert set(await asyncio.gather(*slow)) == {"timeout"}
        asked = server.asked.count("hang")
        later = [await fetch("hang", number) for number in range(50)]
        assert set(later) == {"host-down"}
        assert (asked, server.asked.count("hang")) == (2, 2)

    answers = {"hang": vices(b"", HTML)["hang"][0], "good": reply("200 OK", good_page("good"), Content_Type=HTML)}
    with Extractor(FetcherSettings(), telemetry) as extractor:
        warm(extractor)
        play(scene, answers, telemetry)
