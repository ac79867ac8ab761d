"""Every topic in order of travel: the map of the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Generic, TypeVar

from pipeline.messages import Article, Entry, Message, StoryEvent, Surge, TaggedArticle

T = TypeVar("T", bound=Message)

DEAD_LETTER_SUFFIX = ".dlt"
BACKFILL = "backfill."
"""Begins the name of a topic that carries history."""


@dataclass(frozen=True)
class Topic(Generic[T]):
    """A named log of one type of message; `key` decides which messages keep their order."""

    name: str
    body: type[T]
    key: Callable[[T], str]
    partitions: int
    retention: timedelta

    @property
    def dead_letter(self) -> str:
        """Return the name of the topic for what no stage could handle."""
        return self.name + DEAD_LETTER_SUFFIX


@dataclass(frozen=True)
class TopicSpec:
    """What a bus needs to create a topic."""

    name: str
    partitions: int
    retention: timedelta


# One partition owns a domain, so the limit per host needs no state shared between fetchers.
ENTRIES = Topic("news.entries", Entry, lambda entry: entry.domain, partitions=12, retention=timedelta(days=7))
ARTICLES = Topic("news.articles", Article, lambda article: article.id, partitions=12, retention=timedelta(days=7))
TAGGED = Topic("news.tagged", TaggedArticle, lambda tagged: tagged.id, partitions=12, retention=timedelta(days=14))
STORIES = Topic("news.stories", StoryEvent, lambda event: event.watchlist, partitions=6, retention=timedelta(days=30))
SURGES = Topic("news.surges", Surge, lambda surge: surge.watchlist, partitions=1, retention=timedelta(days=30))

TOPICS: tuple[Topic[Message], ...] = (ENTRIES, ARTICLES, TAGGED, STORIES, SURGES)  # type: ignore[assignment]  # a map for reading: nothing is written through it


def backfill(topic: Topic[T]) -> Topic[T]:
    """Return the topic that carries history in place of news."""
    return replace(topic, name=BACKFILL + topic.name)


HISTORY: tuple[Topic[Message], ...] = tuple(backfill(topic) for topic in (ENTRIES, ARTICLES, TAGGED, STORIES))  # type: ignore[arg-type]  # as above


def specs() -> tuple[TopicSpec, ...]:
    """Return every topic to create; a dead-letter topic keeps its records three times as long as its source."""
    topics = (*TOPICS, *HISTORY)
    sources = [TopicSpec(topic.name, topic.partitions, topic.retention) for topic in topics]
    dead = [TopicSpec(topic.dead_letter, 1, topic.retention * 3) for topic in topics]
    return (*sources, *dead)
