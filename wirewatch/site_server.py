"""The web servers of the sample news site: validators, compression, kept-alive connections."""

from __future__ import annotations

import gzip
import hashlib
import sys
from collections.abc import Callable
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from wirewatch.site_pages import Reply

HOST = "127.0.0.1"


class OutletServer(ThreadingHTTPServer):
    """The web server of one outlet, on an address of this machine; a port of 0 is chosen by the system."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        host: str,
        port: int,
        reply: Callable[[str], Reply],
        clock: Callable[[], float],
        pause: Callable[[float], object],
    ) -> None:
        super().__init__((host, port), OutletHandler)
        self.host = host
        self.reply = reply
        self.clock = clock
        self.pause = pause

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away; a fault of the site itself is printed as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def base_url(self) -> str:
        """The address of the outlet, without a last slash."""
        return f"http://{self.host}:{self.server_port}"


class OutletHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD with validators and compression; keeps the connection alive."""

    protocol_version = "HTTP/1.1"
    server_version = "sample-site"
    sys_version = ""
    timeout = 30
    server: OutletServer

    def do_GET(self) -> None:
        """Answer with a body."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer with the headers alone."""
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing: the site is scenery."""

    def _answer(self) -> None:
        reply = self.server.reply(unquote(urlsplit(self.path).path))
        if reply.delay:
            self.server.pause(reply.delay)
        try:
            self._send(reply)
        except ConnectionError:
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        etag = f'W/"{hashlib.sha256(reply.body).hexdigest()[:24]}"'
        modified = _last_modified(reply, self.server.clock())
        if reply.status == HTTPStatus.OK and self._still_fresh(etag, modified):
            self._start(HTTPStatus.NOT_MODIFIED, etag, modified)
            self.end_headers()
            return
        packed = _accepts_gzip(self.headers.get("Accept-Encoding", ""))
        body = gzip.compress(reply.body, mtime=0) if packed else reply.body
        self._start(reply.status, etag, modified)
        self.send_header("Content-Type", f"{reply.media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _start(self, status: int, etag: str, modified: int | None) -> None:
        self.send_response(status)
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Cache-Control", "no-cache")
        if status != HTTPStatus.NOT_FOUND:
            self.send_header("ETag", etag)
        if modified is not None:
            self.send_header("Last-Modified", formatdate(modified, usegmt=True))

    def _still_fresh(self, etag: str, modified: int | None) -> bool:
        known = self.headers.get("If-None-Match")
        if known is not None:
            tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
            return "*" in tags or etag.removeprefix("W/") in tags
        since = self.headers.get("If-Modified-Since")
        if since is None or modified is None:
            return False
        try:
            return modified <= parsedate_to_datetime(since).timestamp()
        except ValueError:
            return False


def _last_modified(reply: Reply, now: float) -> int | None:
    """The second of the last change, once it is over: within it a further change would go unseen."""
    if reply.changed is None or int(reply.changed) >= int(now):
        return None
    return int(reply.changed)


def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        coding, _, quality = part.partition(";")
        if coding.strip() == "gzip":
            return quality.replace(" ", "").rstrip("0.") != "q="
    return False
