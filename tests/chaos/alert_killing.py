"""kill -9 of the alert sink at random moments, while its receiver answers by chance; what arrived is counted.

`make chaos-alerts` runs it at length: python -m tests.chaos.alert_killing
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from pipeline import codec, database
from pipeline.embedded import EmbeddedBroker
from pipeline.messages import Change, Envelope, StoryEvent, url_id
from pipeline.settings import EmbeddedSettings
from pipeline.tables import alerts
from pipeline.testing import make_article, make_story_event
from pipeline.topics import STORIES, specs
from tests.chaos.hostile_receiver import SECRET, HostileReceiver
from tests.chaos.killing import kill
from tests.e2e.harness import command, eventually

RULES = """\
version: 1
rules:
  - id: everything
    kinds: [story, update]
"""
EVERY = 5
"""Of so many events one is a change of the story before, and one is another copy of it, which is not told."""

PATIENCE = 300.0

Told = tuple[str, str]
"""Kind and address of what an alert tells of."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to; of each channel what was due and did not arrive, had two keys, or came out of its turn.

    `at_work` are the kills of a sink that had sent something since its start.
    """

    due: int
    kills: int
    at_work: int
    requests: dict[str, int]
    lost: dict[str, int]
    two_keys: int
    out_of_turn: dict[str, int]
    strangers: int
    forged: int
    arrived_again: dict[str, int]
    not_sent: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Return whether nothing is lost, under two keys, out of its turn or unasked for."""
        wrong = (*self.lost.values(), *self.out_of_turn.values(), self.two_keys, self.strangers, self.forged)
        return not any(wrong) and not self.not_sent


def events(count: int) -> list[StoryEvent]:
    """Return so many events: stories that open, one in five a change of the last one, one a copy."""
    found: list[StoryEvent] = []
    story = ""
    now = datetime.now(UTC)
    for number in range(count):
        url = f"https://news.example/{number}"
        kind = {EVERY - 2: "change", EVERY - 1: "copy"}.get(number % EVERY, "opened")
        story = url_id(f"{url}#story") if kind == "opened" else story
        changes = (Change(kind="number", detail=str(number)),) if kind == "change" else ()
        article = make_article(id=url_id(url), url=url, title=f"Story {number}", published=now, discovered=now)
        name = "opened" if kind == "opened" else "updated"
        found.append(make_story_event(kind=name, story=story, article=article, changes=changes))
    return found


def due(found: Sequence[StoryEvent]) -> list[Told]:
    """Return what is to be told of the events, in order."""
    told = []
    for event in found:
        if event.kind == "opened":
            told.append(("story", event.article.url))
        elif event.changes:
            told.append(("update", event.article.url))
    return told


def settings_for(data: Path, receiver: HostileReceiver) -> dict[str, str]:
    """Return the environment of the alert sink."""
    rules = data / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")
    return {
        "WIREWATCH_DATA": str(data),
        "WIREWATCH_HTTP__ALLOW_NETWORKS": "127.0.0.0/8",
        "WIREWATCH_HTTP__TIMEOUT": "1",
        "WIREWATCH_ALERTS__RULES": str(rules),
        "WIREWATCH_ALERTS__TERMINAL": "false",
        "WIREWATCH_ALERTS__JSONL": str(data / "alerts.jsonl"),
        "WIREWATCH_ALERTS__WEBHOOK_URL": receiver.url,
        "WIREWATCH_ALERTS__WEBHOOK_SECRET": SECRET,
        "WIREWATCH_ALERTS__ATTEMPTS": "100",
        "WIREWATCH_ALERTS__BACKOFF": "0.05",
        "WIREWATCH_ALERTS__BACKOFF_CAP": "0.2",
        "WIREWATCH_ALERTS__LEASE": "0.6",
        "WIREWATCH_RUNNER__COMMIT_INTERVAL": "0.1",
        "WIREWATCH_METRICS__ENABLED": "false",
    }


def publish(data: Path, found: Sequence[StoryEvent], seconds: float, ended: threading.Event) -> None:
    """Put the events on the bus, evenly over some seconds."""
    broker = EmbeddedBroker(data / "log.sqlite", EmbeddedSettings())
    broker.create_topics(specs())
    with contextlib.closing(broker), contextlib.closing(broker.connect("publisher")) as bus:
        for event in found:
            envelope = Envelope(STORIES.key(event), event, codec.new_trace(event.id))
            bus.publish(STORIES.name, *codec.encode(envelope))
            bus.flush()
            if ended.wait(seconds / len(found)):
                return


