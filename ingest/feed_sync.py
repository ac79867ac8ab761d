"""The catalogue into the table of feeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, select, update

from ingest.feeds import Feed
from ingest.schedule import fraction_of
from pipeline.database import insert_into, writing
from pipeline.tables import feeds

CATALOGUE = "catalogue"
BY_COMMAND = "command"
"""The origin of feeds that were added or imported by command, not by the catalogue."""

AT_ONCE = 50
"""New feeds that are all due at once."""

SPACING = 0.1
"""Seconds that each new feed of more adds to the time over which the first polls are spread."""


def sync(engine: Engine, catalogue: Sequence[Feed], now: datetime, floor: float) -> None:
    """Bring the table to the catalogue: new feeds are due soon, feeds gone from it are marked removed, none deleted.

    Feeds that were added by command stay as they are.
    """
    wanted = {feed.url: feed for feed in catalogue}
    with writing(engine) as connection:
        there = {row.url: row for row in connection.execute(select(feeds))}
        new = [feed for feed in catalogue if feed.url not in there]
        for feed in new:
            row = new_row(feed, now, floor, len(new))
            connection.execute(insert_into(connection, feeds).on_conflict_do_nothing(), row)
        for url, known in there.items():
            changes = _changes(known, wanted.get(url), now)
            if changes:
                connection.execute(update(feeds).where(feeds.c.url == url).values(changes))


def new_row(feed: Feed, now: datetime, floor: float, many: int) -> dict[str, Any]:
    """Return a feed as the table has it, one of `many` new ones; the first polls of many are spread."""
    spread = 0.0 if many <= AT_ONCE else min(many * SPACING, floor)
    return {
        "url": feed.url,
        **_facts(feed),
        "state": "disabled" if feed.disabled else "active",
        "interval": floor,
        "next_poll": now + timedelta(seconds=spread * fraction_of(feed.url, 0)),
        "failures": 0.0,
        "moved_polls": 0,
    }


def _facts(feed: Feed) -> dict[str, Any]:
    outlet = feed.outlet
    said = {"outlet": outlet.name, "country": outlet.country, "kind": outlet.kind, "language": feed.language}
    return {**said, "about": feed.about}


def _changes(row: Row[Any], feed: Feed | None, now: datetime) -> dict[str, Any]:
    if row.origin == BY_COMMAND:
        return {}
    if feed is None:
        return {} if row.state == "removed" else {"state": "removed"}
    changes = {name: value for name, value in _facts(feed).items() if getattr(row, name) != value}
    if feed.disabled:
        return changes if row.state == "disabled" else {**changes, "state": "disabled"}
    if row.state in {"removed", "disabled"}:
        return {**changes, "state": "active", "next_poll": now}
    return changes
