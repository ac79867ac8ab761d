"""The actors, looked at by command; what is shown is in actor_view.py."""

from __future__ import annotations

from datetime import datetime

from pipeline.errors import InputError
from pipeline.settings import Settings
from processors.candidates import is_listed
from sinks.stored import SeenCandidate, seen_candidates
from wirewatch import wiring
from wirewatch.since import since as begin_of


def candidates(
    settings: Settings, since: str, now: datetime, watchlist: str | None, min_count: int
) -> list[SeenCandidate]:
    """Return the candidates of the archive, without those that their watchlist has by now.

    Raises InputError for a bad `since`, for a watchlist that the settings do not name, and where there is no archive.
    """
    begin = begin_of(since, now)
    lists = {one.id: one for one in wiring.load_watchlists(settings)}
    if watchlist is not None and watchlist not in lists:
        raise InputError("--watchlist", f"{watchlist!r} is no watchlist's id", f"Use {', '.join(lists)}.")
    with wiring.archive(settings) as engine:
        found = seen_candidates(engine, begin, watchlist)
    return [
        seen
        for seen in found
        if seen.count >= min_count
        and seen.watchlist in lists
        and not any(is_listed(seen.name, language, lists[seen.watchlist]) for language in seen.languages)
    ]
