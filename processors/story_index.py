"""Where the story of an article is looked up, and what is kept of it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pipeline.messages import Change
from processors.marks import Marks

POSTINGS = 40
"""Articles that are looked up by one key, the latest: what is more common says little."""

SIMILAR = 200
"""Articles that are compared with a text, at most."""


@dataclass(frozen=True)
class Placed:
    """An article in its story; `copy_of` is the article whose text it repeats."""

    article: str
    story: str
    outlet: str
    published: datetime
    marks: Marks
    copy_of: str | None = None
    revision: int = 0
    changes: tuple[Change, ...] = ()


@dataclass
class StoryState:
    """A story as it stands: its time, who reports it, what is known by now, and its last event.

    `outlets` and `sources` map who reports it at all, and who in words of their own, to when they first did. `members`
    are the articles that stand for it. `closed_by` is the article whose coming showed that the story had ended.
    """

    story: str
    opened: datetime
    updated: datetime
    outlets: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    members: list[str] = field(default_factory=list)
    known: dict[str, list[str]] = field(default_factory=dict)
    last_event: dict[str, Any] | None = None
    closed_by: str | None = None

    @property
    def ranked_outlets(self) -> tuple[str, ...]:
        """Return the outlets that report the story, first to report first."""
        return tuple(sorted(self.outlets, key=lambda outlet: (self.outlets[outlet], outlet)))


class StoryShelf(Protocol):
    """The placed articles of one watchlist, held while one more is placed."""

    def find(self, article: str) -> Placed | None:
        """Return an article that was placed before."""

    def similar(self, bands: Sequence[str], since: datetime, until: datetime) -> Sequence[Placed]:
        """Return the articles of that time which share a band, first published first, `SIMILAR` at most."""

    def sharing(self, keys: Sequence[str], since: datetime, until: datetime) -> Mapping[str, Sequence[str]]:
        """Return the keys that articles of that time share with these, by article; the latest `POSTINGS` of each."""

    def placed(self, articles: Sequence[str]) -> Sequence[Placed]:
        """Return those of the articles that were placed."""

    def frequencies(self, terms: Sequence[str]) -> tuple[int, Mapping[str, int]]:
        """Return how many articles are no copies, and how many of them have each of the terms."""

    def state(self, story: str) -> StoryState | None:
        """Return how a story stands."""

    def states(self, stories: Sequence[str]) -> Sequence[StoryState]:
        """Return how those of the stories stand that are known to."""

    def keep(self, state: StoryState) -> None:
        """Keep how a story stands."""

    def silent(self, before: datetime, most: int) -> Sequence[StoryState]:
        """Return open stories without an article since then, the longest silent first."""

    def closed_by(self, article: str) -> Sequence[StoryState]:
        """Return the stories that the coming of an article closed."""

    def add(self, placed: Placed, keys: Sequence[str]) -> None:
        """Keep a newly placed article, to be found by its bands and keys."""

    def replace(self, placed: Placed, keys: Sequence[str]) -> None:
        """Keep a placed article as another revision has it."""

    def note(self, placed: Placed) -> None:
        """Keep what a placed article changes."""


class StoryIndex(Protocol):
    """Every placed article."""

    def shelf(self, watchlist: str) -> AbstractContextManager[StoryShelf]:
        """Give the articles of a watchlist to one caller at a time."""
