"""Stories split and merged by hand: the judgement of a person, which no article that comes later undoes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace

from processors.placing import FIRST_MEMBERS, MEMBERS, story_id
from processors.story_index import Placed, StoryState
from processors.story_sql import SqlShelf


def split(shelf: SqlShelf, watchlist: str, story: str, articles: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Move articles of a story, and the copies of each, to a story of their own; return its id and what was moved.

    A copy that leaves the article it repeats is a text of its own from then on.
    """
    chosen = set(articles)
    held = shelf.of_story(story)
    chosen |= {placed.article for placed in held if placed.copy_of in chosen}
    moved = [placed for placed in held if placed.article in chosen]
    target = _free_id(shelf, watchlist, moved[0].article)
    before = _states(shelf, [story])
    _move(shelf, [replace(one, copy_of=one.copy_of if one.copy_of in chosen else None) for one in moved], target)
    _settle(shelf, story, [placed for placed in held if placed.article not in chosen], before)
    _settle(shelf, target, shelf.of_story(target), before)
    return target, tuple(placed.article for placed in moved)


def merge(shelf: SqlShelf, into: str, stories: Sequence[str]) -> tuple[str, ...]:
    """Move all articles of stories to another one; return them."""
    moved = [placed for story in stories for placed in shelf.of_story(story)]
    before = _states(shelf, [into, *stories])
    _move(shelf, moved, into)
    _settle(shelf, into, shelf.of_story(into), before)
    for story in stories:
        shelf.drop(story)
    return tuple(placed.article for placed in moved)


def _free_id(shelf: SqlShelf, watchlist: str, opener: str) -> str:
    """Return the id of the story that the article would have opened, or another where that is taken."""
    target = story_id(watchlist, opener)
    while shelf.of_story(target):
        target = str(uuid.uuid5(uuid.UUID(target), "split"))
    return target


def _move(shelf: SqlShelf, moved: Iterable[Placed], story: str) -> None:
    for placed in moved:
        shelf.move(placed, story)


def _states(shelf: SqlShelf, stories: Iterable[str]) -> list[StoryState]:
    return [state for state in map(shelf.state, stories) if state is not None]


def _settle(shelf: SqlShelf, story: str, held: Sequence[Placed], before: Sequence[StoryState]) -> None:
    """Make the state of a story from its articles, with all that was known in the stories they come from."""
    shelf.drop(story)
    if not held:
        return
    state = StoryState(story, held[0].published, held[-1].published)
    for placed in held:
        state.outlets.setdefault(placed.outlet, placed.published.isoformat())
        if placed.copy_of is None:
            state.sources.setdefault(placed.outlet, placed.published.isoformat())
    own = [placed.article for placed in held if placed.copy_of is None]
    state.members = own if len(own) <= MEMBERS else own[:FIRST_MEMBERS] + own[FIRST_MEMBERS - MEMBERS :]
    for other in before:
        for name, values in other.known.items():
            state.known[name] = list(dict.fromkeys((*state.known.get(name, ()), *values)))
    mine = {placed.article for placed in held}
    events = [one.last_event for one in before if one.last_event and one.last_event["article"]["id"] in mine]
    if events:
        latest = max(events, key=lambda event: str(event["article"]["published"]))
        state.last_event = {**latest, "story": story}
    shelf.keep(state)
