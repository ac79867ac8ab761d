"""The poller: asks each feed when it is due and yields the entries that are new."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import Engine

from ingest import feed_state
from ingest.claims import LOOK_AGAIN, Claimer
from ingest.entries import entry_of, seen_of
from ingest.feed_state import FeedState, Saved, SeenEntry
from ingest.feed_sync import sync
from ingest.feeds import Feed
from ingest.lease import owner_name
from ingest.parsed import ParsedEntry, ParsedFeed
from ingest.poll import FAILED, Client, Poll, poll, settle
from ingest.schedule import HARD, Bounds
from ingest.workers import Workers
from pipeline.errors import Retry
from pipeline.messages import Entry
from pipeline.settings import PollerSettings
from pipeline.stage import Harvest, Topics
from pipeline.telemetry import Telemetry
from pipeline.topics import ENTRIES

STATES = ("active", "failing", "retired", "disabled", "removed")
RECOUNT = timedelta(seconds=5)
"""Time between two counts of the feeds by state."""


AT_ONCE = 200
"""Entries that are named on the event loop; more of them would hold it up."""

Made = TypeVar("Made")
Entries = dict[str, tuple[SeenEntry, ParsedEntry]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A finished poll, when it finished, and its entries by id."""

    poll: Poll
    at: datetime
    entries: Entries


@dataclass(frozen=True, slots=True)
class Sorted:
    """A finding with its entries sorted out: those nobody has seen, how many are known, and hashes that changed."""

    finding: Finding
    new: list[SeenEntry]
    known: int
    edited: dict[str, str]

    def documents(self) -> Iterator[Entry]:
        """Yield the new entries as they are published."""
        poll, at = self.finding.poll, self.finding.at
        for seen in self.new:
            if poll.parsed is not None:
                yield entry_of(poll.feed, poll.parsed, seen, self.finding.entries[seen.id][1], at)


