"""What is known of every feed, from the catalogue and the table, for a person or a program to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Engine, Row, func, select

from ingest.feed_state import ASKED, address_of
from ingest.feed_sync import CATALOGUE
from ingest.feeds import Feed, FeedFormat, same_address
from pipeline.database import reading
from pipeline.messages import Outlet
from pipeline.tables import entries, feeds

NEW = "new"
"""The state of a feed that the catalogue has and no poller has met yet."""

STATES = (NEW, "active", "failing", "retired", "disabled", "removed")

WINDOW = timedelta(days=30)
"""How far back entries are counted for the rate of a feed."""

SHORTEST = timedelta(hours=1)
"""Time that a feed must have been watched before it has a rate."""


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed and its state; `address` is where it is asked, `rate` in entries a day, `problem` the failure in words."""

    feed: Feed
    state: str
    origin: str = CATALOGUE
    address: str = ""
    polled: datetime | None = None
    succeeded: datetime | None = None
    last_new_entry: datetime | None = None
    next_poll: datetime | None = None
    interval: float | None = None
    failures: float = 0.0
    rate: float | None = None
    result: str | None = None
    problem: str | None = None

    @property
    def polls(self) -> bool:
        """Return whether a poller asks this feed."""
        return self.state in ASKED or self.state == NEW


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which feeds to show; an empty field wants all, an outlet is wanted by a part of its name."""

    states: Sequence[str] = ()
    countries: Sequence[str] = ()
    outlet: str = ""

    def __contains__(self, listed: ListedFeed) -> bool:
        country = (listed.feed.outlet.country or "").upper()
        return (
            (not self.states or listed.state in self.states)
            and (not self.countries or country in {wanted.upper() for wanted in self.countries})
            and self.outlet.casefold() in listed.feed.outlet.name.casefold()
        )


def list_feeds(engine: Engine, catalogue: Sequence[Feed], now: datetime) -> tuple[ListedFeed, ...]:
    """Return every feed of the table, and those of the catalogue that are not in it yet, by outlet. Changes nothing."""
    with reading(engine) as connection:
        rows = connection.execute(select(feeds)).all()
    rates = _rates(engine, now)
    listed = [_listed(row, rates.get(row.url)) for row in rows]
    known = {row.url for row in rows}
    listed += [_unmet(feed) for feed in catalogue if feed.url not in known]
    return tuple(sorted(listed, key=lambda one: (one.feed.outlet.name.casefold(), one.feed.url)))


def find(listed: Sequence[ListedFeed], url: str) -> ListedFeed | None:
    """Return the feed with an address, however it is spelled, those that are polled first."""
    same = [one for one in listed if same_address(one.feed.url) == same_address(url)]
    return min(same, key=lambda one: (one.feed.url != url, not one.polls), default=None)


def as_json(listed: ListedFeed, outlets: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return a listed feed as JSON has it: times in ISO 8601, interval in seconds, rate in entries a day.

    `outlets` are words on the health of outlets, by name.
    """
    feed, outlet = listed.feed, listed.feed.outlet
    return {
        "url": feed.url,
        "outlet": outlet.name,
        "country": outlet.country,
        "language": feed.language,
        "kind": outlet.kind,
        "state": listed.state,
        "origin": listed.origin,
        "address": listed.address,
        "polled": _iso(listed.polled),
        "succeeded": _iso(listed.succeeded),
        "last_new_entry": _iso(listed.last_new_entry),
        "next_poll": _iso(listed.next_poll),
        "interval": listed.interval,
        "failures": listed.failures,
        "rate": listed.rate,
        "result": listed.result,
        "problem": listed.problem,
        "outlet_health": (outlets or {}).get(outlet.name),
        "about": feed.about,
    }


def as_feed(row: Row[Any]) -> Feed:
    """Return a feed of the table as the catalogue has it."""
    about = row.about or {}
    return Feed(
        url=row.url,
        outlet=Outlet(name=row.outlet, country=row.country, kind=row.kind),
        format=cast("FeedFormat", about.get("type", "rss")),
        language=row.language,
        html_url=about.get("htmlUrl"),
        doubtful=about.get("status") == "doubtful",
        disabled=row.state in {"disabled", "retired"},
        note=about.get("note"),
        owner=about.get("owner"),
    )


def _listed(row: Row[Any], rate: float | None) -> ListedFeed:
    return ListedFeed(
        feed=as_feed(row),
        state=row.state,
        origin=row.origin,
        address=address_of(row.url, row.moved_to, row.moved_polls),
        polled=row.polled,
        succeeded=row.succeeded,
        last_new_entry=row.last_new_entry,
        next_poll=row.next_poll if row.state in ASKED else None,
        interval=row.interval if row.polled else None,
        failures=row.failures,
        rate=rate,
        result=row.result,
        problem=row.problem,
    )


def _unmet(feed: Feed) -> ListedFeed:
    return ListedFeed(feed, "disabled" if feed.disabled else NEW, address=feed.url)


def _rates(engine: Engine, now: datetime) -> dict[str, float]:
    """Return the entries a day of each feed; those of its first poll were there before and do not count."""
    first = (
        select(entries.c.feed_url, func.min(entries.c.seen).label("since"))
        .where(entries.c.seen >= now - WINDOW)
        .group_by(entries.c.feed_url)
        .subquery()
    )
    counted = (
        select(first.c.feed_url, first.c.since, func.count(entries.c.id))
        .join(entries, (entries.c.feed_url == first.c.feed_url) & (entries.c.seen > first.c.since), isouter=True)
        .group_by(first.c.feed_url, first.c.since)
    )
    with reading(engine) as connection:
        return {
            url: round(count / ((now - since) / timedelta(days=1)), 2)
            for url, since, count in connection.execute(counted)
            if now - since >= SHORTEST
        }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def exported(listed: Sequence[ListedFeed]) -> Iterator[Feed]:
    """Yield the feeds that an export has: all but those removed from the catalogue; retired ones are disabled."""
    for one in listed:
        if one.state != "removed":
            yield one.feed
