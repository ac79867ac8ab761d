"""The stories and articles of the archive, looked at by command; what is shown is in story_view.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain
from typing import Any, get_args

from pipeline.errors import InputError
from pipeline.messages import Level
from pipeline.settings import Settings
from pipeline.terms import fold
from sinks.search import Filter, Hit, search
from sinks.stored_stories import StoredStory, StoryDetail, list_stories, show_story
from wirewatch import wiring
from wirewatch.since import since as begin_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options of a command ask for, as they are given."""

    since: str | None = None
    watchlist: str | None = None
    level: Sequence[str] = ()
    actor: Sequence[str] = ()
    theme: Sequence[str] = ()
    country: Sequence[str] = ()
    lang: Sequence[str] = ()
    outlet: Sequence[str] = ()


def wanted_filter(wanted: Wanted, settings: Settings, now: datetime) -> Filter:
    """Return the filter; an actor may be given by id or by the name that a watchlist has for it.

    Raises InputError for a bad time or level.
    """
    levels: list[Level] = []
    for level in wanted.level:
        if level not in get_args(Level):
            raise InputError("--level", f"{level!r} is no level", f"Use {', '.join(get_args(Level))}.")
        levels.append(level)  # type: ignore[arg-type]  # it is one of them
    return Filter(
        since=begin_of(wanted.since, now) if wanted.since else None,
        watchlist=wanted.watchlist,
        levels=levels,
        actors=[found for given in wanted.actor for found in actor_ids(given, settings)],
        themes=wanted.theme,
        countries=wanted.country,
        languages=wanted.lang,
        outlets=wanted.outlet,
    )


def actor_ids(given: str, settings: Settings) -> list[str]:
    """Return the ids of the actors that the watchlists know by this name, and what was given, for an id."""
    said = fold(given)
    actors = (actor for watchlist in wiring.load_watchlists(settings) for actor in watchlist.actors)
    known = ((actor.id, {actor.name, *chain.from_iterable(actor.names.values())}) for actor in actors)
    return sorted({key for key, names in known if said in map(fold, names)} | {given})


def stories(settings: Settings, wanted: Wanted, most: int, now: datetime) -> list[StoredStory]:
    """Return the stories that are asked for, latest first. Raises InputError."""
    asked = wanted_filter(wanted, settings, now)
    with wiring.archive(settings) as engine:
        return list_stories(engine, asked, most)


def story(settings: Settings, name: str) -> StoryDetail:
    """Return one story by its id or how that begins. Raises InputError."""
    with wiring.archive(settings) as engine:
        return show_story(engine, name)


def found(settings: Settings, text: str, wanted: Wanted, most: int, now: datetime) -> list[Hit]:
    """Return the articles with all the words, newest first. Raises InputError."""
    asked = wanted_filter(wanted, settings, now)
    with wiring.archive(settings) as engine:
        return search(engine, text, asked, most)


def story_json(one: StoredStory) -> dict[str, Any]:
    """Return a story as JSON has it, without its articles."""
    return {
        "id": one.id,
        "watchlist": one.watchlist,
        "level": one.level,
        "title": one.title,
        "url": one.url,
        "opened": one.opened,
        "updated": one.updated,
        "articles": len(one.members),
        "copies": one.copies,
        "outlets": one.outlets,
        "countries": one.countries,
        "languages": one.languages,
        "themes": one.themes,
    }


def detail_json(detail: StoryDetail) -> dict[str, Any]:
    """Return a story as JSON has it, with all that is stored of it."""
    return {
        **story_json(detail.story),
        "members": [asdict(one) for one in detail.story.members],
        "actors": [asdict(one) for one in detail.actors],
        "quotes": [asdict(one) for one in detail.quotes],
        "alerts": [asdict(one) for one in detail.alerts],
    }