class Poller:
    """Polls the feeds of a catalogue, many at once but one of each host, and remembers them in the database.

    Several pollers share the work by leases. What a poll changed is saved only once its entries are durable.
    """

    name = "poller"
    writes: Topics = (ENTRIES,)

    def __init__(  # noqa: PLR0913  # owner, clock and sleep are there for tests
        self,
        catalogue: Sequence[Feed],
        engine: Engine,
        client: Client,
        settings: PollerSettings,
        telemetry: Telemetry,
        *,
        max_bytes: int,
        owner: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._catalogue = catalogue
        self._engine = engine
        self._client = client
        self._settings = settings
        self._telemetry = telemetry
        self._max_bytes = max_bytes
        self._owner = owner or owner_name()
        self._clock = clock
        self._sleep = sleep
        self._bounds = Bounds(settings.floor, max(settings.cap, settings.floor))
        self._claimer = Claimer(engine, self._owner, settings.lease)
        self._counted = datetime.min.replace(tzinfo=UTC)
        self._log = structlog.get_logger().bind(stage=self.name)

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Yield harvests of one poll or several, until closed; what was not kept is polled again."""
        workers = Workers(self._poll, self._settings.concurrency)
        in_hand: dict[str, FeedState] = {}
        # A thread of its own: those that feeds are parsed in may all be busy with hard ones.
        self._thread = ThreadPoolExecutor(1, "poller-state")
        try:
            await self._aside(self._begin)
            while True:
                wait = await self._start(workers, in_hand)
                findings = await workers.take(wait)
                if findings:
                    # One harvest after the other: a later feed with the same entry finds it known.
                    yield await self._aside(self._harvest, findings)
                    for finding in findings:
                        del in_hand[finding.poll.feed.url]
                elif not in_hand:
                    await self._sleep(wait)
        finally:
            await workers.close()
            with contextlib.suppress(Retry):
                await self._aside(feed_state.release, self._engine, self._owner)
            self._thread.shutdown(wait=False)

    async def _aside(self, work: Callable[..., Made], *given: object) -> Made:
        """Run what waits for the database where it holds nobody up."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    def _begin(self) -> None:
        feed_state.release(self._engine, self._owner)
        sync(self._engine, self._catalogue, self._clock(), self._settings.floor)
        self._claimer = Claimer(self._engine, self._owner, self._settings.lease)
        self._count()

    async def _start(self, workers: Workers[FeedState, Finding], in_hand: dict[str, FeedState]) -> float:
        """Give the workers what is due and there is room for; return the seconds until there may be more."""
        if workers.room <= 0:
            return LOOK_AGAIN
        asked = [feed.address for feed in in_hand.values()]
        claims = await self._aside(self._claimer.claim, self._clock(), workers.room, asked)
        in_hand |= {feed.url: feed for feed in claims.feeds}
        workers.give(claims.feeds)
        return claims.wait

    async def _poll(self, feed: FeedState) -> Finding:
        try:
            result = await poll(self._client, feed, self._clock(), self._max_bytes, self._sleep)
            entries = await _entries(feed, result.parsed) if result.parsed else {}
            return Finding(result, self._clock(), entries)
        except Exception as error:  # noqa: BLE001  # a feed nobody foresaw stops no other, and stays visible as failing
            self._log.exception("feed.poll_failed", feed=feed.url)
            problem = f"unexpected {type(error).__name__}: {error}"
            return Finding(Poll(feed, "failed-parse", problem=problem, weight=HARD), self._clock(), {})

    def _harvest(self, findings: Sequence[Finding]) -> Harvest:
        seen = [each for finding in findings for each, _ in finding.entries.values()]
        known = feed_state.recall(self._engine, seen) if seen else {}
        taken: set[str] = set()
        sorted_out = [_sort(finding, known, taken) for finding in findings]
        documents = [entry for each in sorted_out for entry in each.documents()]
        return Harvest(documents, partial(self._keep, sorted_out), finds=len(findings))

    def _keep(self, found: Sequence[Sorted]) -> None:
        saved, results = [], Counter[str]()
        for each in found:
            poll, now = each.finding.poll, each.finding.at
            result = "unchanged" if poll.result == "new" and not each.new else poll.result
            changes = {**settle(poll, now, self._bounds, new=len(each.new)), "result": result}
            saved.append(Saved(poll.feed.url, changes, each.new, each.edited))
            results[result] += 1
            self._tell(poll)
        feed_state.save(self._engine, self._owner, saved)
        for result, many in results.items():
            self._telemetry.feed_polls.labels(result).inc(many)
        self._telemetry.feed_entries.labels("new").inc(sum(len(each.new) for each in found))
        self._telemetry.feed_entries.labels("known").inc(sum(each.known - len(each.edited) for each in found))
        self._telemetry.feed_entries.labels("changed").inc(sum(len(each.edited) for each in found))
        if self._clock() - self._counted >= RECOUNT:
            self._count()

    def _tell(self, poll: Poll) -> None:
        """Log when a feed begins to fail, recovers or is withdrawn; that it fails still is in its state."""
        if poll.result == "gone" or (poll.result in FAILED and poll.feed.failures == 0):
            self._log.warning("feed.failing", feed=poll.feed.url, result=poll.result, problem=poll.problem)
        elif poll.result not in FAILED and poll.feed.failures > 0:
            self._log.info("feed.recovered", feed=poll.feed.url)

    def _count(self) -> None:
        counts = feed_state.count_states(self._engine)
        for state in STATES:
            self._telemetry.feeds.labels(state).set(counts.get(state, 0))
        self._counted = self._clock()


async def _entries(feed: FeedState, parsed: ParsedFeed) -> Entries:
    def read() -> Entries:
        return {seen.id: (seen, item) for seen, item in seen_of(feed, parsed)}

    return read() if len(parsed.entries) <= AT_ONCE else await asyncio.to_thread(read)


def _sort(finding: Finding, known: Mapping[tuple[str, str], SeenEntry], taken: set[str]) -> Sorted:
    """Sort the entries out; `taken` are the ids that are new by an earlier finding of the same harvest."""
    new, edited, many = list[SeenEntry](), dict[str, str](), 0
    for seen, _ in finding.entries.values():
        before = known.get((seen.feed_url, seen.id))
        if before is None and seen.id not in taken:
            new.append(seen)
            taken.add(seen.id)
            continue
        many += 1
        if before is not None and _edited(seen, before):
            edited[before.id] = seen.content_hash
    return Sorted(finding, new, many, edited)


def _edited(now: SeenEntry, before: SeenEntry) -> bool:
    """Return whether the feed that had an entry first says something else of it now; another feed always may."""
    return now.feed_url == before.feed_url and now.content_hash != before.content_hash
