"""kill -9 of poller and fetcher at random moments, while feeds publish; what came of it is counted in the store.

`make chaos` runs it at length: python -m tests.chaos.killing
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import orjson
import sqlalchemy as sa

from pipeline import database
from pipeline.embedded import EmbeddedBroker
from pipeline.settings import EmbeddedSettings
from pipeline.tables import articles
from pipeline.topics import ENTRIES, specs
from tests.chaos.newsroom import Newsroom
from tests.e2e.harness import command, eventually

KILLED = ("poller", "fetcher")
SPARED = ("tagger", "store")


@dataclass(frozen=True)
class Outcome:
    """What a run came to: entries that feeds published, and those the bus and the store have of them."""

    published: int
    kills: Counter[str]
    on_the_bus: int
    repeated_on_the_bus: int
    stored: int
    lost: int
    stored_twice: int
    strangers: int
    seconds: float


def settings_for(data: Path, newsroom: Newsroom) -> dict[str, str]:
    """Return the environment of the stages."""
    catalogue = data / "catalogue.opml"
    catalogue.write_text(newsroom.opml(), encoding="utf-8")
    return {
        "WIREWATCH_DATA": str(data),
        "WIREWATCH_POLLER__CATALOGUE": str(catalogue),
        "WIREWATCH_POLLER__FLOOR": "4",
        "WIREWATCH_POLLER__CAP": "8",
        "WIREWATCH_POLLER__LEASE": "3",
        "WIREWATCH_HTTP__ALLOW_NETWORKS": "127.0.0.0/8",
        "WIREWATCH_POLITENESS__DELAY": "0",
        "WIREWATCH_POLITENESS__ROBOTS": "false",
        "WIREWATCH_RUNNER__BACKOFF": "0.5",
        "WIREWATCH_METRICS__ENABLED": "false",
    }


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its workers as the kernel does when memory runs out: at once, without a word."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def rampage(data: Path, *, feeds: int, each: int, kills: int, life: float, seed: int = 1) -> Outcome:
    """Run the stages on a newsroom and kill poller or fetcher so often, after `life` seconds on average."""
    chance = random.Random(seed)  # noqa: S311  # moments, not secrets
    began = time.monotonic()
    with Newsroom(feeds, each, kills * life) as newsroom:
        environment = settings_for(data, newsroom)
        engine = database.open_engine(f"sqlite:///{data / 'wirewatch.sqlite'}")
        database.migrate(engine)
        running = {name: command([name], environment, data / f"{name}.log") for name in (*SPARED, *KILLED)}
        killed: Counter[str] = Counter()
        try:
            for number in range(kills):
                time.sleep(chance.uniform(0, 2 * life))  # the moment of a kill is no synchronisation
                name = KILLED[number % len(KILLED)]
                assert running[name].poll() is None, f"{name} ended by itself; see {data}"
                kill(running[name])
                killed[name] += 1
                running[name] = command([name], environment, data / f"{name}.log")

            def stored() -> list[str]:
                with engine.connect() as connection:
                    return list(connection.execute(sa.select(articles.c.url)).scalars())

            wanted = newsroom.urls()
            eventually("every entry stored", lambda: newsroom.finished and wanted <= set(stored()), 240)
        finally:
            for process in running.values():
                kill(process)
        found = Counter(stored())
        engine.dispose()
    on_the_bus = Counter(ids_on_the_bus(data))
    return Outcome(
        published=len(wanted),
        kills=killed,
        on_the_bus=len(on_the_bus),
        repeated_on_the_bus=sum(on_the_bus.values()) - len(on_the_bus),
        stored=len(found),
        lost=len(wanted - set(found)),
        stored_twice=sum(count > 1 for count in found.values()),
        strangers=len(set(found) - wanted),
        seconds=time.monotonic() - began,
    )


def ids_on_the_bus(data: Path) -> list[str]:
    """Return the id of every entry that was published, as often as it was."""
    broker = EmbeddedBroker(data / "log.sqlite", EmbeddedSettings())
    broker.create_topics(specs())
    ids: list[str] = []
    with contextlib.closing(broker), contextlib.closing(broker.connect("audit", [ENTRIES.name])) as bus:
        while records := bus.poll(2.0, 10_000, 1 << 30):
            ids += [orjson.loads(record.value)["id"] for record in records]
    return ids


def main() -> None:
    """Run it at length and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--each", type=int, default=6)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--life", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        outcome = rampage(Path(data), **vars(options))
    print(outcome)  # noqa: T201  # what it is run for
    if outcome.lost or outcome.stored_twice or outcome.strangers:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
