"""Serves the feeds of stories, read from the archive when they are asked for."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import structlog
from sqlalchemy import Engine

from pipeline.errors import Retry
from pipeline.settings import FeedSettings
from sinks.feed import StoryFeed, atom, json_feed, read_feed

PATIENCE = 10.0
"""Seconds that a reader has to ask its question and to take the answer."""

RETRY_AFTER = 30
"""Seconds after which a reader may ask again when the archive cannot be read."""

FORMATS: dict[str, tuple[str, Callable[[StoryFeed], bytes]]] = {
    "atom": ("application/atom+xml; charset=utf-8", atom),
    "json": ("application/feed+json; charset=utf-8", json_feed),
}


@dataclass(frozen=True)
class Page:
    """What is served at a path; `modified` to the second."""

    content_type: str
    body: bytes
    modified: datetime | None = None

    @property
    def etag(self) -> str:
        """Return the validator of the page: a hash of its content."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


class StoryFeeds:
    """The pages: one feed in each format for each watchlist, and a list of them. The watchlists' ids are safe in a URL.

    `address` is where readers reach the server, without a slash at the end.
    """

    def __init__(self, engine: Engine, watchlists: Sequence[str], settings: FeedSettings, address: str) -> None:
        self._engine = engine
        self._settings = settings
        self._address = address
        self._paths = {f"/feeds/{name}.{kind}": (name, kind) for name in watchlists for kind in FORMATS}

    def page(self, path: str) -> Page | None:
        """Return what is served at a path, or None. Raises Retry when the archive cannot be read."""
        if path == "/":
            return self._list()
        if path not in self._paths:
            return None
        watchlist, kind = self._paths[path]
        feed = read_feed(self._engine, watchlist, self._address, self._settings.entries, self._settings.min_level)
        content_type, render = FORMATS[kind]
        return Page(content_type, render(feed), feed.updated.astimezone(UTC).replace(microsecond=0))

    def _list(self) -> Page:
        types = {kind: content_type.partition(";")[0] for kind, (content_type, _) in FORMATS.items()}
        found = [(escape(path), escape(name), types[kind]) for path, (name, kind) in self._paths.items()]
        links = "".join(
            f'<link rel="alternate" type="{kind}" title="{name}" href="{path}">' for path, name, kind in found
        )
        items = "".join(f'<li><a href="{path}">{path}</a></li>' for path, _, _ in found)
        text = (
            f"<!DOCTYPE html><html><head><title>wirewatch</title>{links}</head><body><ul>{items}</ul></body></html>\n"
        )
        return Page("text/html; charset=utf-8", text.encode())


class FeedServer:
    """Serves pages on an address. Raises OSError when it cannot be had."""

    def __init__(self, page: Callable[[str], Page | None], host: str, port: int) -> None:
        class Handler(_Handler):
            find = staticmethod(page)

        self._server = _Server((host, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="feed", daemon=True)

    @property
    def port(self) -> int:
        """Return the port that is listened on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to serve, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the address."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a reader that went away in the middle."""


class _Handler(BaseHTTPRequestHandler):
    find: Callable[[str], Page | None]
    timeout = PATIENCE

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def _serve(self) -> None:
        try:
            page = self.find(urlsplit(self.path).path)
        except Retry as error:
            structlog.get_logger().warning("feed.unreadable", reason=error.reason)
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": str(RETRY_AFTER)})
            return
        except Exception:  # noqa: BLE001  # the reader is owed an answer, and the operator the reason
            structlog.get_logger().exception("feed.failed", path=self.path)
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
            return
        if page is None:
            self._refuse(HTTPStatus.NOT_FOUND)
        elif self._is_known(page):
            self._answer(HTTPStatus.NOT_MODIFIED, _validators(page), b"")
        else:
            about = {"Content-Type": page.content_type, "Content-Length": str(len(page.body))}
            self._answer(HTTPStatus.OK, about | _validators(page), page.body)

    def _is_known(self, page: Page) -> bool:
        """Return whether the reader has the page; its ETag counts more than its date (RFC 9110, 13.2.2)."""
        if (tags := self.headers.get("If-None-Match")) is not None:
            return tags.strip() == "*" or page.etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
        except ValueError:
            return False
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        return page.modified is not None and page.modified <= since

    def _refuse(self, status: HTTPStatus, headers: dict[str, str] | None = None) -> None:
        body = f"{status.phrase}\n".encode()
        about = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
        self._answer(status, about | (headers or {}), body)

    def _answer(self, status: HTTPStatus, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "X-Content-Type-Options": "nosniff"}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        """Return what the answer says of the server: nothing that helps to attack it."""
        return "wirewatch"

    def log_message(self, *_: object) -> None:
        """Stay quiet: a reader that asks every few minutes is no event."""


def _validators(page: Page) -> dict[str, str]:
    found = {"ETag": page.etag, "Cache-Control": "no-cache"}
    return found | ({"Last-Modified": format_datetime(page.modified, usegmt=True)} if page.modified else {})
