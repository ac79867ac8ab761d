"""Conditional requests as a server sees them, over a real connection."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from ipaddress import ip_network

import pytest
from sqlalchemy import Engine

from ingest.poller import Poller
from pipeline.http import HttpClient
from pipeline.settings import HttpSettings, PollerSettings
from pipeline.telemetry import Telemetry
from tests.ingest.feeding import FakeClock, item, make_feed, rss
from tests.ingest.polling import row
from tests.pipeline.raw_server import RawServer

ETAG, MODIFIED = 'W/"a\\b --  c;gzip"', "tue, 4-Mar-25 12:00:00 +0000"
FEED = rss(item("a")).encode()


class Publisher:
    """A feed on a server of its own, and the poller that asks it."""

    def __init__(self, server: RawServer, client: HttpClient, engine: Engine, clock: FakeClock) -> None:
        self.server, self.engine, self.clock = server, engine, clock
        self.url = server.url("/feed")
        self._poller = Poller(
            [make_feed(self.url)], engine, client, PollerSettings(), Telemetry(), max_bytes=1 << 20, clock=clock,
            sleep=clock.sleep,
        )  # fmt: skip

    async def poll(self) -> dict[str, str]:
        """Poll once when the feed is due; return the headers that the server saw last, by lower-case name."""
        if len(self.server.requests):
            self.clock.now = row(self.engine, self.url).next_poll
        async with aclosing(self._poller.harvests()) as harvests:
            (await anext(harvests)).keep()
        lines = self.server.requests[-1].split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}

    @property
    def result(self) -> str:
        return str(row(self.engine, self.url).result)


@pytest.fixture
def publish(engine: Engine, clock: FakeClock) -> Callable[[Callable[[Publisher], Awaitable[None]]], None]:
    def run(scene: Callable[[Publisher], Awaitable[None]]) -> None:
        async def work() -> None:
            settings = HttpSettings(allow_networks=(ip_network("127.0.0.0/8"),), contact="desk@example.org")
            server = RawServer()
            async with server.running(), HttpClient(settings, "9.9", Telemetry()) as client:
                await scene(Publisher(server, client, engine, clock))

        asyncio.run(asyncio.wait_for(work(), 30))

    return run


Publish = Callable[[Callable[[Publisher], Awaitable[None]]], None]


def conditions(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith("if-")}


def test_validators_are_echoed_byte_for_byte_and_none_is_made_up(publish: Publish) -> None:
    async def scene(feed: Publisher) -> None:
        feed.server.add("/feed", body=FEED, ETag=ETAG, Last_Modified=MODIFIED, Date="Tue, 04 Mar 2025 12:00:00 GMT")
        assert conditions(await feed.poll()) == {}
        assert conditions(await feed.poll()) == {"if-none-match": ETAG, "if-modified-since": MODIFIED}
        assert feed.result == "unchanged"

    publish(scene)


@pytest.mark.parametrize(
    ("named", "sent"), [({"ETag": ETAG}, "if-none-match"), ({"Last_Modified": MODIFIED}, "if-modified-since")]
)
def test_only_the_validator_that_came_is_sent(publish: Publish, named: dict[str, str], sent: str) -> None:
    async def scene(feed: Publisher) -> None:
        feed.server.add("/feed", body=FEED, **named)
        await feed.poll()
        assert list(conditions(await feed.poll())) == [sent]
        feed.server.add("/feed", body=FEED)
        await feed.poll()
        assert conditions(await feed.poll()) == {}, "a 200 without a validator ends it"

    publish(scene)


def test_a_304_refreshes_the_validators_it_names_and_keeps_the_others(publish: Publish) -> None:
    async def scene(feed: Publisher) -> None:
        feed.server.add("/feed", body=FEED, ETag=ETAG, Last_Modified=MODIFIED)
        await feed.poll()
        feed.server.add("/feed", "304 Not Modified", ETag='"fresh"')
        await feed.poll()
        assert feed.result == "not-modified"
        assert conditions(await feed.poll()) == {"if-none-match": '"fresh"', "if-modified-since": MODIFIED}

    publish(scene)


@pytest.mark.parametrize("answer", [("503 Unavailable", b"busy"), ("404 Not Found", b""), ("200 OK", b"<html></html>")])
def test_validators_of_anything_but_a_feed_are_not_kept(publish: Publish, answer: tuple[str, bytes]) -> None:
    async def scene(feed: Publisher) -> None:
        feed.server.add("/feed", body=FEED, ETag=ETAG)
        await feed.poll()
        feed.server.add("/feed", *answer, ETag='"of the error"')
        await feed.poll()
        feed.server.add("/feed", body=FEED, ETag=ETAG)
        assert conditions(await feed.poll()) == {}, "a 304 would prove no recovery"
        assert conditions(await feed.poll()) == {"if-none-match": ETAG}

    publish(scene)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_validators_are_neither_carried_on_to_another_address_nor_kept_from_it(publish: Publish, status: str) -> None:
    async def scene(feed: Publisher) -> None:
        feed.server.add("/feed", body=FEED, ETag=ETAG, Last_Modified=MODIFIED)
        await feed.poll()
        feed.server.add("/feed", status, Location="/other", ETag='"redirect"')
        feed.server.add("/other", body=FEED, ETag='"other"')
        assert conditions(await feed.poll()) == {}
        *_, first, second = feed.server.requests
        assert first.startswith("GET /feed ")
        assert ETAG in first
        assert second.startswith("GET /other ")
        feed.server.add("/feed", body=FEED, ETag=ETAG)
        assert conditions(await feed.poll()) == {}

    publish(scene)


def test_a_304_from_another_address_is_no_answer(publish: Publish) -> None:
    async def scene(feed: Publisher) -> None:
        feed.server.add("/feed", body=FEED, ETag=ETAG)
        await feed.poll()
        feed.server.add("/feed", "302 Found", Location="/other")
        feed.server.add("/other", "304 Not Modified")
        await feed.poll()
        assert feed.result == "failed-http"

    publish(scene)


def test_a_server_that_answers_304_for_ever_is_found_out_within_a_day(publish: Publish) -> None:
    async def scene(feed: Publisher) -> None:
        feed.server.add("/feed", body=FEED, ETag=ETAG)
        await feed.poll()
        feed.server.add("/feed", "304 Not Modified")
        began, asked = feed.clock.now, 0
        while conditions(await feed.poll()):
            asked += 1
        assert asked >= 9
        assert feed.clock.now - began < timedelta(days=2)

    publish(scene)


def test_a_request_says_who_asks_and_nothing_of_where_it_was(publish: Publish) -> None:
    async def scene(feed: Publisher) -> None:
        feed.server.add("/feed", body=FEED, Set_Cookie="id=1; Path=/")
        await feed.poll()
        headers = await feed.poll()
        assert {"cookie", "referer", "cache-control", "pragma"} & headers.keys() == set()
        assert re.fullmatch(r"wirewatch/9\.9 \(\+desk@example\.org\)", headers["user-agent"])
        assert "gzip" in headers["accept-encoding"]

    publish(scene)


def test_a_410_behind_a_redirect_is_no_word_of_the_feeds_own(publish: Publish) -> None:
    async def scene(feed: Publisher) -> None:
        feed.server.add("/feed", "302 Found", Location="/other")
        feed.server.add("/other", "410 Gone")
        await feed.poll()
        assert (feed.result, row(feed.engine, feed.url).state) == ("failed-http", "failing")

    publish(scene)
