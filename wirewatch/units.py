"""Every stage as a unit that runs: what each is made of, by the name of its command."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

import structlog

from ingest.archive import Archive, Archiving
from ingest.article_ids import ArticleIds
from ingest.down_hosts import DownHosts
from ingest.extractor import Extractor
from ingest.fetcher import Fetcher
from ingest.outlet_watch import OutletWatch
from ingest.politeness import Politeness
from ingest.poller import Poller
from ingest.robots import Robots
from pipeline.backfill import OnlyWatchlist
from pipeline.errors import InputError
from pipeline.executors import LoopExecutor
from pipeline.http import HttpClient
from pipeline.settings import PolitenessSettings
from pipeline.source_runner import SourceRunner
from pipeline.stage import Sink, Stage
from processors.stories import Stories
from processors.story_sql import SqlStoryIndex
from processors.surge_counts import SurgeCounts
from processors.surges import Surges
from processors.tagger import Tagger
from sinks.alerts import Alerts
from sinks.configured import build_channels
from sinks.delivery import Delivery
from sinks.feed_server import FeedServer, StoryFeeds
from sinks.ledger import Ledger
from sinks.metrics import Metrics
from sinks.notices import Notices
from sinks.retention import Retention
from sinks.rule_reader import Known
from sinks.store import Store
from wirewatch import __version__
from wirewatch.process import Unit
from wirewatch.reload import ReloadingTagger
from wirewatch.wiring import (
    Backfill,
    Wiring,
    load_catalogue,
    load_entities,
    load_rules,
    load_watchlists,
    watchlist_paths,
)


def unit(wiring: Wiring, name: str) -> Unit:
    """Return a stage, ready to run. Raises InputError for settings it cannot work with."""
    return BUILDERS[name](wiring)


def _poller(wiring: Wiring) -> Unit:
    settings = wiring.settings
    source = Poller(
        load_catalogue(settings),
        wiring.engine,
        wiring.client,
        settings.poller,
        wiring.telemetry,
        max_bytes=settings.http.feed_bytes,
        backlog=lambda: wiring.broker.backlog(Fetcher.name, [topic.name for topic in Fetcher.reads]),
    )
    beat = wiring.watchdog.expect(source.name)
    runner = SourceRunner(
        wiring.broker, source, settings.runner, wiring.telemetry, wiring.network.loop, beat=beat, tracer=wiring.tracer
    )
    return Unit(source.name, runner.run, runner.ready)


def _page_client(wiring: Wiring) -> HttpClient | Archiving:
    """Return the HTTP client, with the archive behind it if there is to be one. Raises InputError."""
    settings = wiring.settings.fetcher
    if settings.archive is None:
        return wiring.client
    archive = wiring.enter(Archive(settings.archive, settings.archive_bytes, __version__, wiring.telemetry))
    return Archiving(wiring.client, archive)


def _fetcher(wiring: Wiring) -> Unit:
    settings = wiring.settings
    extractor = wiring.enter(Extractor(settings.fetcher, wiring.telemetry))
    politeness = Politeness(_paced(settings.politeness, wiring.history))
    robots = Robots(wiring.client, politeness.began) if settings.politeness.robots else None
    watch = wiring.enter(OutletWatch(wiring.engine, wiring.telemetry))
    ids = ArticleIds(wiring.engine)
    page_bytes = settings.http.page_bytes
    stage = Fetcher(_page_client(wiring), robots, politeness, extractor, DownHosts(), watch, ids, page_bytes=page_bytes)
    executor = LoopExecutor(stage, time.monotonic, wiring.network.loop, settings.fetcher.concurrency)
    return wiring.run(executor)


def _paced(settings: PolitenessSettings, history: Backfill | None) -> PolitenessSettings:
    """Return the limits per site: history takes no more than half as much, since today's news is fetched beside it."""
    if history is None:
        return settings
    return settings.model_copy(update={"in_flight": 1, "delay": settings.delay * 2})


