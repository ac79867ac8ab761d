"""A runner on the bus in memory, stepped by hand, with a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from pipeline import codec
from pipeline.executors import Executor, InlineExecutor
from pipeline.memory import MemoryBroker, MemoryBus
from pipeline.messages import Article, Entry, Envelope, Message
from pipeline.runner import Runner
from pipeline.settings import RunnerSettings
from pipeline.telemetry import Telemetry
from pipeline.testing import make_article, make_entry
from pipeline.topics import Topic, TopicSpec

IN = Topic("in", Entry, lambda entry: entry.domain, partitions=1, retention=timedelta(days=1))
OUT = Topic("out", Article, lambda article: article.id, partitions=1, retention=timedelta(days=1))
SETTINGS = RunnerSettings(commit_interval=0.0, attempts=3, backoff=1.0, backoff_cap=60.0, breaker=3)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Scripted:
    """A stage that answers each entry by its title: with an article, or with the error that is set for it."""

    name = "scripted"
    reads = (IN,)
    writes = (OUT,)

    def __init__(self, **answers: Exception) -> None:
        self.answers = answers
        self.seen: list[str] = []

    def __call__(self, entry: Entry) -> Iterable[Message]:
        self.seen.append(entry.title)
        if entry.title in self.answers:
            raise self.answers[entry.title]
        return [make_article(url=entry.url, title=entry.title)]


class Bench:
    """A runner with all that is around it."""

    def __init__(
        self, executor: Executor, clock: Clock, settings: RunnerSettings = SETTINGS, partitions: int = 1
    ) -> None:
        self.clock = clock
        self.telemetry = Telemetry()
        specs = [TopicSpec(name, partitions, timedelta(days=1)) for name in ("in", "out")]
        self.broker = MemoryBroker([*specs, TopicSpec("in.dlt", 1, timedelta(days=1))])
        self.runner = Runner(
            self.broker, executor, settings, self.telemetry, clock=clock, jitter=lambda: 0.0, patience=0.0
        )
        self.bus: MemoryBus = self.broker.connect(executor.name, ["in"])

    def feed(self, *titles: str, key: str = "example.com") -> None:
        bus = self.broker.connect("feeder")
        for title in titles:
            entry = make_entry(url=f"https://www.example.com/{title}", title=title)
            bus.publish("in", *codec.encode(Envelope(key, entry, codec.new_trace(entry.id))))
        bus.flush()

    def step(self, times: int = 3) -> None:
        for _ in range(times):
            self.runner.step(self.bus)

    def out(self) -> list[str]:
        return [Article.model_validate_json(record.value).title for record in self.broker.records("out")]

    def committed(self, group: str = "scripted") -> int:
        return sum(self.broker.committed(group).values())

    def results(self, result: str) -> int:
        return int(self.telemetry.total("stage_messages_total", result=result))


def inline(stage: Any, clock: Clock) -> InlineExecutor:
    return InlineExecutor(stage, clock)
