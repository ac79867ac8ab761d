"""Fakes for the tests of the fetcher: a site, and a fetcher on it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.down_hosts import DownHosts
from ingest.extract import Extracted
from ingest.fetcher import Fetcher, Ids
from ingest.politeness import Busy, Politeness
from ingest.robots import Robots
from pipeline.http import HttpError, Response
from pipeline.messages import Article, Entry, Outlet, url_id
from pipeline.settings import PolitenessSettings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://news.example.com/world/item-5"
AMP = "https://news.example.com/world/item-5/amp"
LONG = "A sentence of the page that says what happened in the harbour. " * 10
SUMMARY = "The harbour was closed on Sunday after fog came in, and ferries to the islands stayed at their berths."
CONTENT = "<p>" + "A sentence of the feed about the harbour. " * 20 + "</p>"
HTML = {"content-type": "text/html; charset=koi8-r"}
ENTRY = Entry(
    id=url_id(URL),
    url=URL,
    domain="example.com",
    feed_url="https://news.example.com/feed",
    outlet=Outlet(name="The News", country="SG"),
    title="Fog &amp; ferries",
    discovered=NOON - timedelta(minutes=5),
)
TOLD = ENTRY.model_copy(update={"summary": SUMMARY})

Answer = Response | HttpError


class Unwatched:
    """Keeps what the fetcher says of each page, for the test to look at."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Extracted]] = []

    def see(self, outlet: str, found: Extracted) -> None:
        self.seen.append((outlet, found))


def answer(status: int = 200, url: str = URL, body: bytes = b"<html>", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(url, status, HTML | named, body, NOON)


class Remembered:
    """Keeps the ids of articles in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def of(self, entry: Entry, found: str) -> str:
        if entry.revision == 0:
            self.kept.setdefault(entry.id, found)
        return self.kept.get(entry.id, found)


class Site:
    """A client and an extractor in one: what each address answers, and what its page has."""

    def __init__(self, response: Answer | None = None, found: Extracted | Exception | None = None) -> None:
        self.answers: dict[str, Answer] = {URL: response or answer()}
        self.found: dict[str, Extracted | Exception] = {URL: found or Extracted(text=LONG, title="Fog shuts port")}
        self.asked: list[str] = []
        self.charsets: list[str | None] = []

    async def get(self, url: str, **_: Any) -> Response:
        self.asked.append(url)
        given = self.answers.get(url) or answer(404, url)
        if isinstance(given, HttpError):
            raise given
        return given

    async def extract(self, body: bytes, url: str, charset: str | None) -> Extracted:
        assert body
        self.charsets.append(charset)
        found = self.found.get(url, Extracted(text=""))
        if isinstance(found, Exception):
            raise found
        return found


class Fetching:
    """A fetcher on a site, and what it touched."""

    def __init__(self, site: Site, *, robots: bool = False, ids: Ids | None = None) -> None:
        self.site = site
        self.watch = Unwatched()
        self.ids = ids or Remembered()
        self.politeness = Politeness(PolitenessSettings(delay=0))
        heeded = Robots(site) if robots else None
        self.fetcher = Fetcher(
            site, heeded, self.politeness, site, DownHosts(), self.watch, self.ids, page_bytes=2 * 1024 * 1024
        )

    def __call__(self, entry: Entry = ENTRY) -> Article:
        [article] = asyncio.run(self._call(entry))
        return article

    async def _call(self, entry: Entry) -> list[Article]:
        return list(await self.fetcher(entry))

    def holds(self, domain: str = "example.com") -> float:
        """Return for how long the domain is left alone."""

        async def ask() -> float:
            try:
                async with self.politeness.turn(domain):
                    return 0.0
            except Busy as busy:
                return busy.after

        return asyncio.run(ask())


def fetch(site: Site, entry: Entry = ENTRY, **options: Any) -> Article:
    return Fetching(site, **options)(entry)
