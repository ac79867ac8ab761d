"""The fetcher: gets the page of each entry, politely, and publishes its article."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import NoReturn, Protocol
from urllib.parse import urlsplit

from ingest import article
from ingest.article import Text
from ingest.down_hosts import DownHosts, HostDown
from ingest.extract import Extracted
from ingest.politeness import Busy, Politeness
from ingest.robots import Robots, RobotsUnreachable
from ingest.urls import canonical_url, registered_domain
from pipeline.errors import Drop, Quarantine, Retry
from pipeline.http import HttpError, HttpResult, Response
from pipeline.messages import Article, Entry
from pipeline.stage import Topics
from pipeline.topics import ARTICLES, ENTRIES

LONGEST_WAIT = 3600.0
"""Seconds that a message waits for a host that asks for more; the host is spared for as long as it asks."""

RATE_LIMIT_PAUSE = 60.0
"""Seconds that a host is spared that limits the rate without saying for how long."""

PASSING: frozenset[HttpResult] = frozenset({"timeout", "dns", "connect", "tls", "protocol", "decode"})
"""Failures that may pass; after the others the page is given up."""

NO_ANSWER: frozenset[HttpResult] = frozenset({"timeout", "dns", "connect", "tls"})
"""Failures that are the host's and not the page's."""

HEADERS = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"}
HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml")
MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|div|p)\b", re.IGNORECASE)
SNIFFED = 4096
WALL = re.compile(
    r"^(?:just a moment|attention required|access (?:to this page has been )?denied|are you a robot|"
    r"verify(?:ing)? you are human|please wait\b.*cloudflare|403 forbidden|robot or human)",
    re.IGNORECASE,
)
"""Titles of what stands in the way instead of the page."""

NO_CONTENT, OK_END, PAYMENT_REQUIRED, REQUEST_TIMEOUT, TOO_EARLY = 204, 300, 402, 408, 425
TOO_MANY_REQUESTS, SERVER_ERROR, UNAVAILABLE = 429, 500, 503
GONE = frozenset({404, 410})
FORBIDDEN = frozenset({401, 403, 407, 451})


class Client(Protocol):
    """What is needed of the HTTP client."""

    async def get(self, url: str, *, purpose: str, headers: dict[str, str], max_bytes: int) -> Response:
        """Return the response to GET. Raises HttpError."""


class Extraction(Protocol):
    """What is needed of the extractor."""

    async def extract(self, body: bytes, url: str, charset: str | None) -> Extracted:
        """Return the article of a page. Raises Retry or Quarantine for a page that is too much for a worker."""


class Watch(Protocol):
    """What is told what each page had."""

    def see(self, outlet: str, found: Extracted) -> None:
        """Note it, without waiting."""


class Ids(Protocol):
    """What is needed of the ids of articles."""

    def of(self, entry: Entry, found: str) -> str:
        """Return the id of the entry's article, `found` where there was none before. Raises Retry."""


class _Missing(Exception):
    """There is no page, for good; the reason is one of a bounded set."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Later(Exception):
    """There may be a page later, after so many seconds if it is known."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = None if after is None else min(after, LONGEST_WAIT)


