"""The HTTP server of a process: its metrics, whether it works and can do its job, and what it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase

from pipeline.errors import InputError, Retry
from pipeline.telemetry import Telemetry

TEXT = "text/plain"
Answer = tuple[HTTPStatus, str, bytes]
"""Status, type and body."""

LARGEST_POST = 1024 * 1024
"""Bytes of a body that is taken."""

LARGEST_REFUSED = 8 * LARGEST_POST
"""Bytes of a body that is read although it is refused."""


class MetricsServer:
    """Serves /metrics, /healthz (the process works) and /readyz (it can do its job) on an address.

    `health` and `readiness` return the problems, by name; none means 200, any means 503. `posts` are called with what
    is posted to their paths; InputError means 400, Retry 503: whoever asked may ask again.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        host: str,
        port: int,
        *,
        health: Callable[[], dict[str, str]],
        readiness: Callable[[], dict[str, str]],
        posts: Mapping[str, Callable[[bytes], None]] | None = None,
    ) -> None:
        self._telemetry = telemetry
        self._checks = {"/healthz": health, "/readyz": readiness}
        self._posts = dict(posts or {})
        self._server = ThreadingHTTPServer((host, port), _handler(self._get, self._post))
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)

    def _get(self, path: str, headers: Message) -> Answer:
        if path == "/metrics":
            return HTTPStatus.OK, *self._telemetry.page(headers.get("Accept", ""))
        if path not in self._checks:
            return HTTPStatus.NOT_FOUND, TEXT, b"/metrics /healthz /readyz\n"
        problems = self._checks[path]()
        status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
        body = json.dumps({"status": "failing" if problems else "ok", "problems": problems})
        return status, "application/json", body.encode() + b"\n"

    def _post(self, path: str, headers: Message, file: BufferedIOBase) -> Answer:
        length = headers.get("Content-Length", "")
        if path not in self._posts or not length.isdecimal() or int(length) > LARGEST_POST:
            # A client that is still sending would get no answer.
            file.read(min(int(length), LARGEST_REFUSED) if length.isdecimal() else 0)
        if path not in self._posts:
            return HTTPStatus.NOT_FOUND, TEXT, b"nothing is taken here\n"
        if not length.isdecimal() or int(length) > LARGEST_POST:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TEXT, b"at most 1 MiB, and its length is said\n"
        try:
            self._posts[path](file.read(int(length)))
        except InputError as error:
            return HTTPStatus.BAD_REQUEST, TEXT, f"{error}\n".encode()
        except Retry as error:
            return HTTPStatus.SERVICE_UNAVAILABLE, TEXT, f"{error.reason}\n".encode()
        return HTTPStatus.OK, TEXT, b"ok\n"

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


def _handler(
    get: Callable[[str, Message], Answer], post: Callable[[str, Message, BufferedIOBase], Answer]
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_GET(self) -> None:
            self._answer(*get(self.path, self.headers))

        def do_POST(self) -> None:
            self._answer(*post(self.path, self.headers, self.rfile))

        def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet: a scrape every few seconds is no event."""

    return Handler
