"""The sitemaps that a poll of an index follows, each asked as a feed of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest import sitemap_index
from ingest.feed_state import FeedState

if TYPE_CHECKING:
    from ingest.poll import Poll

MARKS = ("etag", "last_modified", "body_hash")
"""What is kept of each sitemap between two polls, besides whether it holds news at all."""

BARREN = "barren"
QUIET = frozenset({"not-modified", "unchanged"})

Ask = Callable[[FeedState], Awaitable["Poll"]]
Pause = Callable[[float], Awaitable[object]]
Marks = Mapping[str, Mapping[str, str | None]]


async def follow(found: Poll, ask: Ask, pause: Pause, *, full: bool) -> Poll:
    """Return the poll of an index with what its sitemaps brought; any other poll as it is.

    `found` is the poll of the feed's own address; `ask` asks one more address, `pause` waits some seconds before it.
    An index that did not change is followed to the sitemaps of its last poll. One known to hold no news is left out
    unless everything is asked anew (`full`).
    """
    feed, index = found.feed, found.parsed
    marks: Marks = feed.sitemaps or {}
    if index is not None and index.sitemaps:
        chosen = sitemap_index.choose(index.sitemaps, feed.address)
    elif marks and found.result in QUIET:
        chosen = tuple(marks)
    else:
        gone = index is not None and feed.sitemaps
        return replace(found, changes={**found.changes, "sitemaps": None}) if gone else found
    asked = [url for url in chosen if full or not marks.get(url, {}).get(BARREN)]
    polls = await _ask_each(feed, asked, marks, ask, pause)
    kept = {url: _marks(polls[url], marks.get(url, {})) if url in polls else marks.get(url, {}) for url in chosen}
    return _verdict(found, polls, kept, len(index.sitemaps) if index is not None else None)


async def _ask_each(feed: FeedState, urls: Sequence[str], marks: Marks, ask: Ask, pause: Pause) -> dict[str, Poll]:
    """Return the poll of each sitemap that answered within the time for all of them; one after the other."""
    polls: dict[str, Poll] = {}
    try:
        async with asyncio.timeout(sitemap_index.TIME):
            for url in urls:
                await pause(sitemap_index.SPACING)
                polls[url] = await ask(_as_feed(feed, url, marks.get(url, {})))
    except TimeoutError:
        pass  # what was read until then counts, the others come first to be asked as they were
    return polls


def _as_feed(index: FeedState, url: str, known: Mapping[str, str | None]) -> FeedState:
    return replace(
        index,
        url=url,
        etag=known.get("etag"),
        last_modified=known.get("last_modified"),
        body_hash=known.get("body_hash"),
        moved_to=None,
        moved_polls=0,
        sitemaps=None,
    )


def _marks(poll: Poll, before: Mapping[str, str | None]) -> dict[str, str | None]:
    if poll.barren:
        return {BARREN: "yes"}
    known = {**before, **{name: value for name, value in poll.changes.items() if name in MARKS}}
    return {name: value for name, value in known.items() if value and name in MARKS}


def _verdict(found: Poll, polls: Mapping[str, Poll], kept: Marks, listed: int | None) -> Poll:
    """Return one poll of all: failed when every sitemap failed, new when one was read, otherwise without news."""
    failed = {url: poll for url, poll in polls.items() if poll.problem is not None}
    said = [f"{url}: {poll.problem}" for url, poll in failed.items()]
    if not polls or len(failed) == len(polls):
        of = f" of {listed}" if listed else ""
        problem = f"an index{of} of sitemaps, none of which can be used; {'; '.join(said) or 'none answered in time'}"
        worst = max(failed.values(), key=lambda poll: poll.weight, default=None)
        return replace(
            found,
            result=worst.result if worst else "failed-network",
            parsed=None,
            problem=problem,
            weight=worst.weight if worst else 0.5,
            retry_after=max((poll.retry_after or 0.0 for poll in failed.values()), default=0.0) or None,
            changes={"sitemaps": kept},
        )
    read = [poll.parsed for poll in polls.values() if poll.parsed is not None]
    changes = {**found.changes, "sitemaps": kept}
    if read:
        advertised = max(found.advertised, *(poll.advertised for poll in polls.values()))
        parsed = sitemap_index.together(read, said)
        return replace(found, result="new", parsed=parsed, advertised=advertised, changes=changes)
    result = "not-modified" if found.result == "not-modified" else "unchanged"
    return replace(found, result=result, parsed=None, changes=changes)
