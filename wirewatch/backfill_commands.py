"""History through the pipeline: articles of the archive by the rules of today, and pages that sitemaps name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.discover import stranger
from ingest.feed_state import FeedState, save
from ingest.feeds import is_web_address
from ingest.history import Sitemaps, unseen
from ingest.lease import owner_name
from ingest.urls import same_site
from pipeline import codec
from pipeline.backfill import STAGE
from pipeline.bus import Bus
from pipeline.errors import InputError, WirewatchError
from pipeline.messages import Article, Envelope, Message
from pipeline.settings import Settings
from pipeline.topics import ARTICLES, ENTRIES, STORIES, TAGGED, Topic, backfill
from sinks.archived import archived_articles
from wirewatch import wiring
from wirewatch.process import Process, stopping_on_signals
from wirewatch.since import since as begin_of
from wirewatch.units import unit

PUBLISHER = "backfill"
AHEAD = 2000
"""Messages that may wait for the first stage: the embedded log drops what waits for very long."""

LOOK = 0.2
"""Seconds between two looks at what still waits."""

TELL = 5.0
"""Seconds between two words on how far it is."""

READS: Mapping[str, Sequence[Topic[Any]]] = {
    "fetcher": (ENTRIES,),
    "tagger": (ARTICLES,),
    "stories": (TAGGED,),
    "store": (TAGGED, STORIES),
}
"""The stages that work on history, in order of travel, with what they read."""

Tell = Callable[[str], None]


class BackfillFailed(WirewatchError):
    """A stage failed, or was stopped, before all of the history was through."""


@dataclass
class History:
    """The stages of history in this process, running."""

    wired: wiring.Wiring
    process: Process
    stages: Sequence[str]
    tell: Tell
    published: int = 0
    told: float = 0.0

    def send(self, messages: Iterable[Message], topic: Topic[Any]) -> None:
        """Publish messages, no faster than the stages take them."""
        first, target = self.stages[0], backfill(topic)
        bus = self.wired.broker.connect(PUBLISHER)
        try:
            for message in messages:
                bus.publish(
                    target.name, *codec.encode(Envelope(topic.key(message), message, codec.new_trace(message.id)))
                )
                self.published += 1
                if self.published % (AHEAD // 4) == 0:
                    self._hold(bus, first)
            bus.flush()
        finally:
            bus.close()

    def _hold(self, bus: Bus, first: str) -> None:
        bus.flush()
        while self._waiting(first) > AHEAD:
            self._pause()

    def finish(self) -> None:
        """Return when everything is through. Raises BackfillFailed."""
        for stage in self.stages:  # in order of travel: what one has finished, the next one has
            while self._waiting(stage):
                self._pause()

    def _waiting(self, stage: str) -> int:
        topics = [backfill(topic).name for topic in READS[stage]]
        return self.wired.broker.backlog(STAGE + stage, topics)

    def _pause(self) -> None:
        if time.monotonic() - self.told > TELL:
            self.told = time.monotonic()
            self.tell(", ".join(f"{stage}: {self._waiting(stage)} to go" for stage in self.stages))
        if self.process.stopped(LOOK):
            raise BackfillFailed("not all of it is through; run the command again")


def run(
    settings: Settings, stages: Sequence[str], work: Callable[[History], None], tell: Tell, only: str | None
) -> None:
    """Start the stages of history, do the work with them running, and stop them when all is through."""
    with ExitStack() as stack:
        wired = wiring.Wiring(settings, stack, history=wiring.Backfill(only))
        process = Process([unit(wired, name) for name in stages], wired.watchdog)
        with stopping_on_signals(process.stop):
            process.start()
            try:
                history = History(wired, process, stages, tell)
                work(history)
                history.finish()
            finally:
                process.stop()
                process.wait()


def replay(settings: Settings, since: str, now: datetime, watchlist: str | None, tell: Tell) -> int:
    """Send the articles of the archive through tagger, stories and store again; return how many.

    Raises InputError for a bad time or watchlist, and where there is no archive; BackfillFailed.
    """
    begin = begin_of(since, now)
    known = [one.id for one in wiring.load_watchlists(settings)]
    if watchlist is not None and watchlist not in known:
        raise InputError("--watchlist", f"{watchlist!r} is no watchlist's id", f"Use {', '.join(known)}.")
    with wiring.archive(settings) as engine:
        sent = 0

        def work(history: History) -> None:
            nonlocal sent
            articles: Iterable[Article] = archived_articles(engine, begin, now)
            history.send(articles, ARTICLES)
            sent = history.published

        run(settings, ("tagger", "stories", "store"), work, tell, watchlist)
    return sent


def sitemap(settings: Settings, url: str, begin: datetime, end: datetime, tell: Tell) -> int:
    """Send the pages of a time that sitemaps name, and that nobody has seen, through all stages; return how many.

    Raises InputError for a time that the archive does not keep, BackfillFailed.
    """
    now = datetime.now(UTC)
    keep = settings.store.retention
    if keep is not None and begin < now - keep:
        remedy = f"Begin on {(now - keep):%Y-%m-%d} or later, or set WIREWATCH_STORE__RETENTION."
        raise InputError("--from", "what is so old the archive does not keep", remedy)
    feed = _feed(settings, url)
    sent = 0

    def work(history: History) -> None:
        nonlocal sent
        asyncio.run(_look(history, settings, feed, begin, end))
        sent = history.published

    run(settings, ("fetcher", "tagger", "stories", "store"), work, tell, None)
    return sent


async def _look(history: History, settings: Settings, feed: FeedState, begin: datetime, end: datetime) -> None:
    delay = settings.politeness.delay
    async with history.wired.new_client() as client:
        sitemaps = Sitemaps(client, begin, end, max_bytes=settings.http.feed_bytes, delay=delay)
        async for page in sitemaps.pages(feed.url):
            if page.problem and page.url == feed.url:
                raise InputError(feed.url, page.problem, "Give the address of a sitemap, or of an index of them.")
            said = page.problem or f"{len(page.entries)} of {page.listed} pages are of that time"
            history.tell(f"{page.url}: {said}")
            entries, seen = unseen(history.wired.engine, feed, page.entries, datetime.now(UTC))
            await asyncio.to_thread(history.send, entries, ENTRIES)
            save(history.wired.engine, owner_name(), [seen])


def _feed(settings: Settings, url: str) -> FeedState:
    """Return the sitemap as a feed of the outlet that the catalogue knows on its site, else of one by its name."""
    if not is_web_address(url):
        raise InputError(url, "no http or https address", "Give the whole address of a sitemap.")
    same = next((one for one in wiring.load_catalogue(settings) if same_site(one.url, url)), None)
    if same is None:
        return stranger(url)
    return FeedState(url, same.outlet, same.language, interval=0.0)
