"""Which feeds to ask now: those that are due, under a lease, one of each host."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, Engine, func, or_, select, update

from ingest.feed_state import ASKED, STATE, FeedState, address_of, host_of, state_of
from pipeline.database import in_turn, reading, writing
from pipeline.tables import feeds

LOOK_AGAIN = 30.0
"""Seconds after which the table is looked at again, whatever it said: other processes change it too."""

BLOCKED = 1.0
"""Seconds until due feeds are looked at again that another poller, or a poll of the same host, keeps from us."""

GATHER = 0.25
"""Seconds between two looks while little is due, so that feeds that come due one by one are taken several at a time."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Feeds to poll now, and the seconds until there may be more."""

    feeds: tuple[FeedState, ...]
    wait: float


class Claimer:
    """Hands out due feeds to one owner, who has `lease` seconds for each.

    What is due is read once and worked off: reading it for every few free places would take the longer, the more
    feeds are due. What was read is checked again by the statement that takes the lease.
    """

    def __init__(self, engine: Engine, owner: str, lease: float) -> None:
        self._engine = engine
        self._owner = owner
        self._lease = timedelta(seconds=lease)
        self._due: dict[str, deque[str]] = {}
        self._read_at = self._next = datetime.min.replace(tzinfo=UTC)
        self._was_short = True

    def claim(self, now: datetime, limit: int, in_flight: Collection[str] = ()) -> Claims:
        """Lease up to `limit` due feeds, one of each host; longest due first, the feeds of one host in turns.

        `in_flight` are the addresses that the owner asks right now. Hosts are sorted out before the limit applies, so
        that a host with many feeds starves none.
        """
        if not self._due and (now - self._read_at).total_seconds() < GATHER:
            return Claims((), GATHER)
        self._look(now)
        claimed: tuple[FeedState, ...] = ()
        missed = False
        if limit > 0 and self._due:
            with writing(self._engine) as connection:
                # Two pollers that choose at the same time could choose feeds of one host.
                in_turn(connection, "claims")
                busy = {host_of(address) for address in in_flight} | self._hosts_of_others(connection, now)
                chosen = self._choose(limit, busy)
                claimed = self._take(connection, chosen, now) if chosen else ()
            missed = len(claimed) < len(chosen)
        self._was_short = len(claimed) < limit
        until_next = min(LOOK_AGAIN, max(0.0, (self._next - now).total_seconds()))
        return Claims(claimed, min(until_next, BLOCKED) if self._due or missed else until_next)

    def _look(self, now: datetime) -> None:
        """Read what is due, unless what was read before still serves."""
        age = (now - self._read_at).total_seconds()
        stale = age >= LOOK_AGAIN or (self._was_short and (age >= BLOCKED or now >= self._next))
        if self._due and not stale:
            return
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(feeds.c.url, feeds.c.moved_to, feeds.c.moved_polls)
                .where(feeds.c.state.in_(ASKED), feeds.c.next_poll <= now)
                .order_by(feeds.c.next_poll)
            ).all()
            later = connection.scalar(
                select(func.min(feeds.c.next_poll)).where(feeds.c.state.in_(ASKED), feeds.c.next_poll > now)
            )
        self._due = {}
        for row in rows:
            self._due.setdefault(host_of(address_of(*row)), deque()).append(row.url)
        self._read_at, self._next = now, later or now + timedelta(seconds=LOOK_AGAIN)

    def _hosts_of_others(self, connection: Connection, now: datetime) -> set[str]:
        """Return the hosts of feeds that other pollers have leased."""
        rows = connection.execute(
            select(feeds.c.url, feeds.c.moved_to, feeds.c.moved_polls).where(
                feeds.c.lease_until > now, feeds.c.lease_owner != self._owner
            )
        )
        return {host_of(address_of(*row)) for row in rows}

    def _choose(self, limit: int, busy: Collection[str]) -> list[str]:
        """Take feeds off the list of what is due; a host whose turn it was goes to its end."""
        hosts = list(islice((host for host in self._due if host not in busy), limit))
        chosen = []
        for host in hosts:
            waiting = self._due.pop(host)
            chosen.append(waiting.popleft())
            if waiting:
                self._due[host] = waiting
        return chosen

    def _take(self, connection: Connection, urls: Sequence[str], now: datetime) -> tuple[FeedState, ...]:
        free = or_(feeds.c.lease_until.is_(None), feeds.c.lease_until <= now)
        # SQLite has no row locks and needs none: its writers come one after the other.
        rows = connection.execute(
            select(*STATE)
            .where(feeds.c.url.in_(urls), feeds.c.state.in_(ASKED), feeds.c.next_poll <= now, free)
            .order_by(feeds.c.next_poll)
            .with_for_update(skip_locked=True)
        ).all()
        connection.execute(
            update(feeds)
            .where(feeds.c.url.in_([row.url for row in rows]))
            .values(lease_owner=self._owner, lease_until=now + self._lease)
        )
        return tuple(map(state_of, rows))