def _tagger(wiring: Wiring) -> Unit:
    settings = wiring.settings
    paths = watchlist_paths(settings)
    stage = ReloadingTagger(
        paths, lambda: load_watchlists(settings), time.monotonic, wiring.telemetry, load_entities(settings)
    )
    return wiring.run_stage(stage)


def _stories(wiring: Wiring) -> Unit:
    sides = {watchlist.id: watchlist.sides_by_country for watchlist in load_watchlists(wiring.settings)}
    stage: Stage = Stories(SqlStoryIndex(wiring.engine), sides)
    if wiring.history is not None and wiring.history.watchlist is not None:
        stage = OnlyWatchlist(stage, wiring.history.watchlist)
    return wiring.run_stage(stage)


def _surges(wiring: Wiring) -> Unit:
    names = {
        watchlist.id: {watchlist.id: watchlist.source.name} | {theme.id: theme.name for theme in watchlist.themes}
        for watchlist in load_watchlists(wiring.settings)
    }
    return wiring.run_stage(Surges(SurgeCounts(wiring.engine), names))


def _store(wiring: Wiring) -> Unit:
    settings = wiring.settings.store
    if settings.retention is not None and wiring.history is None:
        wiring.enter(Retention(wiring.engine, settings.retention))
    return wiring.run_sink(Store(wiring.engine, text=settings.text))


def _alerts(wiring: Wiring) -> Unit:
    settings = wiring.settings
    channels = build_channels(settings.alerts, wiring.new_client, console=wiring.console)
    ledger = Ledger(wiring.engine, lease=settings.alerts.lease)
    delivery = Delivery(ledger, channels, settings.alerts, wiring.telemetry)
    rules = load_rules(settings, Known(channels=delivery.channels))
    unit = wiring.run_sink(Alerts(ledger, rules, delivery.wake, wiring.telemetry, settings.alerts.max_age))

    wiring.posts["/notices"] = Notices(ledger, delivery.channels, delivery.wake).receive

    def run(stop: threading.Event) -> None:
        delivery.start()
        try:
            unit.run(stop)
        finally:
            # The runner has had its share of the ten seconds; an alert that is cut off keeps its row and its id.
            delivery.stop(settings.runner.stop_timeout / 2)

    return Unit(unit.name, run, unit.ready)


def _metrics(wiring: Wiring) -> Unit:
    return wiring.run_sink(Metrics(wiring.telemetry))


def _feed(wiring: Wiring) -> Unit:
    settings = wiring.settings.feed
    names = [watchlist.id for watchlist in load_watchlists(wiring.settings)]
    place = f"{settings.host}:{settings.port}"
    address = settings.address or f"http://{place}".replace("//0.0.0.0:", "//127.0.0.1:")
    feeds = StoryFeeds(wiring.engine, names, settings, address.rstrip("/"))
    try:
        server = FeedServer(feeds.page, settings.host, settings.port)
    except OSError as error:
        remedy = "Set WIREWATCH_FEED__HOST and WIREWATCH_FEED__PORT to an address of this machine that is free."
        raise InputError(f"feed address {place}", str(error.strerror), remedy) from None
    ready = threading.Event()

    def run(stop: threading.Event) -> None:
        server.start()
        ready.set()
        structlog.get_logger().info("feed.served", host=settings.host, port=server.port)
        stop.wait()
        server.stop()

    return Unit("feed", run, ready)


def readers() -> dict[str, list[str]]:
    """Return the topics that each stage reads, in order of travel."""
    reading: tuple[type[Fetcher | Stage | Sink], ...] = (Fetcher, Tagger, Stories, Surges, Store, Alerts, Metrics)
    return {one.name: [topic.name for topic in one.reads] for one in reading}


BUILDERS: Mapping[str, Callable[[Wiring], Unit]] = {
    "poller": _poller,
    "fetcher": _fetcher,
    "tagger": _tagger,
    "stories": _stories,
    "surges": _surges,
    "store": _store,
    "alerts": _alerts,
    "metrics": _metrics,
    "feed": _feed,
}
