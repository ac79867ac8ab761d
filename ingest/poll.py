"""One poll of one feed: a conditional request, its answer read, and what it means for the feed's state."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol

from ingest import schedule
from ingest.advertised import fresh_for, not_skipped
from ingest.feed_state import FeedState
from ingest.news_hash import news_hash
from ingest.parse import parse_feed
from ingest.parsed import NoNews, ParsedFeed, ParseError
from ingest.poll_index import Pause, follow
from ingest.schedule import Bounds
from pipeline.http import HttpError, Response

PURPOSE = "feed"
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
FAILED = frozenset({"failed-http", "failed-network", "failed-parse"})
LONGEST_PROBLEM = 1000

WORDS = {
    "timeout": "no answer in time",
    "dns": "the name of its host cannot be resolved",
    "refused-address": "its address may not be asked",
    "connect": "no connection",
    "tls": "no secure connection",
    "too-large": "larger than a feed may be",
    "redirects": "too many redirects",
    "protocol": "an answer that is no HTTP",
    "decode": "an answer that cannot be unpacked",
}
"""What the results of the HTTP client mean to a person."""


class Client(Protocol):
    """What a poll needs of the HTTP client."""

    async def get(
        self, url: str, *, purpose: str, headers: Mapping[str, str] | None = None, max_bytes: int
    ) -> Response:
        """Return the response to GET, redirects followed. Raises HttpError."""


@dataclass(frozen=True, slots=True)
class Poll:
    """What a poll brought: its result, the feed if there is one to read, and columns of the state it settles.

    `barren` is a sitemap that can be read and holds no news.
    """

    feed: FeedState
    result: str
    parsed: ParsedFeed | None = None
    problem: str | None = None
    weight: float = 0.0
    retry_after: float | None = None
    limited: bool = False
    advertised: float = 0.0
    barren: bool = False
    changes: Mapping[str, Any] = field(default_factory=dict)


async def poll(client: Client, feed: FeedState, now: datetime, max_bytes: int, pause: Pause = asyncio.sleep) -> Poll:
    """Ask a feed, with conditions where they are of use; the answer is parsed in a thread. Raises nothing.

    An index of sitemaps is followed to a few of them, with a `pause` in seconds before each.
    """

    async def ask(one: FeedState) -> Poll:
        return await _ask(client, one, now, max_bytes)

    return await follow(await ask(feed), ask, pause, full=_wants_full(feed, now))


async def _ask(client: Client, feed: FeedState, now: datetime, max_bytes: int) -> Poll:
    conditions = _conditions(feed, now)
    try:
        response = await client.get(
            feed.address, purpose=PURPOSE, headers={"Accept": ACCEPT, **conditions}, max_bytes=max_bytes
        )
    except HttpError as error:
        problem = f"{WORDS.get(error.result, error.result)}: {error.detail}"
        return Poll(feed, "failed-network", problem=problem, weight=schedule.network_weight(error.result))
    if response.status == HTTPStatus.OK:
        return await _read(feed, response, anew=_reads_anew(feed, now))
    if response.status == HTTPStatus.NOT_MODIFIED and conditions and not response.redirects:
        return Poll(feed, "not-modified", advertised=_advertised(feed, response), changes=_refreshed(response))
    return _refused(feed, response)


def _conditions(feed: FeedState, now: datetime) -> dict[str, str]:
    if _wants_full(feed, now):
        return {}
    named = {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
    return {name: value for name, value in named.items() if value}


def _reads_anew(feed: FeedState, now: datetime) -> bool:
    """Return whether the feed is read though nothing may have changed: a revision in it was held back until now."""
    return feed.revisit is not None and feed.revisit <= now


def _wants_full(feed: FeedState, now: datetime) -> bool:
    since_body = (now - feed.body_read).total_seconds() if feed.body_read else None
    return _reads_anew(feed, now) or schedule.wants_full(since_body, feed.failures, feed.interval)


async def _read(feed: FeedState, response: Response, *, anew: bool) -> Poll:
    digest = news_hash(response.body)
    changes = {"body_hash": digest, **_validators(response), **_moved(feed, response)}
    if digest == feed.body_hash and not anew:
        return Poll(feed, "unchanged", advertised=_advertised(feed, response), changes=changes)
    try:
        parsed = await asyncio.to_thread(
            parse_feed, response.body, response.url, charset=response.charset, language=response.language
        )
    except ParseError as error:
        barren = isinstance(error, NoNews)
        return Poll(feed, "failed-parse", problem=str(error), weight=schedule.HARD, barren=barren)
    asked, fresh = parsed.advertised, max(parsed.ttl or 0.0, parsed.advertised.fresh)
    changes |= {"advertised": fresh, "skipped": f"{asked.skipped:x}" if asked.skipped else None}
    advertised = max(fresh, fresh_for(response.headers))
    return Poll(feed, "new", parsed=parsed, advertised=advertised, changes=changes)


def _advertised(feed: FeedState, response: Response) -> float:
    """Return how long the feed stays fresh by this answer, which has nothing new to say of it in its body."""
    return max(feed.advertised, fresh_for(response.headers))


def _validators(response: Response) -> dict[str, str | None]:
    """Return the validators to send next time, as they came: none of another address than the one that is asked."""
    if response.redirects:
        return {"etag": None, "last_modified": None}
    return {"etag": _header(response, "etag"), "last_modified": _header(response, "last-modified")}


def _refreshed(response: Response) -> dict[str, str | None]:
    """Return what a 304 changes of the validators: those that it names."""
    return {name: value for name, value in _validators(response).items() if value}


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name, "")
    return value if value and value.isascii() and value.isprintable() else None


def _moved(feed: FeedState, response: Response) -> dict[str, Any]:
    target = schedule.permanent_target(response.redirects)
    if feed.address != feed.url:
        # An adopted address that moves again is forgotten: the catalogue's own leads on to the new one.
        return {} if target is None else {"moved_to": None, "moved_polls": 0}
    moved_to, polls = schedule.agreement(target, feed.moved_to, feed.moved_polls)
    return {"moved_to": moved_to, "moved_polls": polls}


def _refused(feed: FeedState, response: Response) -> Poll:
    status = response.status
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "unknown status"
    weight = schedule.status_weight(status)
    if status == schedule.GONE and feed.address == feed.url and not response.redirects:
        return Poll(feed, "gone", problem=f"HTTP {status} {phrase}: its publisher has withdrawn it")
    lost = weight == schedule.HARD and feed.address != feed.url
    return Poll(
        feed,
        "failed-http",
        problem=f"HTTP {status} {phrase}",
        weight=weight,
        retry_after=response.retry_after if status in schedule.WAITS else None,
        limited=status == schedule.TOO_MANY_REQUESTS,
        changes={"moved_to": None, "moved_polls": 0, "etag": None, "last_modified": None} if lost else {},
    )


def settle(poll: Poll, now: datetime, bounds: Bounds, *, new: int = 0) -> dict[str, Any]:
    """Return the columns of the feed's state after a poll that found `new` entries nobody had seen."""
    common = {**poll.changes, "polled": now, "result": poll.result}
    if poll.result == "gone":
        return {**common, "next_poll": now + timedelta(seconds=bounds.cap), "state": "retired", "problem": poll.problem}
    if poll.result in FAILED:
        return {**common, **_failed(poll, now, bounds)}
    common |= {**_succeeded(poll, now, bounds, new), "state": "active", "failures": 0.0, "succeeded": now}
    if poll.result != "not-modified":
        common["body_read"] = now
    if new:
        common["last_new_entry"] = now
    if poll.parsed is not None:
        return {**common, "problem": "; ".join(poll.parsed.problems)[:LONGEST_PROBLEM] or None}
    return common if poll.feed.failures == 0 else {**common, "problem": None}


