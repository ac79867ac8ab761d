"""The pages that an outlet's sitemaps name, with the time they are of, as entries: how history comes in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from sqlalchemy import Engine

from ingest import feed_state
from ingest.entries import entry_of, seen_of
from ingest.feed_state import FeedState, Saved
from ingest.parse import parse_feed, unpacked
from ingest.parsed import NoNews, ParsedEntry, ParsedFeed, ParseError, SitemapLink
from ingest.poll import ACCEPT, Client
from ingest.poll_index import Pause
from ingest.sitemap import INDEX_FORMAT, parse_pages
from ingest.sitemap_index import ASIDE, DATE
from ingest.urls import same_site
from pipeline.http import HttpError
from pipeline.messages import Entry

MOST_SITEMAPS = 1000
"""Sitemaps that one look follows, at most."""

PURPOSE = "feed"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Page:
    """What one sitemap brought: the pages of the time, how many there were in all, and what was wrong, in words."""

    url: str
    entries: tuple[ParsedEntry, ...] = ()
    listed: int = 0
    problem: str | None = None


class Sitemaps:
    """Reads a sitemap, or an index and what it leads to, for pages of a stretch of time; `delay` is in seconds.

    A page is of the day in its address where it has one, else of the time that the sitemap gives for it; one without
    either is not taken.
    """

    def __init__(
        self,
        client: Client,
        begin: datetime,
        end: datetime,
        *,
        max_bytes: int,
        delay: float,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._client = client
        self._begin = begin
        self._end = end
        self._max_bytes = max_bytes
        self._delay = delay
        self._pause = pause

    async def pages(self, url: str) -> AsyncIterator[Page]:
        """Yield what each sitemap brings, the one at the URL first."""
        waiting, asked = [url], set[str]()
        while waiting and len(asked) < MOST_SITEMAPS:
            address = waiting.pop(0)
            if address in asked:
                continue
            if asked:
                await self._pause(self._delay)
            asked.add(address)
            page, more = await self._read(address)
            waiting += [link.url for link in more if self._promising(link, url)]
            yield page

    def _promising(self, link: SitemapLink, index: str) -> bool:
        """Return whether a sitemap may name pages of the time: it changed since, and its name says no other time."""
        if ASIDE.search(urlsplit(link.url).path) or not same_site(link.url, index):
            return False
        if link.modified is not None and link.modified < self._begin:
            return False
        named = time_in(link.url)
        return named is None or (named[1] > self._begin and named[0] < self._end)

    async def _read(self, url: str) -> tuple[Page, Sequence[SitemapLink]]:
        try:
            response = await self._client.get(
                url, purpose=PURPOSE, headers={"Accept": ACCEPT}, max_bytes=self._max_bytes
            )
        except HttpError as error:
            return Page(url, problem=f"{error.result}: {error.detail}"), ()
        if response.status != HTTPStatus.OK:
            return Page(url, problem=f"HTTP {response.status}"), ()
        try:
            return await asyncio.to_thread(self._parsed, response.body, url)
        except ParseError as error:
            return Page(url, problem=str(error)), ()

    def _parsed(self, body: bytes, url: str) -> tuple[Page, Sequence[SitemapLink]]:
        try:
            feed = parse_feed(body, url)
            if feed.format == INDEX_FORMAT:
                return Page(url), feed.sitemaps
        except NoNews:
            pass  # pages without news elements are what an archive has
        found = tuple(parse_pages(unpacked(body), url))
        return Page(url, tuple(entry for entry in found if self._is_of_the_time(entry)), len(found)), ()

    def _is_of_the_time(self, entry: ParsedEntry) -> bool:
        named = time_in(entry.url)
        if named is not None and named[1] - named[0] == DAY:
            return named[0] < self._end and named[1] > self._begin
        published = entry.published
        return published is not None and self._begin <= published.astimezone(UTC) < self._end


def time_in(url: str) -> tuple[datetime, datetime] | None:
    """Return the first and the next moment of the last year, month or day that an address names."""
    for year, month, day in reversed(DATE.findall(urlsplit(url).path)):
        try:
            begin = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
        except ValueError:
            continue
        if day:
            return begin, begin + DAY
        later = begin.replace(day=1) + 32 * DAY if month else begin + 366 * DAY
        return begin, later.replace(day=1) if month else later.replace(month=1, day=1)
    return None


def unseen(engine: Engine, feed: FeedState, found: Sequence[ParsedEntry], now: datetime) -> tuple[list[Entry], Saved]:
    """Return the entries that nobody has seen, and what is to be saved once they are durable. Raises Retry."""
    parsed = ParsedFeed(format="sitemap", entries=tuple(found))
    named = {seen.id: (seen, item) for seen, item in seen_of(feed, parsed)}
    known = feed_state.recall(engine, [seen for seen, _ in named.values()]) if named else {}
    new = [(seen, item) for seen, item in named.values() if (feed.url, seen.id) not in known]
    entries = [entry_of(feed, parsed, seen, item, now) for seen, item in new]
    return entries, Saved(feed.url, {"polled": now}, [seen for seen, _ in new])
