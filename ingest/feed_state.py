"""The state of every feed and every entry ever seen, in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, Row, func, or_, select, update

from ingest.lease import is_dead
from ingest.schedule import AGREEING
from pipeline.database import insert_into, reading, writing
from pipeline.messages import Outlet
from pipeline.tables import entries, feeds

ASKED = ("active", "failing")
"""States in which a feed is polled; retired, disabled and removed ones are kept and not asked."""

CHUNK = 500
"""Values in one list of a query."""

LOOK_AGAIN = 30.0
"""Seconds after which the table is looked at again, whatever it said: other processes change it too."""

BLOCKED = 1.0
"""Seconds until a due feed is looked at again that another poller, or a poll of the same host, keeps from us."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed that was claimed: what it is, and what its earlier polls left."""

    url: str
    outlet: Outlet
    language: str | None
    interval: float
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    failures: float = 0.0
    polled: datetime | None = None
    succeeded: datetime | None = None
    body_read: datetime | None = None
    advertised: float = 0.0
    skipped: str | None = None
    revisit: datetime | None = None
    moved_to: str | None = None
    moved_polls: int = 0

    @property
    def address(self) -> str:
        """Return where to ask: the catalogue's URL, or where enough polls agreed that it moved."""
        return _address(self.url, self.moved_to, self.moved_polls)


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """An entry as it is remembered: its id, the feed that had it first and its name there, a hash of what was said.

    `revision` counts how often it was published anew, `revised` is when it last was, `seen` when it was first seen.
    """

    id: str
    feed_url: str
    guid: str | None
    url: str
    content_hash: str
    revision: int = 0
    revised: datetime | None = None
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """Feeds to poll now, and the seconds until there may be more."""

    feeds: tuple[FeedState, ...]
    wait: float


def claim(
    engine: Engine, owner: str, now: datetime, *, lease: float, limit: int, in_flight: Collection[str] = ()
) -> Claims:
    """Lease up to `limit` due feeds to `owner`, longest due first and one of each host.

    `in_flight` are the addresses that the owner asks right now. Hosts are sorted out before the limit applies, so
    that a host with many feeds starves none.
    """
    with reading(engine) as connection:
        due = connection.execute(
            select(feeds.c.url, feeds.c.moved_to, feeds.c.moved_polls, feeds.c.lease_until)
            .where(feeds.c.state.in_(ASKED), feeds.c.next_poll <= now)
            .order_by(feeds.c.next_poll)
        ).all()
        later = connection.scalar(
            select(func.min(feeds.c.next_poll)).where(feeds.c.state.in_(ASKED), feeds.c.next_poll > now)
        )
    chosen = _choose(due, now, in_flight)
    claimed = _lease(engine, chosen[:limit], owner, now, lease) if chosen and limit > 0 else ()
    wait = min(LOOK_AGAIN, (later - now).total_seconds()) if later else LOOK_AGAIN
    return Claims(claimed, min(wait, BLOCKED) if len(claimed) < len(due) else wait)


def _choose(due: Sequence[Any], now: datetime, in_flight: Collection[str]) -> list[str]:
    leased = [row for row in due if row.lease_until is not None and row.lease_until > now]
    busy = {host_of(address) for address in in_flight} | {
        host_of(_address(row.url, row.moved_to, row.moved_polls)) for row in leased
    }
    chosen = []
    for row in due:
        host = host_of(_address(row.url, row.moved_to, row.moved_polls))
        if host not in busy:
            busy.add(host)
            chosen.append(row.url)
    return chosen


def _lease(engine: Engine, urls: Sequence[str], owner: str, now: datetime, lease: float) -> tuple[FeedState, ...]:
    free = or_(feeds.c.lease_until.is_(None), feeds.c.lease_until <= now)
    with writing(engine) as connection:
        # SQLite has no row locks and needs none: its writers come one after the other.
        rows = connection.execute(
            select(feeds)
            .where(feeds.c.url.in_(urls), feeds.c.state.in_(ASKED), feeds.c.next_poll <= now, free)
            .order_by(feeds.c.next_poll)
            .with_for_update(skip_locked=True)
        ).all()
        connection.execute(
            update(feeds)
            .where(feeds.c.url.in_([row.url for row in rows]))
            .values(lease_owner=owner, lease_until=now + timedelta(seconds=lease))
        )
    return tuple(map(_state, rows))