class Fetcher:
    """Turns an entry into its article: robots, politeness, page, extraction, and the feed's text where that fails.

    `robots` is None where robots.txt is not heeded.
    """

    name = "fetcher"
    reads: Topics = (ENTRIES,)
    writes: Topics = (ARTICLES,)

    def __init__(
        self,
        client: Client,
        robots: Robots | None,
        politeness: Politeness,
        extractor: Extraction,
        down_hosts: DownHosts,
        watch: Watch,
        ids: Ids,
        *,
        page_bytes: int,
    ) -> None:
        self._client = client
        self._robots = robots
        self._politeness = politeness
        self._extractor = extractor
        self._down_hosts = down_hosts
        self._watch = watch
        self._ids = ids
        self._page_bytes = page_bytes

    async def __call__(self, entry: Entry) -> Sequence[Article]:
        """Return the article. Raises Drop where neither page nor feed has one, Retry where the page may come later."""
        try:
            found = await self._article(entry)
        except _Missing as missing:
            told = article.from_feed(entry, paywalled=missing.reason == "paywall")
            if told is None:
                raise Drop(missing.reason) from None
            found = told
        except _Later as later:
            told = article.from_feed(entry)
            fallback = [await self._named(told, entry)] if told else None
            raise Retry(later.reason, later.after, fallback=fallback) from None
        return [await self._named(found, entry)]

    async def _named(self, found: Article, entry: Entry) -> Article:
        """Return the article under the id it had at first, where its page named another address than its entry."""
        if entry.revision == 0 and found.id == entry.id:
            return found
        first = await asyncio.to_thread(self._ids.of, entry, found.id)
        return found if first == found.id else found.model_copy(update={"id": first})

    async def _article(self, entry: Entry) -> Article:
        response = await self._get(entry.url)
        if _is_front_page(response.url) and not _is_front_page(entry.url):
            raise _Missing("gone")
        found = await self._extract(response)
        if WALL.match(found.title):
            raise _Missing("forbidden")
        self._watch.see(entry.outlet.name, found)
        texts = [Text(found.text, "page")]
        if not article.is_enough(found):
            texts += [*await self._amp(found), *article.feed_texts(entry)]
        text = article.best(texts)
        if text is None or (text.source == "page" and len(text.text) < article.SHORTEST_SUMMARY):
            raise _Missing("no-text")
        url = found.canonical_url or canonical_url(response.url) or entry.url
        return article.from_page(entry, found, text, url, response.received)

    async def _amp(self, found: Extracted) -> list[Text]:
        """Return the text of the page's AMP version, if there is one and it can be had."""
        if found.amp_url is None:
            return []
        try:
            amp = await self._extract(await self._get(found.amp_url))
        except (_Missing, _Later, Retry, Quarantine):
            return []
        return [Text(amp.text, "amp")]

    async def _get(self, url: str) -> Response:
        """Return a page of HTML. Raises _Missing, _Later, and Retry where the host has too much to do for us."""
        domain, delay = registered_domain(url), None
        try:
            if self._robots is not None:
                rules = await self._robots.rules(url)
                delay = rules.crawl_delay
                if not rules.allows(url):
                    raise _Missing("robots")
            async with self._politeness.turn(domain, delay):
                response = await self._ask(url)
                # Within the turn, so that nobody starts between a wish to be spared and its being heard.
                self._heed(response, domain)
        except HostDown as down:
            raise _Later("host-down", down.after) from None
        except RobotsUnreachable as unreachable:
            raise _Later("robots-unreachable", unreachable.after) from None
        except Busy as busy:
            if busy.held:
                raise _Later("rate-limited", busy.after) from None
            raise Retry("busy", busy.after, forever=True) from None
        except HttpError as error:
            if error.result in PASSING:
                raise _Later(error.result) from None
            raise _Missing(error.result) from None
        _check(response)
        return response

    async def _ask(self, url: str) -> Response:
        """Return the response, whatever its status. Raises HttpError, and HostDown instead of asking in vain."""
        began = self._down_hosts.begin(url)
        try:
            response = await self._client.get(url, purpose="page", headers=HEADERS, max_bytes=self._page_bytes)
        except HttpError as error:
            if error.result in NO_ANSWER:
                # By a redirect it may be another host that does not answer, but through this one it is not reached.
                self._down_hosts.failed(url, began)
            raise
        self._down_hosts.answered(url)
        return response

    def _heed(self, response: Response, domain: str) -> None:
        if response.status == TOO_MANY_REQUESTS:
            self._politeness.hold(domain, response.retry_after or RATE_LIMIT_PAUSE)
        elif response.status == UNAVAILABLE and response.retry_after:
            self._politeness.hold(domain, response.retry_after)

    async def _extract(self, response: Response) -> Extracted:
        return await self._extractor.extract(response.body, response.url, response.charset)


def _check(response: Response) -> None:
    """Return for a response with HTML; raise what any other means."""
    if response.status < OK_END:
        if response.status >= NO_CONTENT or not response.body.strip():
            raise _Missing("empty")
        if not _is_html(response):
            raise _Missing("not-html")
        return
    _refuse(response)


def _refuse(response: Response) -> NoReturn:
    status = response.status
    if status == TOO_MANY_REQUESTS:
        raise _Later("rate-limited", response.retry_after or RATE_LIMIT_PAUSE)
    if status >= SERVER_ERROR or status in (REQUEST_TIMEOUT, TOO_EARLY):
        raise _Later("server-error", response.retry_after)
    if status in GONE:
        raise _Missing("gone")
    if status == PAYMENT_REQUIRED:
        raise _Missing("paywall")
    raise _Missing("forbidden" if status in FORBIDDEN else "bad-status")


def _is_html(response: Response) -> bool:
    """Return whether it is HTML by its declared type, or by its beginning where the type says nothing."""
    declared = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared in ("", "text/plain", "application/octet-stream"):
        return bool(MARKUP.search(response.body[:SNIFFED]))
    return declared in HTML_TYPES


def _is_front_page(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query
