"""Extraction in processes of its own: a page that hangs or crashes one costs nobody else anything."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import OrderedDict
from concurrent.futures.process import BrokenProcessPool
from typing import Self

import structlog
from pebble import ProcessExpired, ProcessPool

from ingest.extract import Extracted
from ingest.extraction_worker import TOO_MUCH_MEMORY, begin, work
from pipeline.errors import Quarantine, Retry
from pipeline.settings import FetcherSettings
from pipeline.telemetry import Telemetry

PAGES_PER_WORKER = 2000
"""Pages until a worker is replaced, which bounds what libraries keep in memory; a start costs as much as 100 pages."""

TRIES = 3
"""Workers that a page may cost."""

REMEMBERED = 10_000
"""Pages that cost a worker, to be counted."""

STOP_SECONDS = 2.0


class Extractor:
    """Worker processes for extraction; a context manager, whose `extract` is used from one event loop.

    The workers have no part in the signals of the parent's group, so that it can finish in peace, and die with it.
    """

    def __init__(self, settings: FetcherSettings, telemetry: Telemetry) -> None:
        self._settings = settings
        self._telemetry = telemetry
        self._costs: OrderedDict[str, int] = OrderedDict()
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
        try:
            found, seconds = await self._schedule(body, url, charset)
        except (TimeoutError, MemoryError, ProcessExpired, BrokenProcessPool) as error:
            self._renew_if_broken()
            raise self._signal(url, _reason(error)) from None
        self._telemetry.extraction_seconds.observe(seconds)
        self._costs.pop(url, None)
        return found

    async def _schedule(self, body: bytes, url: str, charset: str | None) -> tuple[Extracted, float]:
        try:
            future = self._pool.schedule(work, args=(body, url, charset), timeout=self._settings.extract_timeout)
        except RuntimeError as error:  # the pool broke or is closing
            raise BrokenProcessPool(str(error)) from None
        return await asyncio.wrap_future(future)

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


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "extraction took too long"
    if isinstance(error, MemoryError) or getattr(error, "exitcode", 0) == TOO_MUCH_MEMORY:
        return "extraction took too much memory"
    return "extraction crashed"


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # pebble says so only of some of its methods
    pool.join(STOP_SECONDS)
