"""Tells when more is reported on a watchlist, an actor or a theme than its own past lets expect."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from pipeline.messages import StoryEvent, Surge
from pipeline.stage import Topics
from pipeline.topics import STORIES, SURGES
from processors.surge import DEVIATIONS, HISTORY, LEAST, Excess, compared, excess, hour_of
from processors.surge_counts import Counted, CountsPage, Subject, SurgeCounts

FRESH = timedelta(hours=6)
"""How long after its publication an article may be discovered and still make a surge; what is older only counts."""

Names = Mapping[str, Mapping[str, str]]
"""What a watchlist's id and those of its themes stand for, by watchlist."""


class Surges:
    """The stage that counts articles and stories by the hour, and tells of a surge as soon as an article makes one."""

    name = "surges"
    reads: Topics = (STORIES,)
    writes: Topics = (SURGES,)

    def __init__(self, counts: SurgeCounts, names: Names | None = None) -> None:
        self._counts = counts
        self._names = names or {}

    def __call__(self, event: StoryEvent) -> Iterable[Surge]:
        """Return what surges with the event; a redelivered one makes the same surges again. Raises Retry."""
        if event.kind == "closed":
            return []
        article = event.article
        hour = hour_of(min(article.published, article.discovered))
        subjects = list(_subjects(event))
        with self._counts.page() as page:
            if not page.see(event.id, hour):
                again = page.surged_by(event.id, hour)
                return [self._surge(event, one, hour, *_found(page, one, hour)) for one in again]
            page.count(subjects, hour)
            if article.discovered - article.published > FRESH:
                return []
            page.forget(hour)
            return list(self._surging(event, page, subjects, hour))

    def _surging(
        self, event: StoryEvent, page: CountsPage, subjects: Sequence[Subject], hour: datetime
    ) -> Iterator[Surge]:
        begun = page.begun(event.watchlist)
        if begun is None or hour - begun < HISTORY:
            return
        counts = page.at(event.watchlist, hour)
        for subject in (one for one in subjects if counts[one] >= LEAST[one.counted]):
            count, found = _found(page, subject, hour)
            if found.deviations >= DEVIATIONS and not page.surged(subject, hour):
                page.mark(subject, hour, event.id)
                yield self._surge(event, subject, hour, count, found)

    def _surge(self, event: StoryEvent, subject: Subject, hour: datetime, count: int, found: Excess) -> Surge:
        parts = (subject.watchlist, subject.scope, subject.subject, subject.counted, hour.isoformat())
        name = ":".join(("wirewatch:surge", *parts))
        return Surge(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
            watchlist=subject.watchlist,
            scope=subject.scope,
            subject=subject.subject,
            name=self._name(event, subject),
            counted=subject.counted,
            hour=hour,
            count=count,
            expected=found.expected,
            deviations=round(found.deviations, 2),
            title=event.article.title,
            url=event.article.url,
        )

    def _name(self, event: StoryEvent, subject: Subject) -> str:
        if subject.scope == "actor":
            return next(actor.name for actor in event.tagging.actors if actor.id == subject.subject)
        return self._names.get(subject.watchlist, {}).get(subject.subject, subject.subject)


def _found(page: CountsPage, subject: Subject, hour: datetime) -> tuple[int, Excess]:
    counts = page.counts(subject, (hour, *compared(hour)))
    count = counts.pop(hour, 0)
    return count, excess(hour, count, counts)


def _subjects(event: StoryEvent) -> Iterator[Subject]:
    """Yield what an event counts for; an article that opens a story counts as article and as story."""
    kinds: tuple[Counted, ...] = ("articles", "stories") if event.kind == "opened" else ("articles",)
    for counted in kinds:
        yield Subject(event.watchlist, "watchlist", event.watchlist, counted)
        for actor in event.tagging.actors:
            yield Subject(event.watchlist, "actor", actor.id, counted)
        for theme in event.tagging.themes:
            yield Subject(event.watchlist, "theme", theme, counted)
