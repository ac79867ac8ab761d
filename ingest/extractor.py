"""Extraction in processes of its own: a page that hangs or crashes one costs nobody else anything."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Self

import structlog
from pebble import ProcessExpired, ProcessPool

from ingest.extract import Extracted
from ingest.extraction_worker import TOO_MUCH_MEMORY, Page, Worked, begin, work, work_off
from pipeline.errors import Quarantine, Retry
from pipeline.settings import FetcherSettings
from pipeline.telemetry import Telemetry

PAGES_PER_WORKER = 2000
"""Pages until a worker is replaced, which bounds what libraries keep in memory; a start costs as much as 100 pages."""

TRIES = 3
"""Workers that a page may cost."""

TOGETHER = 4
"""Pages that go to a worker at once where so many wait: handing one over costs a tenth of its extraction."""

AHEAD = 2
"""Hand-overs for each worker under way: one that it works on, one that it finds when it is done."""

REMEMBERED = 10_000
"""Pages that cost a worker, to be counted."""

STOP_SECONDS = 2.0

FAILURES = (TimeoutError, MemoryError, ProcessExpired, BrokenProcessPool)
"""How a hand-over ends that costs a worker."""

REASONS = {
    "timeout": "extraction took too long",
    "memory": "extraction took too much memory",
    "crash": "extraction crashed",
}
"""What such an end is, in words."""


class _Unsettled(Exception):
    """Pages that were worked off together ended badly, by one of them."""


class Extractor:
    """Worker processes for extraction; a context manager, whose `extract` is used from one event loop.

    The workers have no part in the signals of the parent's group, so that it can finish in peace, and die with it.
    """

    def __init__(self, settings: FetcherSettings, telemetry: Telemetry) -> None:
        self._settings = settings
        self._telemetry = telemetry
        self._costs: OrderedDict[str, int] = OrderedDict()
        self._waiting: deque[tuple[Page, asyncio.Future[Worked]]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger().bind(stage="fetcher")

    def __enter__(self) -> Self:
        self._pool = self._start()
        return self

    def __exit__(self, *_: object) -> None:
        _stop(self._pool)

    async def extract(self, body: bytes, url: str, charset: str | None = None) -> Extracted:
        """Return the article of a page; `charset` is what the transport declared.

        Raises Retry for a page that crashed its worker, or took too long or too much memory, and Quarantine when it
        did so three times.
        """
        page = (body, url, charset)
        try:
            try:
                found, seconds = await self._together(page)
            except _Unsettled:
                found, seconds = _settled(await self._schedule([page]))
        except FAILURES as error:
            result = _result(error)
            self._telemetry.extraction_attempts.labels(result).inc()
            raise self._signal(url, REASONS[result]) from None
        self._telemetry.extraction_seconds.observe(seconds)
        self._telemetry.extraction_attempts.labels("done").inc()
        self._costs.pop(url, None)
        return found

    async def _together(self, page: Page) -> Worked:
        """Have a page worked off together with others that wait. Raises _Unsettled when one of them ended badly."""
        asked: asyncio.Future[Worked] = asyncio.get_running_loop().create_future()
        self._waiting.append((page, asked))
        self._hand_over()
        return await asked

    def _hand_over(self) -> None:
        places = AHEAD * self._settings.workers
        while self._waiting and len(self._under_way) < places:
            # All that wait are spread over the places first: on an idle machine no page waits for another.
            many = min(TOGETHER, -(-len(self._waiting) // places))
            task = asyncio.get_running_loop().create_task(
                self._work_off([self._waiting.popleft() for _ in range(many)])
            )
            self._under_way.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._hand_over()

    async def _work_off(self, asked: Sequence[tuple[Page, asyncio.Future[Worked]]]) -> None:
        done: Sequence[Worked | Exception]
        try:
            done = await self._schedule([page for page, _ in asked])
        except Exception as error:  # noqa: BLE001  # whatever it is, somebody waits for the outcome
            # Which of several it was is not known: each is tried by itself, and only that counts.
            done = [error if len(asked) == 1 else _Unsettled()] * len(asked)
        for (_, future), result in zip(asked, done, strict=True):
            if future.done():
                continue  # nobody waits for it any more
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    async def _schedule(self, pages: Sequence[Page]) -> Sequence[Worked | Exception]:
        try:
            future = self._pool.schedule(work_off, args=(work, pages), timeout=self._settings.extract_timeout)
        except RuntimeError as error:  # the pool broke or is closing
            self._renew_if_broken()
            raise BrokenProcessPool(str(error)) from None
        try:
            return await asyncio.wrap_future(future)
        except Exception:
            self._renew_if_broken()
            raise

    def _signal(self, url: str, reason: str) -> Retry | Quarantine:
        cost = self._costs.pop(url, 0) + 1
        self._log.warning("extraction.failed", url=url, reason=reason, cost=cost)
        if cost >= TRIES:
            return Quarantine(f"{reason}, {cost} times")
        self._costs[url] = cost
        if len(self._costs) > REMEMBERED:
            self._costs.popitem(last=False)
        return Retry(reason)

    def _start(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=self._settings.workers,
            max_tasks=PAGES_PER_WORKER,
            initializer=begin,
            initargs=(self._settings.extract_memory,),
            # Not forked: other threads hold locks. Not by a server: it would die of the group's signals.
            context=multiprocessing.get_context("spawn"),
        )
        # The workers start with the first task: now, and not when the first page is waiting for them.
        pool.schedule(work, args=(b"", "http://localhost/", None))
        return pool

    def _renew_if_broken(self) -> None:
        if not self._pool.active:
            _stop(self._pool)
            self._pool = self._start()


def _settled(done: Sequence[Worked | Exception]) -> Worked:
    """Return what became of one page. Raises the error it ended in."""
    (result,) = done
    if isinstance(result, Exception):
        raise result
    return result


def _result(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, MemoryError) or getattr(error, "exitcode", 0) == TOO_MUCH_MEMORY:
        return "memory"
    return "crash"


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # pebble says so only of some of its methods
    pool.join(STOP_SECONDS)
