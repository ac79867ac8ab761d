"""The state of every feed and every entry ever seen, in the database; ingest/claims.py hands the feeds out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import BindParameter, Engine, Row, Update, bindparam, or_, select, update

from ingest.lease import is_dead
from ingest.schedule import AGREEING
from pipeline.database import insert_into, reading, writing
from pipeline.messages import Outlet
from pipeline.tables import entries, feeds

ASKED = ("active", "failing")
"""States in which a feed is polled; retired, disabled and removed ones are kept and not asked."""

CHUNK = 500
"""Values in one list of a query."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed that was claimed: what it is, and what its earlier polls left.

    `sitemaps` are those that an index was followed to, with the validators and the hash of each.
    """

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
    sitemaps: Mapping[str, Mapping[str, str | None]] | None = None

    @property
    def address(self) -> str:
        """Return where to ask: the catalogue's URL, or where enough polls agreed that it moved."""
        return address_of(self.url, self.moved_to, self.moved_polls)


STATE = (*(feeds.c[name] for name in FeedState.__slots__), feeds.c.country, feeds.c.kind)
"""The columns that a state is made of."""


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


def state_of(row: Row[Any]) -> FeedState:
    """Return what a row of `STATE` says."""
    named: dict[str, Any] = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
    outlet = Outlet(name=named.pop("outlet"), country=named.pop("country"), kind=named.pop("kind"))
    return FeedState(outlet=outlet, **named)


def release(engine: Engine, owner: str) -> None:
    """Give back what the owner holds, and what owners held that have died on this host."""
    with writing(engine) as connection:
        holders = connection.scalars(select(feeds.c.lease_owner).where(feeds.c.lease_owner.is_not(None)).distinct())
        dead = [holder for holder in holders if holder == owner or is_dead(holder, owner)]
        if dead:
            free = {"lease_owner": None, "lease_until": None}
            connection.execute(update(feeds).where(feeds.c.lease_owner.in_(dead)).values(free))


def recall(engine: Engine, seen: Sequence[SeenEntry]) -> dict[tuple[str, str], SeenEntry]:
    """Return what is remembered of the entries, by feed and id: one is known by its id, or by its guid in its feed."""
    ids: dict[str, SeenEntry] = {}
    guids: dict[tuple[str, str | None], SeenEntry] = {}
    strange: dict[str, list[str]] = {}
    with reading(engine) as connection:
        for chunk in _chunks(list({entry.id for entry in seen})):
            ids |= {row.id: _seen(row) for row in connection.execute(BY_ID, {"listed": chunk})}
        for entry in seen:
            if entry.guid and entry.id not in ids:
                strange.setdefault(entry.feed_url, []).append(entry.guid)
        for feed_url, named in strange.items():
            for chunk in _chunks(named):
                same = connection.execute(BY_GUID, {"feed": feed_url, "listed": chunk})
                guids |= {(row.feed_url, row.guid): _seen(row) for row in same}
    found = ((entry, ids.get(entry.id) or guids.get((entry.feed_url, entry.guid))) for entry in seen)
    return {(entry.feed_url, entry.id): known for entry, known in found if known is not None}


def _seen(row: Row[Any]) -> SeenEntry:
    return SeenEntry(**row._asdict())


SEEN = tuple(entries.c[name] for name in SeenEntry.__slots__)
"""The columns of an entry that is remembered, in their order."""

LISTED: BindParameter[Any] = bindparam("listed", expanding=True)
BY_ID = select(*SEEN).where(entries.c.id.in_(LISTED))
BY_GUID = select(*SEEN).where(entries.c.feed_url == bindparam("feed"), entries.c.guid.in_(LISTED))


@dataclass(frozen=True, slots=True)
class Saved:
    """What a poll settled: columns of its feed, the entries that are new, and those that say something else now."""

    feed_url: str
    changes: Mapping[str, Any]
    new: Sequence[SeenEntry] = ()
    changed: Sequence[SeenEntry] = ()


def save(engine: Engine, owner: str, polls: Sequence[Saved]) -> None:
    """Record polls and end their leases, all in one transaction.

    The columns of a feed are left alone when another poller has taken the lease over, or when the catalogue took the
    feed away meanwhile; its entries are remembered all the same.
    """
    new = [_remembered(entry, poll.changes["polled"]) for poll in polls for entry in poll.new]
    changed = [_noted(entry) for poll in polls for entry in poll.changed]
    with writing(engine) as connection:
        if new:
            connection.execute(insert_into(connection, entries).on_conflict_do_nothing(), new)
        if changed:
            connection.execute(_noting(), changed)
        for columns, rows in _alike(polls, owner).items():
            connection.execute(_settling(columns), rows)


@lru_cache(maxsize=64)
def _settling(columns: tuple[str, ...]) -> Update:
    """Return the statement that sets these columns of a leased feed and ends its lease."""
    # A list in a statement cannot be sent for many rows at once.
    asked = or_(*(feeds.c.state == state for state in ASKED))
    held = feeds.c.url == bindparam("at"), feeds.c.lease_owner == bindparam("owner"), asked
    values: dict[str, Any] = {column: bindparam(f"to_{column}") for column in columns}
    return update(feeds).where(*held).values({**values, "lease_owner": None, "lease_until": None})


def _noting() -> Update:
    """Return the statement that notes what an entry says now, unless a later revision of it was noted."""
    same = entries.c.id == bindparam("key"), entries.c.revision <= bindparam("to_revision")
    columns = ("content_hash", "revision", "revised")
    return update(entries).where(*same).values({column: bindparam(f"to_{column}") for column in columns})


def _noted(entry: SeenEntry) -> dict[str, Any]:
    said = {"to_content_hash": entry.content_hash, "to_revision": entry.revision, "to_revised": entry.revised}
    return {"key": entry.id, **said}


def _remembered(entry: SeenEntry, seen: datetime) -> dict[str, Any]:
    return {**{name: getattr(entry, name) for name in SeenEntry.__slots__}, "seen": seen}


def _alike(polls: Sequence[Saved], owner: str) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Return the parameters of the updates by the columns they set: one statement runs for many rows."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for poll in polls:
        row = {"at": poll.feed_url, "owner": owner, **{f"to_{column}": value for column, value in poll.changes.items()}}
        alike.setdefault(tuple(poll.changes), []).append(row)
    return alike


def host_of(url: str) -> str:
    """Return the host, and port where one is given, that a URL asks."""
    return urlsplit(url).netloc.lower()


def address_of(url: str, moved_to: str | None, moved_polls: int) -> str:
    """Return where to ask: the catalogue's URL, or where enough polls agreed that it moved."""
    return moved_to if moved_to and moved_polls >= AGREEING else url


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
