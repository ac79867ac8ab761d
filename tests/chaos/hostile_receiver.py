"""A webhook receiver that takes what it is sent, or asks to wait, fails, hangs or hangs up, by chance."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import orjson
from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ANSWERS = {"taken": 50, "taken, then hangs up": 5, "wait": 12, "failed": 13, "hangs": 8, "hangs up": 12}
"""What becomes of a request, by its share of a hundred."""


@dataclass(frozen=True)
class Taken:
    """What a request said that was taken: its key, and what it tells of."""

    key: str
    told: tuple[str, str]


class HostileReceiver:
    """Answers by chance until it is told to be `kind`; a context manager."""

    def __init__(self, seed: int) -> None:
        self.taken: list[Taken] = []
        self.keys: dict[tuple[str, str], set[str]] = {}
        self.forged = 0
        self.answers: Counter[str] = Counter()
        self._chance = random.Random(seed)  # noqa: S311  # answers, not secrets
        self._asked = threading.Condition()
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def wait_for(self, count: int, patience: float) -> bool:
        """Return whether so many requests came, within some seconds."""
        with self._asked:
            return self._asked.wait_for(lambda: sum(self.answers.values()) >= count, patience)

    def answer(self, headers: dict[str, str], body: bytes) -> str:
        """Return what becomes of a request, and keep it if it is taken."""
        with self._asked:
            try:
                Webhook(SECRET).verify(body.decode(), headers)
            except Exception:  # noqa: BLE001  # any refusal is a forged delivery
                self.forged += 1
                return "failed"
            alert = orjson.loads(body)["data"]
            told = alert["kind"], alert["url"]
            self.keys.setdefault(told, set()).add(headers["webhook-id"])
            answer = self._chance.choices(list(ANSWERS), list(ANSWERS.values()))[0]
            self.answers[answer] += 1
            self._asked.notify_all()
            if answer.startswith("taken"):
                self.taken.append(Taken(headers["webhook-id"], told))
            return answer

    def _handler(self) -> Any:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = receiver.answer({name.lower(): value for name, value in self.headers.items()}, body)
                if answer == "hangs":
                    receiver._ended.wait(30)
                if "hangs" in answer:
                    self.close_connection = True
                    return
                self.send_response({"taken": 200, "wait": 429}.get(answer, 500))
                if answer == "wait":
                    self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        return Handler
