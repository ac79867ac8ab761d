"""Runs a poller as the source runner does, and looks at what it left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

from sqlalchemy import Engine, select

from ingest.poller import Poller
from pipeline.database import reading
from pipeline.messages import Entry
from pipeline.stage import Harvest
from pipeline.tables import entries
from pipeline.tables import feeds as table
from pipeline.telemetry import Telemetry
from tests.ingest.feeding import make_feed

ONE, TWO = make_feed("https://one.example.org/feed"), make_feed("https://two.example.org/feed", name="Two")
MakePoller = Callable[..., Poller]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 30))


async def take(poller: Poller, count: int, *, keep: bool = True) -> list[Harvest]:
    """Return harvests of so many polls, each kept before the next is asked for, as the runner does."""
    found: list[Harvest] = []
    async with aclosing(poller.harvests()) as harvests:
        async for harvest in harvests:
            found.append(harvest)
            if keep:
                harvest.keep()
            if sum(harvest.finds for harvest in found) >= count:
                break
    return found


def polls(poller: Poller, count: int = 1, *, keep: bool = True) -> list[list[Entry]]:
    """Return the new entries of each poll; within one harvest those with entries come first."""
    found: list[list[Entry]] = []
    for harvest in run(take(poller, count, keep=keep)):
        by_feed: dict[str, list[Entry]] = {}
        for entry in harvest.documents:
            by_feed.setdefault(entry.feed_url, []).append(entry)
        found += [*by_feed.values(), *([] for _ in range(harvest.finds - len(by_feed)))]
    return found


def row(engine: Engine, url: str = ONE.url) -> Any:
    with reading(engine) as connection:
        return connection.execute(select(table).where(table.c.url == url)).one()


def remembered(engine: Engine) -> int:
    with reading(engine) as connection:
        return len(connection.execute(select(entries)).all())


def value(telemetry: Telemetry, name: str, **labels: str) -> float:
    return telemetry.total(name, **labels)
