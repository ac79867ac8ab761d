"""The composition root, with `wirewatch/units.py`: what the stages of a process share is made and handed over here."""

from __future__ import annotations

import contextlib
import importlib.resources
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from sqlalchemy import Engine

from ingest.feeds import Feed, read_catalogue
from pipeline import database
from pipeline.backfill import diverted
from pipeline.bus import Broker
from pipeline.errors import InputError
from pipeline.executors import Executor, InlineExecutor, SinkExecutor
from pipeline.http import HttpClient
from pipeline.loop import LoopThread
from pipeline.runner import Runner
from pipeline.settings import Settings
from pipeline.stage import Sink, Stage
from pipeline.telemetry import Telemetry
from pipeline.topics import TopicSpec, specs
from pipeline.tracing import NoTracer, Tracer
from pipeline.trail import SqlTrail
from pipeline.watchdog import Watchdog
from processors.candidates import EntityFinder
from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist, load_watchlist
from processors.watchlist_examples import Outcome, judge_examples
from sinks.channels import Channel
from sinks.configured import build_channels
from sinks.rule_model import Rule
from sinks.rule_reader import Known, read_rules
from sinks.rules import default_rules, resolved
from wirewatch import __version__
from wirewatch.process import Unit

T = TypeVar("T")

SEEDS = Path(str(importlib.resources.files("seeds")))
CATALOGUE = SEEDS / "feeds.opml"
WATCHLISTS = (SEEDS / "watchlists" / "asean-russia.yaml",)
LOG_FILE = "log.sqlite"
DATABASE_FILE = "wirewatch.sqlite"


def topic_specs(settings: Settings) -> Sequence[TopicSpec]:
    """Return every topic to create, with the retention that the settings ask for."""
    if settings.retention is None:
        return specs()
    return [replace(spec, retention=settings.retention) for spec in specs()]


def open_broker(settings: Settings) -> Broker:
    """Return the bus that the settings name. Raises InputError, BusError."""
    if settings.bus == "kafka":
        from pipeline.kafka import KafkaBroker  # noqa: PLC0415  # the embedded bus runs without a Kafka client

        return KafkaBroker(settings.kafka)
    from pipeline.embedded import EmbeddedBroker  # noqa: PLC0415  # and Kafka without an embedded log

    return EmbeddedBroker(_data_folder(settings) / LOG_FILE, settings.embedded)


def open_database(settings: Settings) -> Engine:
    """Return the database that the settings name; SQLite in the data folder by default. Raises InputError."""
    if settings.database_url is not None:
        return database.open_engine(settings.database_url.get_secret_value())
    return database.open_engine(f"sqlite:///{_data_folder(settings) / DATABASE_FILE}")


@contextlib.contextmanager
def archive(settings: Settings) -> Iterator[Engine]:
    """Give the database of stored articles as it is. Raises InputError where there is none, or an outdated one."""
    file = settings.data / DATABASE_FILE
    remedy = "Set WIREWATCH_DATA or WIREWATCH_DATABASE_URL to where the store writes, or run it first."
    if settings.database_url is None and not file.exists():
        raise InputError(str(file), "no archive there", remedy)
    engine = open_database(settings)
    try:
        if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
            raise InputError(f"{engine.url.database}", "no archive there", remedy)
        if not database.is_current(engine):
            raise InputError("database", "the tables are not up to date", "Run: wirewatch migrate")
        yield engine
    finally:
        engine.dispose()


def _data_folder(settings: Settings) -> Path:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(str(settings.data), f"cannot be made: {error.strerror}", "Set WIREWATCH_DATA.") from None
    return settings.data


def load_catalogue(settings: Settings) -> Sequence[Feed]:
    """Return the feeds of the catalogue. Raises InputError."""
    return read_catalogue(settings.poller.catalogue or CATALOGUE)


def watchlist_paths(settings: Settings) -> Sequence[Path]:
    """Return the files of the watchlists."""
    return settings.watchlists or WATCHLISTS


def load_watchlists(settings: Settings) -> list[CompiledWatchlist]:
    """Return the watchlists, compiled. Raises InputError, also when two have the same id."""
    watchlists = [load_watchlist(path) for path in watchlist_paths(settings)]
    seen: set[str] = set()
    for watchlist in watchlists:
        if watchlist.id in seen:
            raise InputError("watchlists", f"two have the id {watchlist.id!r}", "Give each watchlist an id of its own.")
        seen.add(watchlist.id)
    return watchlists


def batch_tagger(path: Path | None, settings: Settings) -> Tagger:
    """Return a tagger for one watchlist: the one at the path, or the first of the settings. Raises InputError."""
    return Tagger([load_watchlist(path or watchlist_paths(settings)[0])], load_entities(settings))


def load_entities(settings: Settings) -> EntityFinder | None:
    """Return the model that finds candidates beside the patterns, if one is set. Raises InputError."""
    if settings.tagger.model is None:
        return None
    from processors.mentions import ModelFinder  # noqa: PLC0415  # spaCy loads only where a model is set

    return ModelFinder(settings.tagger.model)


def load_rules(settings: Settings, known: Known) -> tuple[Rule, ...]:
    """Return the alert rules with the channels of `known`; one rule for all where there is no file. Raises InputError.

    Names of watchlists, actors and themes are checked where `known` has them.
    """
    file = settings.alerts.rules
    rules = read_rules(file, known) if file is not None else default_rules(settings.alerts.min_level)
    return resolved(rules, known.channels or ())


