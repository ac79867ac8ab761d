"""History's own way through the pipeline: the same stages, on topics of their own, under names of their own."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.executors import Executor
from pipeline.messages import Message, TaggedArticle
from pipeline.stage import Stage
from pipeline.topics import backfill

STAGE = "backfill-"
"""Begins the name of a stage that works on history, which is its consumer group too."""


def diverted(executor: Executor) -> Executor:
    """Return the executor, which from now on reads and writes the topics of history under a name of its own."""
    executor.name = STAGE + executor.name
    executor.reads = tuple(backfill(topic) for topic in executor.reads)
    executor.writes = tuple(backfill(topic) for topic in executor.writes)
    return executor


class OnlyWatchlist:
    """A stage that sees of a tagged article only what one watchlist found."""

    def __init__(self, stage: Stage, watchlist: str) -> None:
        self.name, self.reads, self.writes = stage.name, stage.reads, stage.writes
        self._stage = stage
        self._watchlist = watchlist

    def __call__(self, tagged: TaggedArticle) -> Iterable[Message]:
        """Return what the stage makes of it."""
        own = tuple(tagging for tagging in tagged.taggings if tagging.watchlist == self._watchlist)
        return self._stage(tagged.model_copy(update={"taggings": own}))
