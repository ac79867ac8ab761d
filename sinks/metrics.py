"""Counts what was found: articles by level and language, themes, stories. A redelivery may count twice."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.messages import StoryEvent, TaggedArticle
from pipeline.stage import Topics
from pipeline.telemetry import Telemetry
from pipeline.topics import STORIES, TAGGED


class Metrics:
    """Turns messages into metrics; it keeps nothing, so a restart begins at nought, as Prometheus expects."""

    name = "metrics"
    reads: Topics = (TAGGED, STORIES)

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def write(self, batch: Sequence[TaggedArticle | StoryEvent], /) -> None:
        """Count every message of the batch but revisions: what they revise is counted."""
        for message in batch:
            if message.article.revision:
                continue
            if isinstance(message, StoryEvent):
                self._telemetry.story_events.labels(message.watchlist, message.kind).inc()
            else:
                self._count_article(message)

    def _count_article(self, tagged: TaggedArticle) -> None:
        for tagging in tagged.taggings:
            self._telemetry.articles.labels(tagging.watchlist, tagging.level, tagged.language).inc()
            for theme in tagging.themes if tagging.level != "none" else ():
                self._telemetry.themes.labels(tagging.watchlist, theme).inc()
        article = tagged.article
        self._telemetry.extractions.labels(article.text_source).inc()
        self._telemetry.extraction_length.observe(len(article.text))
        if article.published_basis != "discovered":
            delay = (article.discovered - article.published).total_seconds()
            self._telemetry.discovery_seconds.observe(max(delay, 0.0))
