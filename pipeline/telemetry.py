"""Every metric in one list, and the page that shows them. The only module that imports prometheus_client.

Every label is of a bounded set: countries, results, languages, levels, themes, sides, never a feed, a URL or an actor.
With 10,000 feeds and 5,000 actors a process shows as many series as with ten of each; what is said of one feed or one
actor is in the database.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.parser import text_string_to_metric_families

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds of work on one message."""

SLOW = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0)
"""Seconds of a story's way to the reader."""

LENGTH = (0.0, 100.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0, 64000.0)
"""Characters of extracted text."""


SOURCES = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0)
"""Outlets that report one story in words of their own."""

UNKNOWN = "unknown"
"""The country, side or kind of what has none."""


class Sample(NamedTuple):
    """One number of a page of metrics."""

    name: str
    labels: dict[str, str]
    value: float


def read_page(page: str) -> list[Sample]:
    """Return the samples of a page in Prometheus' text format. Raises ValueError."""
    return [
        Sample(one.name, one.labels, one.value)
        for family in text_string_to_metric_families(page)
        for one in family.samples
    ]


class Telemetry:
    """The metrics of one process."""

    def __init__(self) -> None:
        # Each counter and histogram would bring a series with the time it began; Prometheus has no use for them.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library forgot to say that it returns nothing
        registry = self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"wirewatch_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"wirewatch_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"wirewatch_{name}", text, labels, buckets=buckets, registry=registry)

        ProcessCollector(registry=registry)
        self.build = Info("wirewatch_build", "Version of wirewatch.", registry=registry)

        # feeds
        self.feed_polls = counter("feed_polls", "Polls of feeds, by result and country.", "result", "country")
        self.feed_entries = counter(
            "feed_entries", "Entries seen in feeds: new, known, changed or held.", "result", "country"
        )
        self.polls_held = gauge("feed_polls_held", "1 while no poll begins because too many entries wait, else 0.")
        self.feeds = gauge("feeds", "Feeds of the catalogue, by state and country.", "state", "country")
        self.feed_ages = gauge("feeds_by_age", "Feeds that are polled, by how old their newest entry is.", "age")
        self.last_entry = gauge(
            "feed_last_entry_timestamp_seconds", "When a feed of the country last had a new entry.", "country"
        )
        self.outlets = gauge("outlets", "Outlets whose feeds are polled, by kind of ownership.", "kind")

        # HTTP and extraction
        self.http_requests = counter("http_requests", "Requests made, by purpose and result.", "purpose", "result")
        self.http_bytes = counter("http_received_bytes", "Bytes received, after decompression.", "purpose")
        self.extractions = counter("extractions", "Articles, by where their text came from.", "text_source")
        self.extraction_attempts = counter(
            "extraction_attempts", "Pages handed to extraction: done, timeout, memory or crash.", "result"
        )
        self.extraction_seconds = histogram("extraction_seconds", "Seconds to extract a page.", FAST)
        self.extraction_length = histogram("extraction_length_characters", "Characters of an article's text.", LENGTH)

        self.archived_pages = counter("archived_pages", "Pages for the archive: written, dropped or failed.", "result")
        self.outlets_unhealthy = gauge(
            "outlets_unhealthy", "Outlets whose pages lack what they used to have, by what that is.", "problem"
        )

        # stages
        self.messages = counter("stage_messages", "Messages, by how they ended.", "stage", "result")
        self.published = counter("stage_published", "Messages published.", "stage", "topic")
        self.stage_seconds = histogram("stage_seconds", "Seconds a stage worked on a message or batch.", FAST, "stage")
        self.dropped = counter("stage_dropped", "Messages ended on purpose, by reason.", "stage", "reason")
        self.running = gauge("stage_in_flight_messages", "Messages a stage works on.", "stage")
        self.in_flight = gauge("stage_in_flight_bytes", "Bytes of records a stage holds.", "stage")
        self.lag = gauge("stage_lag_messages", "Messages a stage has still to commit.", "stage", "topic")
        self.dead_letters = counter("stage_dead_letters", "Messages sent to a dead-letter topic.", "stage", "topic")

        # detection, stories and alerts
        self.articles = counter(
            "articles", "Tagged articles, by watchlist, level and language.", "watchlist", "level", "language"
        )
        self.country_articles = counter(
            "country_articles",
            "Tagged articles, by watchlist, level and country of the outlet.",
            "watchlist",
            "level",
            "country",
        )
        self.actor_mentions = counter(
            "actor_mentions", "Mentions of actors, by watchlist, side and kind.", "watchlist", "side", "kind"
        )
        self.watchlist_loads = counter(
            "watchlist_loads", "Changes of watchlist files: loaded, or rejected for a mistake.", "result"
        )
        self.themes = counter("article_themes", "Themes of relevant articles.", "watchlist", "theme")
        self.story_events = counter("story_events", "Stories opened and updated.", "watchlist", "kind")
        self.surges = counter("surges", "Surges, by what surged.", "watchlist", "scope")
        self.story_sources = histogram(
            "story_sources",
            "Outlets that reported a story in words of their own, when it closed.",
            SOURCES,
            "watchlist",
        )
        self.discovery_seconds = histogram(
            "discovery_delay_seconds", "Seconds from an article's publication to its discovery.", SLOW
        )
        self.alerts = counter("alerts", "Alerts, by channel and result of the attempt.", "channel", "result")
        self.alerts_held = counter(
            "alerts_held", "Alerts not sent at once, by why; those of what is too old never are.", "reason"
        )
        self.alerts_pending = gauge("alerts_pending", "Alerts not yet delivered.", "channel")
        self.alert_seconds = histogram(
            "alert_delay_seconds", "Seconds from a story's discovery to its delivered alert.", SLOW, "channel"
        )
        self.news_seconds = histogram(
            "news_delay_seconds", "Seconds from an article's publication to its delivered alert.", SLOW, "channel"
        )

        # the machine
        self.disk_free = gauge("disk_free_bytes", "Bytes that are free on the disk of the data folder.")
        self.disk_size = gauge("disk_size_bytes", "Bytes that the disk of the data folder holds.")

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's samples whose labels have these values; 0 when there are none."""
        return sum(
            sample.value
            for metric in self.registry.collect()
            for sample in metric.samples
            if sample.name == f"wirewatch_{name}" and labels.items() <= sample.labels.items()
        )

    def page(self, accept: str = "") -> tuple[str, bytes]:
        """Return the type and the bytes of the metrics, in the newest format that an Accept header names.

        Only OpenMetrics has the exemplars.
        """
        encode, content_type = choose_encoder(accept)
        return content_type, encode(self.registry)

    def watch_disk(self, folder: Path) -> None:
        """Show the disk that a folder lies on, as it is when the page is asked for."""
        self.disk_free.set_function(lambda: shutil.disk_usage(folder).free)
        self.disk_size.set_function(lambda: shutil.disk_usage(folder).total)
