"""The poller: asks each feed when it is due and yields the entries that are new."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Engine

from ingest import feed_state
from ingest.entries import entries_of, revision_of
from ingest.feed_state import Claims, FeedState, SeenEntry
from ingest.feed_sync import sync
from ingest.feeds import Feed
from ingest.lease import owner_name
from ingest.poll import FAILED, Client, Poll, poll, settle
from ingest.revisions import Judgement, judge
from ingest.schedule import HARD, Bounds
from pipeline.errors import Retry
from pipeline.messages import Entry
from pipeline.settings import PollerSettings
from pipeline.stage import Harvest, Topics
from pipeline.telemetry import Telemetry
from pipeline.topics import ENTRIES

STATES = ("active", "failing", "retired", "disabled", "removed")
RECOUNT = timedelta(seconds=5)
"""Time between two counts of the feeds by state."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finished poll, when it finished, and its entries by id."""

    poll: Poll
    at: datetime
    entries: dict[str, tuple[SeenEntry, Entry]]


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
        self._counted = datetime.min.replace(tzinfo=UTC)
        self._log = structlog.get_logger().bind(stage=self.name)

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Yield one harvest a poll, with or without entries, until closed; what was not kept is polled again."""
        polls: dict[asyncio.Task[Finding], FeedState] = {}
        try:
            await asyncio.to_thread(self._begin)
            while True:
                wait = await self._start(polls)
                for task in await self._finished(polls, wait):
                    # One after the other: a second feed with the same entry finds it known.
                    yield await asyncio.to_thread(self._harvest, task.result())
                    del polls[task]
        finally:
            for task in polls:
                task.cancel()
            await asyncio.gather(*polls, return_exceptions=True)
            with contextlib.suppress(Retry):
                await asyncio.to_thread(feed_state.release, self._engine, self._owner)

    def _begin(self) -> None:
        feed_state.release(self._engine, self._owner)
        sync(self._engine, self._catalogue, self._clock(), self._settings.floor)
        self._count()

    async def _start(self, polls: dict[asyncio.Task[Finding], FeedState]) -> float:
        """Start the polls that are due and there is room for; return the seconds until there may be more."""
        room = self._settings.concurrency - len(polls)
        if room <= 0:
            return feed_state.LOOK_AGAIN
        claims = await asyncio.to_thread(self._claim, room, [feed.address for feed in polls.values()])
        for feed in claims.feeds:
            polls[asyncio.create_task(self._poll(feed))] = feed
        return claims.wait

    def _claim(self, room: int, in_flight: Sequence[str]) -> Claims:
        lease, now = self._settings.lease, self._clock()
        return feed_state.claim(self._engine, self._owner, now, lease=lease, limit=room, in_flight=in_flight)

    async def _finished(
        self, polls: dict[asyncio.Task[Finding], FeedState], wait: float
    ) -> list[asyncio.Task[Finding]]:
        if not polls:
            await self._sleep(max(wait, 0.0))
            return []
        done, _ = await asyncio.wait(polls, timeout=max(wait, 0.0), return_when=asyncio.FIRST_COMPLETED)
        return [task for task in polls if task in done]

    async def _poll(self, feed: FeedState) -> Finding:
        try:
            result = await poll(self._client, feed, self._clock(), self._max_bytes)
            now = self._clock()
            read = entries_of(feed, result.parsed, now) if result.parsed else ()
            return Finding(result, now, {seen.id: (seen, entry) for seen, entry in read})
        except Exception as error:  # noqa: BLE001  # a feed nobody foresaw stops no other, and stays visible as failing
            self._log.exception("feed.poll_failed", feed=feed.url)
            problem = f"unexpected {type(error).__name__}: {error}"
            return Finding(Poll(feed, "failed-parse", problem=problem, weight=HARD), self._clock(), {})

    def _harvest(self, finding: Finding) -> Harvest:
        seen = [each for each, _ in finding.entries.values()]
        known = feed_state.recall(self._engine, finding.poll.feed.url, seen) if seen else {}
        found = judge(seen, known, finding.at)
        new = [finding.entries[each.id][1] for each in found.new]
        revised = [revision_of(finding.entries[key][1], before) for key, before in found.revised.items()]
        return Harvest([*new, *revised], partial(self._keep, finding, found, len(known)))

    def _keep(self, finding: Finding, found: Judgement, known: int) -> None:
        poll, now = finding.poll, finding.at
        result = "unchanged" if poll.result == "new" and not (found.new or found.revised) else poll.result
        changes = {**settle(poll, now, self._bounds, new=len(found.new)), "result": result}
        if poll.parsed is not None:
            changes["revisit"] = found.held_until
        said = {key: seen.content_hash for key, (seen, _) in finding.entries.items()}
        changed = [
            *(
                replace(before, content_hash=said[key], revision=before.revision + 1, revised=now)
                for key, before in found.revised.items()
            ),
            *(replace(before, content_hash=said[key]) for key, before in found.noted.items()),
        ]
        feed_state.save(self._engine, poll.feed, self._owner, changes, new=found.new, changed=changed)
        self._telemetry.feed_polls.labels(result).inc()
        counts = {"new": len(found.new), "changed": len(found.revised), "held": found.held}
        for name, count in (*counts.items(), ("known", known - len(found.revised) - found.held)):
            self._telemetry.feed_entries.labels(name).inc(count)
        self._tell(poll)
        if now - self._counted >= RECOUNT:
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
