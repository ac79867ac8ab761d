"""Feeds that come and go by command: no catalogue lists them, and no sync takes them away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, update

from ingest.feed_sync import BY_COMMAND, new_row
from ingest.feeds import Feed
from pipeline.database import insert_into, writing
from pipeline.tables import feeds

RETIRED = "retired by command"


def add(engine: Engine, new: Sequence[Feed], now: datetime, floor: float) -> None:
    """Put feeds into the table, or back into the schedule with what is said of them now; a poller soon asks them."""
    with writing(engine) as connection:
        for feed in new:
            row = {**new_row(feed, now, floor, len(new)), "origin": BY_COMMAND}
            again = {name: value for name, value in row.items() if name != "url"}
            statement = insert_into(connection, feeds).values({**row, "problem": None})
            connection.execute(
                statement.on_conflict_do_update(index_elements=[feeds.c.url], set_={**again, "problem": None})
            )


def retire(engine: Engine, feed: Feed, now: datetime, floor: float) -> None:
    """Take a feed out of the schedule; its row and its entries stay, and so does its state at every sync."""
    ended: dict[str, Any] = {"state": "retired", "problem": RETIRED, "origin": BY_COMMAND}
    with writing(engine) as connection:
        connection.execute(insert_into(connection, feeds).on_conflict_do_nothing(), new_row(feed, now, floor, 1))
        connection.execute(update(feeds).where(feeds.c.url == feed.url).values(ended))
