"""The story index in memory, for a batch and for tests."""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from processors.story_index import POSTINGS, SIMILAR, Placed, StoryState


class MemoryStoryIndex:
    """A story index that lives as long as the process."""

    def __init__(self) -> None:
        self._shelves: dict[str, MemoryShelf] = defaultdict(MemoryShelf)

    @contextlib.contextmanager
    def shelf(self, watchlist: str) -> Iterator[MemoryShelf]:
        """Give the articles of a watchlist; for one thread only."""
        yield self._shelves[watchlist]


class MemoryShelf:
    """The placed articles of one watchlist, in memory."""

    def __init__(self) -> None:
        self._placed: dict[str, Placed] = {}
        self._bands: dict[str, list[str]] = defaultdict(list)
        self._keys: dict[str, list[str]] = defaultdict(list)
        self._keyed: dict[str, Sequence[str]] = {}
        self._terms: Counter[str] = Counter()
        self._told = 0
        self._states: dict[str, StoryState] = {}

    def find(self, article: str) -> Placed | None:
        """Return an article that was placed before."""
        return self._placed.get(article)

    def similar(self, bands: Sequence[str], since: datetime, until: datetime) -> Sequence[Placed]:
        """Return the articles of that time which share a band, first published first, `SIMILAR` at most."""
        names = {name for band in bands for name in self._bands.get(band, ())}
        return self._within(names, since, until)[:SIMILAR]

    def sharing(self, keys: Sequence[str], since: datetime, until: datetime) -> Mapping[str, Sequence[str]]:
        """Return the keys that articles of that time share with these, by article; the latest `POSTINGS` of each."""
        found: dict[str, list[str]] = defaultdict(list)
        for key in keys:
            for placed in self._within(self._keys.get(key, ()), since, until)[-POSTINGS:]:
                found[placed.article].append(key)
        return found

    def _within(self, names: Sequence[str] | set[str], since: datetime, until: datetime) -> list[Placed]:
        within = [self._placed[name] for name in names if since <= self._placed[name].published <= until]
        return sorted(within, key=lambda placed: (placed.published, placed.article))

    def placed(self, articles: Sequence[str]) -> Sequence[Placed]:
        """Return those of the articles that were placed."""
        return [self._placed[name] for name in articles if name in self._placed]

    def frequencies(self, terms: Sequence[str]) -> tuple[int, Mapping[str, int]]:
        """Return how many articles are no copies, and how many of them have each of the terms."""
        return self._told, {term: self._terms[term] for term in terms if term in self._terms}

    def state(self, story: str) -> StoryState | None:
        """Return how a story stands."""
        return self._states.get(story)

    def states(self, stories: Sequence[str]) -> Sequence[StoryState]:
        """Return how those of the stories stand that are known to."""
        return [self._states[story] for story in stories if story in self._states]

    def keep(self, state: StoryState) -> None:
        """Keep how a story stands."""
        self._states[state.story] = state

    def silent(self, before: datetime, most: int) -> Sequence[StoryState]:
        """Return open stories without an article since then, the longest silent first."""
        found = [state for state in self._states.values() if state.closed_by is None and state.updated < before]
        return sorted(found, key=lambda state: (state.updated, state.story))[:most]

    def closed_by(self, article: str) -> Sequence[StoryState]:
        """Return the stories that the coming of an article closed."""
        return [state for state in self._states.values() if state.closed_by == article]

    def add(self, placed: Placed, keys: Sequence[str]) -> None:
        """Keep a newly placed article, to be found by its bands and keys."""
        if placed.copy_of is None:
            self._told += 1
            self._terms.update(placed.marks.profile.terms.keys())
        self._file(placed, keys)

    def replace(self, placed: Placed, keys: Sequence[str]) -> None:
        """Keep a placed article as another revision has it."""
        for band in self._placed[placed.article].marks.fingerprint.bands:
            self._bands[band].remove(placed.article)
        for key in self._keyed[placed.article]:
            self._keys[key].remove(placed.article)
        self._file(placed, keys)

    def note(self, placed: Placed) -> None:
        """Keep what a placed article changes."""
        self._placed[placed.article] = placed

    def _file(self, placed: Placed, keys: Sequence[str]) -> None:
        self._placed[placed.article] = placed
        self._keyed[placed.article] = keys
        for band in placed.marks.fingerprint.bands:
            self._bands[band].append(placed.article)
        for key in keys:
            self._keys[key].append(placed.article)
