"""Finds the story of an article: that of a text it copies, that of the happening it tells, or one of its own."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from pipeline.errors import Drop
from processors.events import SAME_EVENT, Rarity, keys, likeness, rarity, to_story, with_time
from processors.story_index import Placed, StoryShelf, StoryState

COPY_WINDOW = timedelta(days=7)
"""How far apart two publications of one text may lie."""

EVENT_WINDOW = timedelta(days=5)
"""How far apart two tellings of one happening may lie."""

STORY_AGE = timedelta(days=21)
"""How long after its opening a story is continued by tellings: then the same actors do something else."""

CANDIDATES, STORIES, MEMBERS = 32, 8, 12
"""Articles that are looked at because they share rare terms, stories of theirs that are compared, and the members of a
story that stand for it."""

ANOTHER_ISSUE = -9.0
"""Likeness of two issues of one form, such as the rates of yesterday and today."""

FIRST_MEMBERS = 4
"""Members of a story that stand for it for ever; the latest take turns."""


def story_id(watchlist: str, opener: str) -> str:
    """Return the id of the story that an article opens on a watchlist."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"wirewatch:story:{watchlist}:{opener}"))


def place(shelf: StoryShelf, watchlist: str, candidate: Placed) -> Placed:
    """Return the article in its story, an older one or its own, and keep it; placing it again moves it nowhere.

    Raises Drop when a newer revision of it was placed.
    """
    terms = list(candidate.marks.profile.terms)
    rare = rarity(*shelf.frequencies(terms))
    known = shelf.find(candidate.article)
    if known is not None:
        return _revised(shelf, known, candidate, rare)
    original = _original(shelf, candidate)
    if original is not None:
        placed = replace(candidate, story=original.story, copy_of=original.copy_of or original.article)
    else:
        story = _event(shelf, candidate, rare) or story_id(watchlist, candidate.article)
        placed = replace(candidate, story=story)
    shelf.add(placed, keys(candidate.marks.profile, rare))
    state = shelf.state(placed.story) or StoryState(placed.story, placed.published, placed.published)
    _join(state, placed)
    shelf.keep(state)
    return placed


def _revised(shelf: StoryShelf, known: Placed, candidate: Placed, rare: Rarity) -> Placed:
    """Return the article where it was placed before, with its text as the newer revision has it. Raises Drop."""
    if candidate.revision < known.revision:
        raise Drop("older-revision")
    if candidate.revision > known.revision:
        known = replace(known, marks=candidate.marks, revision=candidate.revision)
        shelf.replace(known, keys(candidate.marks.profile, rare))
    return known


def _original(shelf: StoryShelf, candidate: Placed) -> Placed | None:
    since, until = candidate.published - COPY_WINDOW, candidate.published + COPY_WINDOW
    similar = shelf.similar(candidate.marks.fingerprint.bands, since, until)
    return next((other for other in similar if candidate.marks.copies(other.marks)), None)


def _event(shelf: StoryShelf, candidate: Placed, rare: Rarity) -> str | None:
    """Return the story whose happening the article most likely tells, if it is likely enough."""
    likenesses = {
        story: to_story([_likeness(candidate, member, rare) for member in members])
        for story, members in _nearby(shelf, candidate, rare).items()
    }
    best = max(likenesses, key=lambda story: (likenesses[story], story), default=None)
    return best if best is not None and likenesses[best] >= SAME_EVENT else None


def _likeness(candidate: Placed, member: Placed, rare: Rarity) -> float:
    if candidate.marks.another_issue(member.marks):
        return ANOTHER_ISSUE
    alike = likeness(candidate.marks.profile, member.marks.profile, rare)
    return with_time(alike, candidate.published, member.published)


def _nearby(shelf: StoryShelf, candidate: Placed, rare: Rarity) -> Mapping[str, Sequence[Placed]]:
    """Return the members of the stories that share the rarest terms with the article, by story."""
    since, until = candidate.published - EVENT_WINDOW, candidate.published + EVENT_WINDOW
    sharing = shelf.sharing(keys(candidate.marks.profile, rare), since, until)
    worth = {article: sum(_worth(key, rare) for key in shared) for article, shared in sharing.items()}
    closest = sorted(worth, key=lambda article: (-worth[article], article))[:CANDIDATES]
    stories: dict[str, float] = defaultdict(float)
    for placed in shelf.placed(closest):
        stories[placed.story] = max(stories[placed.story], worth[placed.article])
    nearest = sorted(stories, key=lambda story: (-stories[story], story))[:STORIES]
    young = [state for state in shelf.states(nearest) if abs(candidate.published - state.opened) <= STORY_AGE]
    members = shelf.placed([article for state in young for article in state.members])
    found: dict[str, list[Placed]] = defaultdict(list)
    for member in members:
        found[member.story].append(member)
    return found


def _worth(key: str, rare: Rarity) -> float:
    return sum(rare(term) for term in key.split("|"))


def _join(state: StoryState, placed: Placed) -> None:
    """Enter a new article into its story."""
    moment = placed.published.isoformat()
    state.opened = min(state.opened, placed.published)
    state.updated = max(state.updated, placed.published)
    state.closed_by = None
    state.outlets[placed.outlet] = min(state.outlets.get(placed.outlet, moment), moment)
    if placed.copy_of is None:
        state.sources[placed.outlet] = min(state.sources.get(placed.outlet, moment), moment)
        state.members.append(placed.article)
        if len(state.members) > MEMBERS:
            del state.members[FIRST_MEMBERS]
