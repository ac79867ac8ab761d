"""Fakes and builders for the tests of the poller."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from ingest.feeds import Feed
from pipeline.http import HttpError, Redirect, Response
from pipeline.messages import Outlet

NOON = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)


class FakeClock:
    """A clock that stands still until somebody sleeps or the test moves it."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)


@dataclass
class Request:
    url: str
    headers: Mapping[str, str]


@dataclass
class FakeFeeds:
    """The web, to a poller: an answer for each address, given by the test; remembers what was asked."""

    clock: FakeClock
    answers: dict[str, Callable[[Request], Response]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    together: list[list[str]] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    unanswered: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def get(
        self, url: str, *, purpose: str, headers: Mapping[str, str] | None = None, max_bytes: int
    ) -> Response:
        request = Request(url, dict(headers or {}))
        self.requests.append(request)
        self.open.append(url)
        self.together.append(list(self.open))
        try:
            await asyncio.sleep(0)  # others that were started with it begin, too
            if url in self.silent:
                self.unanswered.put_nowait(url)
                await asyncio.Event().wait()
            return self.answers[url](request)
        finally:
            self.open.remove(url)

    def serve(
        self,
        url: str,
        body: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        redirects: tuple[Redirect, ...] = (),
    ) -> None:
        final = redirects[-1].url if redirects else url
        response = Response(final, status, dict(headers or {}), body.encode(), self.clock.now, redirects)
        self.answers[url] = lambda _: response

    def serve_with_etag(self, url: str, body: str, etag: str) -> None:
        def answer(request: Request) -> Response:
            same = request.headers.get("If-None-Match") == etag
            return Response(url, 304 if same else 200, {"etag": etag}, b"" if same else body.encode(), self.clock.now)

        self.answers[url] = answer

    def break_with(self, url: str, error: Exception) -> None:
        def answer(_: Request) -> Response:
            raise error

        self.answers[url] = answer

    def time_out(self, url: str) -> None:
        self.break_with(url, HttpError("timeout", url, "30 s"))


def make_feed(url: str = "https://one.example.org/feed", name: str = "One", *, disabled: bool = False) -> Feed:
    return Feed(url=url, outlet=Outlet(name=name, country="TH", kind="private"), language="en", disabled=disabled)


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'


def item(path: str, title: str = "Title", *, guid: str | None = None, summary: str = "") -> str:
    named = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    return (
        f"<item><title>{title}</title><link>https://www.example.org/{path}</link>{named}"
        f"<description>{summary}</description></item>"
    )
