"""The HTTP server of a process: its metrics, whether it works, and whether it can do its job."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pipeline.telemetry import Telemetry


class MetricsServer:
    """Serves /metrics, /healthz (the process works) and /readyz (it can do its job) on an address.

    `health` and `readiness` return the problems, by name; none means 200, any means 503.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        host: str,
        port: int,
        *,
        health: Callable[[], dict[str, str]],
        readiness: Callable[[], dict[str, str]],
    ) -> None:
        checks = {"/healthz": health, "/readyz": readiness}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(HTTPStatus.OK, *telemetry.page(self.headers.get("Accept", "")))
                elif self.path in checks:
                    problems = checks[self.path]()
                    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
                    body = json.dumps({"status": "failing" if problems else "ok", "problems": problems})
                    self._answer(status, "application/json", body.encode() + b"\n")
                else:
                    self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"/metrics /healthz /readyz\n")

            def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay quiet: a scrape every few seconds is no event."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)

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