def _failed(poll: Poll, now: datetime, bounds: Bounds) -> dict[str, Any]:
    feed, failures = poll.feed, poll.feed.failures + poll.weight
    delay = schedule.delay_after_failure(
        # One that is asked too often is not asked more often for it.
        bounds.clamp(feed.interval) if poll.limited else bounds.floor,
        failures,
        _fraction(feed, now),
        bounds,
        age=(now - feed.succeeded).total_seconds() if feed.succeeded else bounds.cap,
        retry_after=poll.retry_after or 0.0,
    )
    problem = (poll.problem or "")[:LONGEST_PROBLEM]
    due = now + timedelta(seconds=float(delay))
    return {"next_poll": due, "state": "failing", "failures": failures, "problem": problem}


def _succeeded(poll: Poll, now: datetime, bounds: Bounds, new: int) -> dict[str, Any]:
    feed, fraction = poll.feed, _fraction(poll.feed, now)
    interval = schedule.next_interval(
        feed.interval,
        bounds,
        new=float(new),
        listed=float(len(poll.parsed.entries)) if poll.parsed else 0.0,
        elapsed=(now - feed.succeeded).total_seconds() if feed.succeeded and feed.body_hash else 0.0,
        advertised=poll.advertised,
    )
    due = now + timedelta(seconds=float(schedule.delay_after_success(interval, fraction, bounds)))
    skipped = poll.changes.get("skipped", feed.skipped)
    opening = not_skipped(due, int(skipped or "0", 16))
    seconds = schedule.after_skipped(now.timestamp(), due.timestamp(), opening.timestamp(), fraction, bounds)
    return {"interval": float(interval), "next_poll": datetime.fromtimestamp(float(seconds), UTC)}


def _fraction(feed: FeedState, now: datetime) -> float:
    return schedule.fraction_of(feed.url, int(now.timestamp()))
