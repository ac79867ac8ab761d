"""Groups relevant articles into stories: copies of a text, and tellings of one happening, also in other languages."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.messages import StoryEvent, TaggedArticle, Tagging
from pipeline.stage import Topics
from pipeline.topics import STORIES, TAGGED
from processors.changes import changes, learn, told
from processors.marks import Marks
from processors.placing import place, story_id
from processors.story_index import Placed, StoryIndex, StoryShelf, StoryState

CLOSE_AFTER = timedelta(days=7)
"""How long nobody reports a story before it is closed; looked at whenever an article comes."""

CLOSED_AT_ONCE = 20
"""Stories that the coming of one article closes, at most."""

Sides = Mapping[str, Mapping[str, str]]
"""The side of each country (ISO 3166-1 alpha-2), by watchlist."""


class Stories:
    """The stage that says which story an article opens or continues, for each watchlist it is relevant to."""

    name = "stories"
    reads: Topics = (TAGGED,)
    writes: Topics = (STORIES,)

    def __init__(self, index: StoryIndex, sides: Sides | None = None) -> None:
        self._index = index
        self._sides = sides or {}

    def __call__(self, tagged: TaggedArticle) -> Iterable[StoryEvent]:
        """Return one event for each watchlist the article is relevant to, and those of stories that have ended.

        Raises Retry, Drop.
        """
        relevant = [tagging for tagging in tagged.taggings if tagging.level != "none"]
        return [event for tagging in relevant for event in self._events(tagged, tagging)]

    def _events(self, tagged: TaggedArticle, tagging: Tagging) -> Iterator[StoryEvent]:
        article = tagged.article
        marks = Marks.of(article.title, article.text, tagged.language, tagging.actors)
        candidate = Placed(article.id, "", article.outlet.name, article.published, marks, revision=article.revision)
        news = told(article, tagging, tagged.language, self._sides.get(tagging.watchlist, {}))
        with self._index.shelf(tagging.watchlist) as shelf:
            before = shelf.find(article.id)
            placed = place(shelf, tagging.watchlist, candidate)
            state = shelf.state(placed.story) or StoryState(placed.story, placed.published, placed.published)
            says_new = before is None or placed.revision > before.revision
            if says_new:
                placed = replace(placed, changes=changes(news, state.known, is_copy=placed.copy_of is not None))
                state.known = learn(state.known, news)
            event = _event(tagged, tagging, placed, state)
            if says_new:
                _keep(shelf, state, placed, event)
            ended = list(_ended(shelf, event, min(article.published, article.discovered)))
        yield event
        yield from ended


def _event(tagged: TaggedArticle, tagging: Tagging, placed: Placed, state: StoryState) -> StoryEvent:
    return StoryEvent(
        id=str(uuid.uuid5(uuid.UUID(placed.story), placed.article)),
        kind="opened" if placed.story == story_id(tagging.watchlist, placed.article) else "updated",
        story=placed.story,
        watchlist=tagging.watchlist,
        article=tagged.article,
        language=tagged.language,
        tagging=tagging,
        copy_of=placed.copy_of,
        outlets=state.ranked_outlets or (placed.outlet,),
        sources=max(len(state.sources), 1),
        changes=placed.changes,
    )


def _keep(shelf: StoryShelf, state: StoryState, placed: Placed, event: StoryEvent) -> None:
    if placed.changes:
        shelf.note(placed)
    if state.last_event is None or state.updated <= placed.published:
        state.last_event = event.model_dump(mode="json")
    shelf.keep(state)


def _ended(shelf: StoryShelf, event: StoryEvent, now: datetime) -> Iterator[StoryEvent]:
    """Close the stories that nobody has reported for long; a redelivered article closes the same ones again."""
    ended = [*shelf.closed_by(event.article.id), *shelf.silent(now - CLOSE_AFTER, CLOSED_AT_ONCE)]
    for state in ended:
        if state.closed_by is None:
            state.closed_by = event.article.id
            shelf.keep(state)
        if state.last_event is not None:
            last = StoryEvent.model_validate(state.last_event)
            name = f"closed:{last.article.id}"
            yield last.model_copy(
                update={"id": str(uuid.uuid5(uuid.UUID(state.story), name)), "kind": "closed", "changes": ()}
            )
