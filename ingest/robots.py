"""What robots.txt allows, asked once a while for each host. The only Protego import."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from protego import Protego

from ingest.urls import registered_domain
from pipeline.http import HttpError, Response

AGENT = "wirewatch"
"""The product token that robots.txt files name us by (RFC 9309, 2.2.1)."""

AGE = 12 * 3600.0
"""Seconds that rules are believed; RFC 9309 allows a day at most."""

FAILURE_AGE = 300.0
"""Seconds until a host that gave no rules is asked again."""

LARGEST = 512 * 1024
"""Bytes of robots.txt that are read; RFC 9309 asks for 500 KiB at least."""

HOSTS = 20_000
"""Hosts remembered."""

TOO_MANY_REQUESTS = 429
REDIRECTION, SERVER_ERROR = 300, 500
NO_RULES = frozenset({"refused-address", "redirects", "too-large"})
"""Failures that will not pass: as if there were no file. A refused host refuses the page as well."""


class RobotsUnreachable(Exception):  # not an error: the caller comes back later
    """The host does not say what it allows, so nothing is allowed for now; `after` is in seconds."""

    def __init__(self, after: float) -> None:
        super().__init__("robots.txt cannot be read")
        self.after = after


class Client(Protocol):
    """What is needed of the HTTP client."""

    async def get(self, url: str, *, purpose: str, max_bytes: int) -> Response:
        """Return the response to GET. Raises HttpError."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one host allows."""

    file: Protego | None

    def allows(self, url: str) -> bool:
        """Return whether the URL may be fetched."""
        return self.file is None or self.file.can_fetch(url, AGENT)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """Return the addresses of the sitemaps that the file names, as it writes them."""
        return () if self.file is None else tuple(self.file.sitemaps)

    @property
    def crawl_delay(self) -> float | None:
        """Return the seconds between two requests that the host asks for, if it does."""
        return None if self.file is None else self.file.crawl_delay(AGENT)


@dataclass(slots=True)
class _Known:
    answer: asyncio.Future[Rules | None]
    until: float


class Robots:
    """Fetches, keeps and answers; used from one event loop. `began` is told the domain of each request."""

    def __init__(
        self,
        client: Client,
        began: Callable[[str], None] = lambda _domain: None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._began = began
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def rules(self, url: str) -> Rules:
        """Return the rules of the URL's host. Raises RobotsUnreachable.

        Any 4xx means that all is allowed, except 429; that, a 5xx and silence mean to wait (RFC 9309, 2.3.1).
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self._known.get(origin)
        if known is None or known.until <= self._clock():
            known = self._ask(origin)
        self._known.move_to_end(origin)
        # Shielded, since others wait for the same answer.
        rules = await asyncio.shield(known.answer)
        if rules is None:
            raise RobotsUnreachable(max(known.until - self._clock(), 1.0))
        return rules

    def _ask(self, origin: str) -> _Known:
        known = _Known(asyncio.ensure_future(self._fetch(origin)), self._clock() + AGE)

        def settle(answer: asyncio.Future[Rules | None]) -> None:
            broken = answer.cancelled() or answer.exception() is not None or answer.result() is None
            known.until = self._clock() + (FAILURE_AGE if broken else AGE)

        known.answer.add_done_callback(settle)
        self._known[origin] = known
        if len(self._known) > HOSTS:
            self._known.popitem(last=False)
        return known

    async def _fetch(self, origin: str) -> Rules | None:
        self._began(registered_domain(origin))
        try:
            response = await self._client.get(f"{origin}/robots.txt", purpose="robots", max_bytes=LARGEST)
        except HttpError as error:
            return Rules(None) if error.result in NO_RULES else None
        if response.status == TOO_MANY_REQUESTS or response.status >= SERVER_ERROR:
            return None
        if response.status >= REDIRECTION or not response.body:
            return Rules(None)
        return Rules(Protego.parse(response.body.decode("utf-8-sig", "replace")))
