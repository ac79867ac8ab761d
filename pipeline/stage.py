"""What a stage, a sink and a source are to the runner."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.messages import Message
from pipeline.topics import Topic

# A topic's body type cannot be written in a tuple of several topics; the runner checks it when it publishes.
Topics = tuple[Topic[Any], ...]


class Stage(Protocol):
    """Turns one document into others; a function of the document alone, so that a test can just call it."""

    name: str
    reads: Topics
    writes: Topics

    def __call__(self, document: Any, /) -> Iterable[Message]:
        """Return what the document becomes. Raises a Signal to end it otherwise."""


class AsyncStage(Protocol):
    """A stage that waits for others: the runner keeps many of its documents in flight, in no order."""

    name: str
    reads: Topics
    writes: Topics

    def __call__(self, document: Any, /) -> Awaitable[Iterable[Message]]:
        """Return what the document becomes. Raises a Signal to end it otherwise."""


class Sink(Protocol):
    """Writes documents where they stay; idempotent by id, since a redelivery is normal."""

    name: str
    reads: Topics

    def write(self, batch: Sequence[Any], /) -> None:
        """Write all of the batch or, with an error, none of it. Raises Retry when it may work later."""


@dataclass(frozen=True)
class Harvest:
    """Documents that a source found; `keep` records that they were found, once they are durable on the bus.

    `finds` is how many finds it joins: what was found at about the same time is stored with one flush and kept at once.
    """

    documents: Sequence[Message]
    keep: Callable[[], None]
    finds: int = 1


class Source(Protocol):
    """Finds documents outside."""

    name: str
    writes: Topics

    def harvests(self) -> AsyncIterator[Harvest]:
        """Yield harvests until the iteration is closed."""