def rampage(data: Path, *, stories: int, kills: int, life: float, seed: int = 1) -> Outcome:
    """Run the alert sink and kill it so often, after `life` seconds on average, while `stories` events come in.

    Every other time the seconds begin with the first request, since the start alone may take as long on a busy machine.
    """
    chance = random.Random(seed)  # noqa: S311  # moments, not secrets
    began = time.monotonic()
    found = events(stories)
    ended = threading.Event()
    engine = database.open_engine(f"sqlite:///{data / 'wirewatch.sqlite'}")
    database.migrate(engine)
    with ThreadPoolExecutor(1) as pool, HostileReceiver(seed) as receiver:
        published = pool.submit(publish, data, found, kills * life * 0.8, ended)
        environment = settings_for(data, receiver)
        running = command(["alerts"], environment, data / "alerts.log")
        try:
            at_work = 0
            for number in range(kills):
                before = sum(receiver.answers.values())
                if number % 2:
                    receiver.wait_for(before + 1, 4 * life)
                time.sleep(chance.uniform(0, 2 * life))  # the moment of a kill is no synchronisation
                assert running.poll() is None, f"the sink ended by itself; see {data}"
                kill(running)
                at_work += sum(receiver.answers.values()) > before
                running = command(["alerts"], environment, data / "alerts.log")
            published.result()
            wanted = len(due(found)) * 2
            eventually("every alert sent", lambda: states(engine).get("sent", 0) >= wanted, PATIENCE)
        finally:
            ended.set()
            kill(running)
        ledger = states(engine)
        engine.dispose()
    return judged(data, receiver, due(found), (kills, at_work), ledger, time.monotonic() - began)


def states(engine: sa.Engine) -> dict[str, int]:
    """Return how many alerts are in each state."""
    query = sa.select(alerts.c.state, sa.func.count().label("alerts")).group_by(alerts.c.state)
    with database.reading(engine) as connection:
        return {row.state: row.alerts for row in connection.execute(query)}


def lines(path: Path) -> list[tuple[str, Told]]:
    """Return key and content of every whole line: one that a kill cut off was not written."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            alert = json.loads(line)
            found.append((alert["id"], (alert["kind"], alert["url"])))
    return found


def judged(
    data: Path,
    receiver: HostileReceiver,
    wanted: list[Told],
    kills: tuple[int, int],
    ledger: dict[str, int],
    seconds: float,
) -> Outcome:
    """Return what arrived beside what was due."""
    written = lines(data / "alerts.jsonl")
    arrived = {"webhook": [each.told for each in receiver.taken], "jsonl": [told for _, told in written]}
    keys: dict[tuple[str, Told], set[str]] = {("webhook", told): found for told, found in receiver.keys.items()}
    for key, told in written:
        keys.setdefault(("jsonl", told), set()).add(key)
    return Outcome(
        due=len(wanted),
        kills=kills[0],
        at_work=kills[1],
        requests=dict(receiver.answers),
        lost={name: len(set(wanted) - set(found)) for name, found in arrived.items()},
        two_keys=sum(len(found) > 1 for found in keys.values()),
        out_of_turn={name: out_of_turn(wanted, found) for name, found in arrived.items()},
        strangers=sum(len(set(found) - set(wanted)) for found in arrived.values()),
        forged=receiver.forged,
        arrived_again={name: len(found) - len(set(found)) for name, found in arrived.items()},
        not_sent=sum(count for state, count in ledger.items() if state != "sent"),
        seconds=seconds,
    )


def out_of_turn(wanted: list[Told], arrived: list[Told]) -> int:
    """Return how many first arrived at another place than their turn, or came again after one behind them."""
    places = {told: number for number, told in enumerate(wanted)}
    order = [places[told] for told in arrived if told in places]
    return sum(later < earlier for earlier, later in itertools.pairwise(order))


def main() -> None:
    """Run it at length and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=400)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--life", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        outcome = rampage(Path(data), **vars(options))
    print(outcome)  # noqa: T201  # what it is run for
    if not outcome.holds:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
