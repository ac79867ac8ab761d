"""Decides which stories deserve an alert and enters it in the ledger; the delivery tells the channels."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from pipeline.messages import LEVELS, Alert, Level, StoryEvent
from pipeline.stage import Topics
from pipeline.topics import STORIES
from sinks import marks
from sinks.ledger import Ledger


def alert_id(watchlist: str, story: str, channel: str) -> str:
    """Return the id of the one alert there is for a story in a channel: a uuid5 in the URL namespace (RFC 9562)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"wirewatch:{watchlist}:{story}:{channel}"))


def compose(event: StoryEvent, channel: str, created: datetime) -> Alert:
    """Return what a channel is told about a story event."""
    article, tagging = event.article, event.tagging
    return Alert(
        id=alert_id(event.watchlist, event.story, channel),
        channel=channel,
        watchlist=event.watchlist,
        story=event.story,
        title=article.title,
        url=article.url,
        outlet=article.outlet,
        language=event.language,
        level=tagging.level,
        relevance=tagging.relevance,
        published=article.published,
        discovered=article.discovered,
        created=created,
        themes=tagging.themes,
        actors=tuple(actor.name for actor in tagging.actors),
        evidence=tagging.evidence,
        mentions=marks.in_evidence(tagging),
        quotes=tagging.quotes,
    )


class Alerts:
    """Alerts of a story once per channel: when it opens, or when an update is the first to reach the level.

    `wake` is called when new rows are durable. An update of a story that was alerted before, or a revision of the
    article that opened it, says nothing new, so a channel that is added later hears of new stories only.
    """

    name = "alerts"
    reads: Topics = (STORIES,)

    def __init__(self, ledger: Ledger, channels: Sequence[str], min_level: Level, wake: Callable[[], None]) -> None:
        self._ledger = ledger
        self._channels = tuple(channels)
        self._least = LEVELS.index(min_level)
        self._wake = wake

    def write(self, batch: Sequence[StoryEvent], /) -> None:
        """Enter the alerts the batch deserves, all or none. Raises Retry when the database may come back."""
        worthy = [event for event in batch if LEVELS.index(event.tagging.level) >= self._least]
        if not worthy:
            return
        with self._ledger.page() as page:
            known = page.known([(event.watchlist, event.story) for event in worthy if _goes_on(event)])
            first: dict[tuple[str, str], StoryEvent] = {}
            for event in worthy:
                story = (event.watchlist, event.story)
                if story not in known:
                    first.setdefault(story, event)
            events = first.values()
            page.add([compose(event, channel, page.now) for event in events for channel in self._channels])
        self._wake()


def _goes_on(event: StoryEvent) -> bool:
    """Return whether the story may have been alerted before."""
    return event.kind == "updated" or event.article.revision > 0
