"""What `wirewatch stories split` and `merge` do: in the index of stories and in the archive, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from pipeline.database import writing
from pipeline.errors import InputError
from pipeline.settings import Settings
from processors import story_judgements
from processors.story_index import Placed
from processors.story_sql import locked_shelf
from sinks import story_moves
from sinks.stored_stories import StoredStory, show_story
from wirewatch import wiring

REMEDY = "See a story's articles with: wirewatch stories show"


@dataclass(frozen=True)
class Moved:
    """How many articles went to which story."""

    story: str
    articles: int


def split(settings: Settings, name: str, articles: Sequence[str]) -> Moved:
    """Give articles of a story, by id or address, a story of their own. Raises InputError."""
    with wiring.archive(settings) as engine:
        story = show_story(engine, name).story
        chosen = [_member(story, given) for given in articles]
        with writing(engine) as connection:
            shelf = locked_shelf(connection, story.watchlist)
            _check(story, chosen, shelf.of_story(story.id))
            target, moved = story_judgements.split(shelf, story.watchlist, story.id, chosen)
            story_moves.move(connection, story.watchlist, moved, target)
            story_moves.part(connection, story.watchlist, moved)
    return Moved(target, len(moved))


def merge(settings: Settings, into: str, names: Sequence[str]) -> Moved:
    """Put all articles of stories into one of them. Raises InputError."""
    with wiring.archive(settings) as engine:
        target, *others = _stories(engine, [into, *names])
        with writing(engine) as connection:
            shelf = locked_shelf(connection, target.watchlist)
            moved = story_judgements.merge(shelf, target.id, [other.id for other in others])
            story_moves.move(connection, target.watchlist, moved, target.id)
    return Moved(target.id, len(moved))


def _stories(engine: Engine, names: Sequence[str]) -> list[StoredStory]:
    found = [show_story(engine, name).story for name in names]
    if len({story.id for story in found}) < len(found):
        raise InputError("story", "the same one is given twice", "Name each story once.")
    if len({story.watchlist for story in found}) > 1:
        raise InputError("story", "they are of different watchlists", "Merge stories of one watchlist.")
    return found


def _member(story: StoredStory, given: str) -> str:
    found = next((one.id for one in story.members if given in (one.id, one.url)), None)
    if found is None:
        raise InputError("article", f"{given} is not in story {story.id}", REMEDY)
    return found


def _check(story: StoredStory, chosen: Sequence[str], held: Sequence[Placed]) -> None:
    missing = set(chosen) - {placed.article for placed in held}
    if missing:
        raise InputError("article", f"the index of stories has {min(missing)} not in this story", REMEDY)
    if all(placed.article in chosen or placed.copy_of in chosen for placed in held):
        raise InputError("article", f"story {story.id} has no other articles", "Leave one of them in it.")
