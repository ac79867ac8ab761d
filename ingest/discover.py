"""The feeds of a site, found from its home page: each candidate is asked and read before it is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from ingest.dates import AHEAD
from ingest.feed_links import linked_feeds, usual_places
from ingest.feed_state import FeedState
from ingest.feeds import same_address
from ingest.parse import parse_feed
from ingest.parsed import ParsedFeed, ParseError
from ingest.poll import Client, poll
from ingest.poll_index import Pause
from ingest.robots import Robots, RobotsUnreachable, Rules
from pipeline.errors import InputError
from pipeline.http import HttpError, Response
from pipeline.messages import Outlet

MOST = 30
"""Candidates that are asked, at most: a page of feeds may name hundreds."""

MOST_SITEMAPS = 5
"""Sitemaps of robots.txt that are asked, those named for news first."""

LONGEST_DELAY = 10.0
"""Seconds; a Crawl-delay of more is taken as this much, since a person waits."""

ACCEPT = {"Accept": "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"}


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate that was asked, and the feed or what is wrong; `way` is itself, link, page, robots or usual."""

    url: str
    way: str
    feed: ParsedFeed | None = None
    problem: str | None = None


def newest(feed: ParsedFeed, now: datetime) -> datetime | None:
    """Return when the newest entry was published, those dated in the future left out."""
    return max(
        (entry.published for entry in feed.entries if entry.published and entry.published <= now + AHEAD), default=None
    )


def stranger(url: str) -> FeedState:
    """Return an address as a feed of which nothing is known."""
    return FeedState(url, Outlet(name=urlsplit(url).netloc), None, interval=0.0)


class Discovery:
    """Finds the feeds of one site; used from one event loop. `delay` is in seconds, between two requests."""

    def __init__(
        self, client: Client, robots: Robots | None, now: datetime, *, max_bytes: int, delay: float, pause: Pause
    ) -> None:
        self._client = client
        self._robots = robots
        self._now = now
        self._max_bytes = max_bytes
        self._delay = delay
        self._pause = pause
        self._asked: set[str] = set()

    async def feeds(self, url: str) -> AsyncIterator[Found]:
        """Yield each candidate when it was asked; the usual places only where nothing else led to a feed.

        Raises InputError when the page itself cannot be had.
        """
        rules = await self._rules(url)
        page = await self._page(url)
        itself = _read(page)
        if itself is not None:
            yield Found(url, "itself", itself)
            return
        working = 0
        async for found in self._ask(linked_feeds(page.body, page.url)):
            working += found.feed is not None
            yield found
        if not working:
            async for found in self._ask(usual_places(page.url, sitemaps=False)):
                if found.feed is not None:
                    yield found
                    break
        async for found in self._sitemaps(page.url, rules):
            yield found

    async def _sitemaps(self, url: str, rules: Rules) -> AsyncIterator[Found]:
        named = sorted(rules.sitemaps, key=lambda sitemap: "news" not in sitemap.lower())[:MOST_SITEMAPS]
        candidates = [("robots", sitemap) for sitemap in named] or list(usual_places(url, sitemaps=True))
        async for found in self._ask(candidates):
            # Most sitemaps are of other pages, which is no fault worth telling.
            if found.feed is not None:
                yield found
                return

    async def _rules(self, url: str) -> Rules:
        """Return what the URL's host allows. Raises InputError."""
        if self._robots is None:
            return Rules(None)
        try:
            rules = await self._robots.rules(url)
        except RobotsUnreachable:
            remedy = "Try again later, or give the address of the feed to: wirewatch feeds add"
            raise InputError(url, "its robots.txt cannot be read, so nothing may be asked", remedy) from None
        if not rules.allows(url):
            raise InputError(url, "its robots.txt forbids to ask for it", "Give another address of the outlet.")
        return rules

    async def _page(self, url: str) -> Response:
        remedy = "Give the address of the outlet's home page."
        try:
            page = await self._client.get(url, purpose="command", headers=ACCEPT, max_bytes=self._max_bytes)
        except HttpError as error:
            raise InputError(url, f"cannot be fetched: {error.result}: {error.detail}", remedy) from None
        if not page.status // 100 == 2:  # noqa: PLR2004  # any success
            raise InputError(url, f"answers with status {page.status}", remedy)
        return page

    async def _ask(self, candidates: Iterable[tuple[str, str]]) -> AsyncIterator[Found]:
        for way, url in self._fresh(candidates):
            try:
                rules = await self._rules(url)
            except InputError as error:
                yield Found(url, way, problem=error.problem)
                continue
            await self._pause(max(self._delay, min(rules.crawl_delay or 0.0, LONGEST_DELAY)))
            answer = await poll(self._client, stranger(url), self._now, self._max_bytes, self._pause)
            yield Found(url, way, answer.parsed, answer.problem)

    def _fresh(self, candidates: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        for way, url in candidates:
            if same_address(url) not in self._asked and len(self._asked) < MOST:
                self._asked.add(same_address(url))
                yield way, url


def _read(page: Response) -> ParsedFeed | None:
    try:
        return parse_feed(page.body, page.url, charset=page.charset, language=page.language)
    except ParseError:
        return None
