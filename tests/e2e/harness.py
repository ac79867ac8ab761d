"""What the end-to-end tests share: stages as processes, a webhook receiver, and what a run came to."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import orjson
import sqlalchemy as sa
from sqlalchemy import Engine
from standardwebhooks import Webhook

from pipeline.tables import alerts, articles, story_articles
from wirewatch.site import SampleSite

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATIENCE = 120.0
LOOK = 0.2


def eventually(what: str, condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until another process has made the condition true; fail after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience:.0f} s: {what}")
        time.sleep(LOOK)


def settings_for(data: Path, site: SampleSite, webhook: str | None = None) -> dict[str, str]:
    """Return the environment of a stage that works on the sample site."""
    catalogue = data / "catalogue.opml"
    catalogue.write_text(site.opml(), encoding="utf-8")
    environment = {
        "WIREWATCH_DATA": str(data),
        "WIREWATCH_POLLER__CATALOGUE": str(catalogue),
        "WIREWATCH_POLLER__FLOOR": "0.5",
        "WIREWATCH_POLLER__CAP": "1",
        "WIREWATCH_HTTP__ALLOW_NETWORKS": "127.0.0.0/8",
        "WIREWATCH_POLITENESS__DELAY": "0",
        "WIREWATCH_POLITENESS__IN_FLIGHT": "8",
        "WIREWATCH_RUNNER__BACKOFF": "0.5",
        "WIREWATCH_ALERTS__TERMINAL": "false",
        "WIREWATCH_ALERTS__JSONL": str(data / "alerts.jsonl"),
        "WIREWATCH_METRICS__ENABLED": "false",
    }
    if webhook:
        environment["WIREWATCH_ALERTS__WEBHOOK_URL"] = webhook
        environment["WIREWATCH_ALERTS__WEBHOOK_SECRET"] = SECRET
        environment["WIREWATCH_ALERTS__BACKOFF"] = "0.2"
    return environment


def command(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start the wirewatch command in a process group of its own; what it prints goes to the log."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WIREWATCH_")}
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "wirewatch", *arguments],
            env=inherited | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


@contextlib.contextmanager
def stages(names: Sequence[str], environment: Mapping[str, str], logs: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run stages, a process each, and stop them by SIGTERM; fail when one does not stop within ten seconds."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.extend(command([name], environment, logs / f"{name}.log") for name in names)
        yield processes
        for process in processes:
            process.terminate()
        codes = [process.wait(10) for process in processes]
        assert codes == [0] * len(processes), {name: code for name, code in zip(names, codes, strict=True) if code}
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()


class Receiver:
    """A webhook receiver: checks each signature and keeps what it accepted, by webhook id."""

    def __init__(self) -> None:
        self.received: dict[str, list[str]] = defaultdict(list)
        self.forged: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(body, {name.lower(): value for name, value in self.headers.items()})
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def take(self, body: bytes, headers: dict[str, str]) -> None:
        """Keep a delivery if its signature holds."""
        try:
            Webhook(SECRET).verify(body.decode(), headers)
        except Exception as error:  # noqa: BLE001  # any refusal is a forged delivery
            self.forged.append(repr(error))
            return
        self.received[headers["webhook-id"]].append(orjson.loads(body)["data"]["url"])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass(frozen=True)
class Result:
    """What a run came to, in the sample site's names: stored articles, stories by their members, stories alerted of."""

    stored: tuple[str, ...]
    stories: frozenset[frozenset[str]]
    alerted: tuple[frozenset[str], ...]


def result(engine: Engine, site: SampleSite, channel: str = "jsonl") -> Result:
    """Read what a run came to from its database, as a channel was told of it."""
    names = {article.url: article.id for article in site.articles}
    with engine.connect() as connection:
        urls = {row.id: row.url for row in connection.execute(sa.select(articles.c.id, articles.c.url))}
        members = defaultdict(set)
        for row in connection.execute(sa.select(story_articles.c.story, story_articles.c.article)):
            members[row.story].add(names.get(urls.get(row.article, ""), row.article))
        sent = sa.select(alerts.c.story).where(alerts.c.state == "sent", alerts.c.channel == channel)
        told = connection.execute(sent).scalars()
        stories = {story: frozenset(found) for story, found in members.items()}
        # Another process may have sent the alert of a story whose members are not stored yet.
        alerted = tuple(sorted((stories.get(story, frozenset({story})) for story in told), key=sorted))
    stored = tuple(sorted(names.get(url, url) for url in urls.values()))
    return Result(stored, frozenset(stories.values()), alerted)


def expected(site: SampleSite) -> Result:
    """Return what a run must come to, by the labels of the sample site."""
    members = defaultdict(set)
    direct = set()
    for article in site.articles:
        if article.story:
            members[article.story].add(article.id)
        if article.story and article.level == "direct":
            direct.add(article.story)
    stories = {story: frozenset(found) for story, found in members.items()}
    alerted = tuple(sorted((stories[story] for story in direct), key=sorted))
    return Result(tuple(sorted(article.id for article in site.articles)), frozenset(stories.values()), alerted)