def _state(row: Row[Any]) -> FeedState:
    named = {name: getattr(row, name) for name in FeedState.__slots__ if name != "outlet"}
    return FeedState(outlet=Outlet(name=row.outlet, country=row.country, kind=row.kind), **named)


def release(engine: Engine, owner: str) -> None:
    """Give back what the owner holds, and what owners held that have died on this host."""
    with writing(engine) as connection:
        holders = connection.scalars(select(feeds.c.lease_owner).where(feeds.c.lease_owner.is_not(None)).distinct())
        dead = [holder for holder in holders if holder == owner or is_dead(holder, owner)]
        if dead:
            free = {"lease_owner": None, "lease_until": None}
            connection.execute(update(feeds).where(feeds.c.lease_owner.in_(dead)).values(free))


def recall(engine: Engine, feed_url: str, seen: Sequence[SeenEntry]) -> dict[str, SeenEntry]:
    """Return what is remembered of the entries, by the ids given: one is known by its id or by the feed's guid."""
    ids: dict[str, Any] = {}
    guids: dict[str, Any] = {}
    with reading(engine) as connection:
        for chunk in _chunks([entry.id for entry in seen]):
            ids |= {row.id: row for row in connection.execute(select(entries).where(entries.c.id.in_(chunk)))}
        for chunk in _chunks([entry.guid for entry in seen if entry.guid and entry.id not in ids]):
            same = select(entries).where(entries.c.feed_url == feed_url, entries.c.guid.in_(chunk))
            guids |= {row.guid: row for row in connection.execute(same)}
    found = ((entry.id, ids.get(entry.id) or guids.get(entry.guid or "")) for entry in seen)
    return {
        key: SeenEntry(**{name: getattr(row, name) for name in SeenEntry.__slots__})
        for key, row in found
        if row is not None
    }


def save(
    engine: Engine,
    state: FeedState,
    owner: str,
    changes: Mapping[str, Any],
    *,
    new: Sequence[SeenEntry] = (),
    changed: Sequence[SeenEntry] = (),
) -> None:
    """Record a poll and end its lease, the new entries and the hash and revision of changed ones, in one transaction.

    `changes` are columns of the feed; they are left alone when another poller has taken the lease over, or when the
    catalogue took the feed away meanwhile.
    """
    now = changes["polled"]
    with writing(engine) as connection:
        if new:
            rows = [{**asdict(entry), "seen": now} for entry in new]
            connection.execute(insert_into(connection, entries).on_conflict_do_nothing(), rows)
        for entry in changed:
            said = {"content_hash": entry.content_hash, "revision": entry.revision, "revised": entry.revised}
            older = entries.c.id == entry.id, entries.c.revision <= entry.revision
            connection.execute(update(entries).where(*older).values(said))
        held = feeds.c.url == state.url, feeds.c.lease_owner == owner, feeds.c.state.in_(ASKED)
        connection.execute(update(feeds).where(*held).values({**changes, "lease_owner": None, "lease_until": None}))


def count_states(engine: Engine) -> dict[str, int]:
    """Return how many feeds are in each state."""
    with reading(engine) as connection:
        rows = connection.execute(select(feeds.c.state, func.count()).group_by(feeds.c.state)).all()
    return {str(row[0]): int(row[1]) for row in rows}


def host_of(url: str) -> str:
    """Return the host, and port where one is given, that a URL asks."""
    return urlsplit(url).netloc.lower()


def _address(url: str, moved_to: str | None, moved_polls: int) -> str:
    return moved_to if moved_to and moved_polls >= AGREEING else url


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
