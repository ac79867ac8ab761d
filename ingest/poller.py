"""The poller: asks each feed when it is due and yields the entries that are new."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine

from ingest import feed_counts, feed_state
from ingest.claims import LOOK_AGAIN, Claimer
from ingest.entries import entry_of, revision_of, seen_of
from ingest.feed_state import FeedState, Saved, SeenEntry
from ingest.feed_sync import sync
from ingest.feeds import Feed
from ingest.lease import owner_name
from ingest.parsed import ParsedEntry, ParsedFeed
from ingest.poll import FAILED, Client, Poll, poll, settle
from ingest.pressure import PAUSE, Pressure
from ingest.revisions import Judgement, judge
from ingest.schedule import HARD, Bounds
from ingest.workers import Workers
from pipeline.errors import Retry
from pipeline.messages import Entry
from pipeline.settings import PollerSettings
from pipeline.stage import Harvest, Topics
from pipeline.telemetry import UNKNOWN, Telemetry
from pipeline.topics import ENTRIES

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
    """A finding with its entries sorted out: those that nobody has seen, and what became of those that are known."""

    finding: Finding
    new: list[SeenEntry]
    found: Judgement

    def documents(self) -> Iterator[Entry]:
        """Yield the new and the edited entries as they are published."""
        for seen in self.new:
            yield self._entry(seen.id)
        for key, before in self.found.revised.items():
            yield revision_of(self._entry(key), before)

    def _entry(self, key: str) -> Entry:
        poll, (seen, item) = self.finding.poll, self.finding.entries[key]
        return entry_of(poll.feed, poll.parsed or ParsedFeed(""), seen, item, self.finding.at)

    def changed(self) -> list[SeenEntry]:
        """Return the known entries that say something else now, as they are to be remembered."""
        said = {key: seen.content_hash for key, (seen, _) in self.finding.entries.items()}
        at, found = self.finding.at, self.found
        revised = [
            replace(before, content_hash=said[key], revision=before.revision + 1, revised=at)
            for key, before in found.revised.items()
        ]
        return revised + [replace(before, content_hash=said[key]) for key, before in found.noted.items()]

    def counts(self) -> dict[str, int]:
        """Return how many entries there are of each kind."""
        kinds = {"new": len(self.new), "changed": len(self.found.revised), "held": self.found.held}
        return {**kinds, "known": len(self.finding.entries) - sum(kinds.values())}


class Poller:
    """Polls the feeds of a catalogue, many at once but one of each host, and remembers them in the database.

    Several pollers share the work by leases. What a poll changed is saved only once its entries are durable. While
    `backlog`, the entries that wait for the fetcher, is too large no poll begins.
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
        backlog: Callable[[], int] = lambda: 0,
        owner: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._catalogue = catalogue
        self._engine = engine
        self._client = client
        self._settings = settings
        self._telemetry = telemetry
        self._gauges = feed_counts.Gauges(telemetry)
        self._max_bytes = max_bytes
        self._pressure = Pressure(backlog, settings.backlog)
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
        if await self._aside(self._held):
            return PAUSE
        asked = [feed.address for feed in in_hand.values()]
        claims = await self._aside(self._claimer.claim, self._clock(), workers.room, asked)
        in_hand |= {feed.url: feed for feed in claims.feeds}
        workers.give(claims.feeds)
        return claims.wait

    def _held(self) -> bool:
        """Return whether so many entries wait for the fetcher that no poll begins; what is due stays due."""
        before, held = self._pressure.held, self._pressure.look(self._clock())
        if held != before:
            event = "poller.held" if held else "poller.resumed"
            self._log.warning(event, waiting=self._pressure.waiting, limit=self._settings.backlog)
        self._telemetry.polls_held.set(held)
        return held

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
        saved, results, kinds = [], Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for each in found:
            changes = self._changes(each)
            saved.append(Saved(each.finding.poll.feed.url, changes, each.new, each.changed()))
            country = each.finding.poll.feed.outlet.country or UNKNOWN
            results[changes["result"], country] += 1
            kinds.update({(kind, country): many for kind, many in each.counts().items()})
            self._tell(each.finding.poll)
        feed_state.save(self._engine, self._owner, saved)
        for labels, many in results.items():
            self._telemetry.feed_polls.labels(*labels).inc(many)
        for labels, many in kinds.items():
            self._telemetry.feed_entries.labels(*labels).inc(many)
        if self._clock() - self._counted >= RECOUNT:
            self._count()

    def _changes(self, each: Sorted) -> dict[str, Any]:
        """Return the columns of the feed's state after a poll."""
        poll, news = each.finding.poll, each.new or each.found.revised
        changes = settle(poll, each.finding.at, self._bounds, new=len(each.new))
        if poll.parsed is not None:
            changes["revisit"] = each.found.held_until
        return {**changes, "result": "unchanged" if poll.result == "new" and not news else poll.result}

    def _tell(self, poll: Poll) -> None:
        """Log when a feed begins to fail, recovers or is withdrawn; that it fails still is in its state."""
        if poll.result == "gone" or (poll.result in FAILED and poll.feed.failures == 0):
            self._log.warning("feed.failing", feed=poll.feed.url, result=poll.result, problem=poll.problem)
        elif poll.result not in FAILED and poll.feed.failures > 0:
            self._log.info("feed.recovered", feed=poll.feed.url)

    def _count(self) -> None:
        self._counted = self._clock()
        self._gauges.show(feed_counts.count(self._engine, self._counted))


async def _entries(feed: FeedState, parsed: ParsedFeed) -> Entries:
    def read() -> Entries:
        return {seen.id: (seen, item) for seen, item in seen_of(feed, parsed)}

    return read() if len(parsed.entries) <= AT_ONCE else await asyncio.to_thread(read)


def _sort(finding: Finding, known: Mapping[tuple[str, str], SeenEntry], taken: set[str]) -> Sorted:
    """Sort the entries out; `taken` are the ids that are new by an earlier finding of the same harvest."""
    seen = [each for each, _ in finding.entries.values()]
    here = {each.id: known[each.feed_url, each.id] for each in seen if (each.feed_url, each.id) in known}
    found = judge(seen, here, finding.at)
    new = [each for each in found.new if each.id not in taken]
    taken |= {each.id for each in new}
    return Sorted(finding, new, found)
