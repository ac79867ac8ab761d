"""The tagger with the watchlists as they are on disk: a changed file is read again, a broken one keeps the old."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import structlog

from pipeline.errors import InputError
from pipeline.messages import Article, TaggedArticle
from pipeline.telemetry import Telemetry
from processors.candidates import EntityFinder
from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist

INTERVAL = 2.0
"""Seconds between two looks at the files."""

Signature = tuple[tuple[int, int, int] | None, ...]


class ReloadingTagger:
    """A tagger stage whose watchlists may change between two articles; each article is tagged by one version."""

    name = Tagger.name
    reads = Tagger.reads
    writes = Tagger.writes

    def __init__(
        self,
        paths: Sequence[Path],
        load: Callable[[], Sequence[CompiledWatchlist]],
        clock: Callable[[], float],
        telemetry: Telemetry,
        entities: EntityFinder | None = None,
    ) -> None:
        """Load the watchlists. Raises InputError: what is broken at the start is not kept."""
        self._paths = paths
        self._load = load
        self._clock = clock
        self._telemetry = telemetry
        self._entities = entities
        for result in ("loaded", "rejected"):
            telemetry.watchlist_loads.labels(result)  # begun at nought, so that the first increase is seen
        self._seen = self._signature()
        self._looked = clock()
        self._watchlists = load()
        self._tagger = Tagger(self._watchlists, entities)

    def __call__(self, article: Article) -> Iterable[TaggedArticle]:
        """Return the article, tagged."""
        now = self._clock()
        if now - self._looked >= INTERVAL:
            self._looked = now
            self._look()
        return self._tagger(article)

    def _look(self) -> None:
        signature = self._signature()
        if signature == self._seen:
            return
        self._seen = signature
        try:
            watchlists = self._load()
        except InputError as error:
            self._telemetry.watchlist_loads.labels("rejected").inc()
            said = {"place": error.place, "problem": error.problem, "remedy": error.remedy}
            structlog.get_logger().error("watchlist.rejected", **said)  # the user's mistake, not ours
            return
        self._telemetry.watchlist_loads.labels("loaded").inc()
        if [one.version for one in watchlists] != [one.version for one in self._watchlists]:
            self._tagger = Tagger(watchlists, self._entities)
        self._watchlists = watchlists
        structlog.get_logger().info("watchlist.loaded", versions={one.id: one.version for one in watchlists})

    def _signature(self) -> Signature:
        return tuple(map(_stamp, self._paths))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is edited or replaced; None for none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
