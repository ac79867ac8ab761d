"""The watchlists, tried by command; what is shown is in replay_view.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.errors import InputError
from pipeline.settings import Settings
from processors.tagger import Tagger
from processors.watchlist import load_watchlist
from sinks.labels import labelled
from sinks.stored import judging_watchlists, stored_articles
from wirewatch import wiring
from wirewatch.replay import Replay, replay
from wirewatch.since import since as begin_of


@dataclass(frozen=True)
class Tried:
    """A draft, by id and version, on the archive; `live` is the watchlist it was compared with, `others` the rest."""

    draft: str
    version: str
    live: str
    others: tuple[str, ...]
    replay: Replay


def try_draft(path: Path, since: str, now: datetime, against: str | None, settings: Settings) -> Tried:
    """Return what a draft makes of the archive; nothing is written, nobody is told.

    Raises InputError for a bad file or `since`, where there is no archive, and for an `against` that judged nothing.
    """
    begin = begin_of(since, now)
    draft = load_watchlist(path)
    live = against or draft.id
    with wiring.archive(settings) as engine:
        known = judging_watchlists(engine)
        if against is not None and against not in known:
            remedy = f"Use {', '.join(known)}." if known else "Let the store write taggings first."
            raise InputError("--against", f"no article of the archive was judged by {against!r}", remedy)
        labels = {each.label.article: each.label.level for each in labelled(engine, live)}
        stored = stored_articles(engine, begin, live)
        found = replay(stored, Tagger([draft]), labels, begin, now, settings.alerts.min_level)
    return Tried(draft.id, draft.version, live, tuple(one for one in known if one != live), found)
