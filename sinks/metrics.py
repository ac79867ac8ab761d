"""Counts what was found: articles, themes, actors by side, stories. A redelivery may count twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from pipeline.codec import trace_id
from pipeline.messages import StoryEvent, Surge, TaggedArticle, TextSource
from pipeline.stage import Topics
from pipeline.telemetry import UNKNOWN, Telemetry
from pipeline.topics import STORIES, SURGES, TAGGED


class Metrics:
    """Turns messages into metrics; it keeps nothing, so a restart begins at nought, as Prometheus expects."""

    name = "metrics"
    reads: Topics = (TAGGED, STORIES, SURGES)

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        for source in get_args(TextSource):
            telemetry.extractions.labels(source)  # begun at nought, so that the first increase is seen

    def write(self, batch: Sequence[TaggedArticle | StoryEvent | Surge], /) -> None:
        """Count every message of the batch but those of revisions: what they revise is counted."""
        for message in batch:
            if isinstance(message, Surge):
                self._telemetry.surges.labels(message.watchlist, message.scope).inc()
            elif isinstance(message, StoryEvent):
                self._count_event(message)
            elif not message.article.revision:
                self._count_article(message)

    def _count_event(self, event: StoryEvent) -> None:
        if event.article.revision and event.kind != "closed":
            return
        self._telemetry.story_events.labels(event.watchlist, event.kind).inc()
        if event.kind == "closed":
            self._telemetry.story_sources.labels(event.watchlist).observe(event.sources)

    def _count_article(self, tagged: TaggedArticle) -> None:
        for tagging in tagged.taggings:
            self._telemetry.articles.labels(tagging.watchlist, tagging.level, tagged.language).inc()
            country = tagged.article.outlet.country or UNKNOWN
            self._telemetry.country_articles.labels(tagging.watchlist, tagging.level, country).inc()
            for actor in tagging.actors:
                side = actor.side or UNKNOWN
                self._telemetry.actor_mentions.labels(tagging.watchlist, side, actor.kind).inc(actor.count)
            for theme in tagging.themes if tagging.level != "none" else ():
                self._telemetry.themes.labels(tagging.watchlist, theme).inc()
        article = tagged.article
        self._telemetry.extractions.labels(article.text_source).inc()
        self._telemetry.extraction_length.observe(len(article.text))
        if article.published_basis != "discovered":
            delay = (article.discovered - article.published).total_seconds()
            exemplar = {"trace_id": trace_id(article.entry_id)}
            self._telemetry.discovery_seconds.observe(max(delay, 0.0), exemplar)
