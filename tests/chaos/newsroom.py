"""Many feeds on loopback that publish while others are killed, and the pages their entries lead to."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from typing import Self

HOSTS = 50
"""Addresses of 127.0.0.0/8 that are served: a poller asks one feed of a host at a time."""

PATH = re.compile(rb"GET /(feed|page)/(\d+)(?:/(\d+))? ")
SENTENCES = (
    "Harbour master {0} of berth {1} counted the boats before the rain began and wrote the figure on the board.",
    "By noon line {1} of ledger {0} was full, and the clerks of the market opened another for the evening catch.",
    "Nobody at stall {0} had seen so many crates since year {1} of the old calendar, the oldest of them said.",
    "The {1} families of lane {0} will be told tomorrow whether the bridge can be crossed again before the feast.",
)


class Newsroom:
    """Publishes `each` entries in every one of `feeds` feeds, evenly over some seconds; a context manager.

    While `silent` it answers nobody.
    """

    def __init__(self, feeds: int, each: int, seconds: float) -> None:
        self.feeds, self._each, self._seconds = feeds, each, seconds
        self._began = time.monotonic()
        self.silent = False
        self.asked: list[int] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _hang_up(self) -> None:
        self._server.close()
        self._others.close()
        calls = asyncio.all_tasks() - {asyncio.current_task()}
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def _listen(self) -> asyncio.Server:
        first = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = first.sockets[0].getsockname()[1]
        others = [f"127.0.0.{number}" for number in range(2, HOSTS + 1)]
        self._others = await asyncio.start_server(self._serve, others, self._port)
        return first

    def url(self, kind: str, feed: int, entry: int | None = None) -> str:
        """Return the address of a feed, or of the page of one of its entries."""
        tail = "" if entry is None else f"/{entry}"
        return f"http://127.0.0.{feed % HOSTS + 1}:{self._port}/{kind}/{feed}{tail}"

    def urls(self) -> set[str]:
        """Return the addresses of all pages that there are in the end."""
        return {self.url("page", feed, entry) for feed in range(self.feeds) for entry in range(self._each)}

    def opml(self) -> str:
        """Return the catalogue of the feeds."""
        outlines = (
            f'<outline text="Outlet {n}" type="rss" xmlUrl="{self.url("feed", n)}"/>' for n in range(self.feeds)
        )
        return f'<opml version="2.0"><head/><body>{"".join(outlines)}</body></opml>'

    @property
    def finished(self) -> bool:
        """Return whether everything is published."""
        return time.monotonic() - self._began >= self._seconds

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked = PATH.match(head)
                body = self._body(asked) if asked else b""
                status = "200 OK" if asked else "404 Not Found"
                if asked and asked[1] == b"feed":
                    self.asked.append(int(asked[2]))
                while self.silent:  # noqa: ASYNC110  # the flag is set from another thread
                    await asyncio.sleep(0.05)
                kind = "text/html; charset=utf-8" if asked and asked[1] == b"page" else "application/rss+xml"
                fields = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
                writer.write(f"HTTP/1.1 {status}\r\n{fields}\r\n".encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _body(self, asked: re.Match[bytes]) -> bytes:
        feed = int(asked[2])
        return self._feed(feed) if asked[1] == b"feed" else self._page(feed, int(asked[3] or 0))

    def _feed(self, feed: int) -> bytes:
        passed = min((time.monotonic() - self._began) / self._seconds, 1.0)
        there = min(int(passed * self._each + feed / self.feeds), self._each)
        items = (
            f"<item><title>Report {n} of {feed}</title><link>{self.url('page', feed, n)}</link></item>"
            for n in reversed(range(there))
        )
        return f'<rss version="2.0"><channel><title>F</title>{"".join(items)}</channel></rss>'.encode()

    def _page(self, feed: int, entry: int) -> bytes:
        paragraphs = "".join(f"<p>{sentence.format(feed, entry)}</p>" for sentence in SENTENCES * 2)
        head = f"<head><title>Report {entry} of {feed}</title></head>"
        return f"<html>{head}<body><article>{paragraphs}</article></body></html>".encode()