def channels(settings: Settings) -> tuple[Channel, ...]:
    """Return the channels that the settings ask for, for a command; nothing connects yet. Raises InputError."""
    return build_channels(settings.alerts, lambda: HttpClient(settings.http, __version__, Telemetry()))


def channel_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the channels that the settings ask for. Raises InputError."""
    return tuple(channel.name for channel in channels(settings))


def known_names(watchlists: Sequence[CompiledWatchlist], channels: Sequence[str]) -> Known:
    """Return the names that alert rules may use."""
    return Known(
        channels,
        [each.id for each in watchlists],
        [actor.id for each in watchlists for actor in each.actors],
        [theme.id for each in watchlists for theme in each.themes],
    )


def watchlist_outcomes(path: Path) -> Sequence[Outcome]:
    """Return the outcome of each example in a watchlist. Raises InputError, also when it has none."""
    outcomes = judge_examples(load_watchlist(path))
    if not outcomes:
        raise InputError(str(path), "has no examples", "Add 'examples:' with 'must match' and 'must not'.")
    return outcomes


@dataclass(frozen=True)
class Backfill:
    """That the stages of a process work on history, and the one watchlist whose stories are to come of it, if any."""

    watchlist: str | None = None


class Wiring:
    """What the stages of one process share, made when first needed and freed at the end.

    With `history` the stages read and write the topics of history, under names of their own.
    """

    def __init__(
        self,
        settings: Settings,
        stack: ExitStack,
        console: Console | None = None,
        history: Backfill | None = None,
    ) -> None:
        self.settings = settings
        self.telemetry = Telemetry()
        self.telemetry.build.info({"version": __version__})
        self.watchdog = Watchdog(settings.runner.watchdog)
        self.console = console
        self.posts: dict[str, Callable[[bytes], None]] = {}  # what stages take from outside, by path
        self.history = history
        self._stack = stack

    @cached_property
    def broker(self) -> Broker:
        """Return the bus; the embedded log has its topics, a Kafka cluster is asked for them by command."""
        broker = open_broker(self.settings)
        self._stack.callback(broker.close)
        if self.settings.bus == "embedded":
            broker.create_topics(topic_specs(self.settings))
        return broker

    @cached_property
    def engine(self) -> Engine:
        """Return the database; SQLite is migrated here, a shared server by command. Raises InputError."""
        engine = open_database(self.settings)
        self._stack.callback(engine.dispose)
        if engine.dialect.name == "sqlite":
            database.migrate(engine)
        elif not database.is_current(engine):
            raise InputError("database_url", "the tables are not up to date", "Run: wirewatch migrate")
        return engine

    @cached_property
    def tracer(self) -> Tracer:
        """Return what records the way of messages. Raises InputError where its library is missing."""
        endpoint = self.settings.tracing.endpoint
        if endpoint is None:
            return NoTracer()
        try:
            from pipeline.otlp import OtlpTracer  # noqa: PLC0415  # it loads only where it is asked for
        except ImportError:
            remedy = "Install wirewatch[otel], or leave tracing.endpoint out."
            raise InputError("tracing.endpoint", "the library for it is not installed", remedy) from None
        return self.enter(OtlpTracer(endpoint, __version__))

    @cached_property
    def network(self) -> LoopThread:
        """Return the event loop for what waits on the network."""
        return self.enter(LoopThread())

    @cached_property
    def client(self) -> HttpClient:
        """Return the HTTP client of poller and fetcher."""
        client = self.network.run(HttpClient(self.settings.http, __version__, self.telemetry).__aenter__())
        self._stack.callback(lambda: self.network.run(client.__aexit__(None, None, None)))
        return client

    def new_client(self) -> HttpClient:
        """Return the HTTP client of a channel, which enters it on an event loop of its own."""
        http, allowed = self.settings.http, self.settings.alerts.allow_networks
        settings = http.model_copy(update={"allow_networks": (*http.allow_networks, *allowed)})
        return HttpClient(settings, __version__, self.telemetry)

    def enter(self, resource: AbstractContextManager[T]) -> T:
        """Return what the context manager gives; it is left at the end."""
        return self._stack.enter_context(resource)

    def run(self, executor: Executor) -> Unit:
        """Return an executor with the runner around it."""
        if self.history is not None:
            executor = diverted(executor)
        beat = self.watchdog.expect(executor.name)
        # A stage without a database of its own needs one only when something is dropped or dead-lettered.
        trail = SqlTrail(lambda: self.engine, self.settings.runner.trail)
        runner = Runner(
            self.broker,
            executor,
            self.settings.runner,
            self.telemetry,
            beat=beat,
            tracer=self.tracer,
            trail=trail,
        )
        return Unit(executor.name, runner.run, runner.ready)

    def run_stage(self, stage: Stage) -> Unit:
        """Return a synchronous stage with the runner around it."""
        return self.run(InlineExecutor(stage, time.monotonic))

    def run_sink(self, sink: Sink) -> Unit:
        """Return a sink with the runner around it."""
        return self.run(SinkExecutor(sink, time.monotonic, self.settings.runner.batch))
