"""Groups relevant articles into stories: the same text is the same story."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from pipeline.errors import Drop
from pipeline.messages import StoryEvent, TaggedArticle, Tagging
from pipeline.stage import Topics
from pipeline.topics import STORIES, TAGGED
from processors.fingerprint import Fingerprint
from processors.story_index import Placed, StoryIndex, StoryShelf

COPY_OVERLAP = 0.7
"""Share of the shorter text's shingles in the longer one from which it is a copy: between wire copies with another
head, foot and light edits (0.77 and more) and the same event told independently (0.1 and less)."""

COPY_WINDOW = timedelta(days=7)
"""How far apart two publications of one text may lie."""


def story_id(watchlist: str, opener: str) -> str:
    """Return the id of the story that an article opens on a watchlist."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"wirewatch:story:{watchlist}:{opener}"))


def place(shelf: StoryShelf, watchlist: str, candidate: Placed) -> Placed:
    """Return the article in its story, an older one or its own, and keep it; placing it again moves it nowhere.

    Raises Drop when a newer revision of it was placed.
    """
    known = shelf.find(candidate.article)
    if known is not None:
        return _revised(shelf, known, candidate)
    original = _original(shelf, candidate)
    story = original.story if original else story_id(watchlist, candidate.article)
    copy_of = (original.copy_of or original.article) if original else None
    placed = replace(candidate, story=story, copy_of=copy_of)
    shelf.add(placed)
    return placed


def _revised(shelf: StoryShelf, known: Placed, candidate: Placed) -> Placed:
    """Return the article where it was placed before, with its text as the newer revision has it. Raises Drop."""
    if candidate.revision < known.revision:
        raise Drop("older-revision")
    if candidate.revision > known.revision:
        known = replace(known, fingerprint=candidate.fingerprint, revision=candidate.revision)
        shelf.replace(known)
    return known


def _original(shelf: StoryShelf, candidate: Placed) -> Placed | None:
    since, until = candidate.published - COPY_WINDOW, candidate.published + COPY_WINDOW
    for other in shelf.similar(candidate.fingerprint.bands, since, until):
        if candidate.fingerprint.overlap(other.fingerprint) >= COPY_OVERLAP:
            return other
    return None


class Stories:
    """The stage that says which story an article opens or continues, for each watchlist it is relevant to."""

    name = "stories"
    reads: Topics = (TAGGED,)
    writes: Topics = (STORIES,)

    def __init__(self, index: StoryIndex) -> None:
        self._index = index

    def __call__(self, tagged: TaggedArticle) -> Iterable[StoryEvent]:
        """Return one event for each watchlist the article is relevant to. Raises Retry, Drop."""
        return list(self._events(tagged))

    def _events(self, tagged: TaggedArticle) -> Iterator[StoryEvent]:
        relevant = [tagging for tagging in tagged.taggings if tagging.level != "none"]
        if relevant:
            fingerprint = Fingerprint.of(tagged.article.text)
            for tagging in relevant:
                yield self._event(tagged, tagging, fingerprint)

    def _event(self, tagged: TaggedArticle, tagging: Tagging, fingerprint: Fingerprint) -> StoryEvent:
        article = tagged.article
        candidate = Placed(
            article.id, "", article.outlet.name, article.published, fingerprint, revision=article.revision
        )
        with self._index.shelf(tagging.watchlist) as shelf:
            placed = place(shelf, tagging.watchlist, candidate)
            opened = placed.story == story_id(tagging.watchlist, article.id)
            outlets = (placed.outlet,) if opened else tuple(shelf.outlets(placed.story))
        return StoryEvent(
            id=str(uuid.uuid5(uuid.UUID(placed.story), article.id)),
            kind="opened" if opened else "updated",
            story=placed.story,
            watchlist=tagging.watchlist,
            article=article,
            language=tagged.language,
            tagging=tagging,
            copy_of=placed.copy_of,
            outlets=outlets,
        )
