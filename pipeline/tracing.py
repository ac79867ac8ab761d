"""What records the way of a message: one span for each stage that works on it."""

from __future__ import annotations

from typing import Literal, Protocol

Result = Literal["passed", "dropped", "retried", "quarantined"]


class Tracer(Protocol):
    """Records spans; used from several threads."""

    def span(self, stage: str, document: str, trace: str, seconds: float, result: Result) -> str:
        """Record that a stage has just worked `seconds` on a document whose W3C trace context is `trace`.

        Returns the context for what came of it.
        """


class NoTracer:
    """Records nothing; the context goes on as it came."""

    def span(self, stage: str, document: str, trace: str, seconds: float, result: Result) -> str:  # noqa: ARG002  # the protocol's
        """Return the context as it is."""
        return trace
