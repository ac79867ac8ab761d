"""How long to wait before the next try."""

from __future__ import annotations

DOUBLINGS = 30
"""After so many the cap is reached in any case; more would only make a number too large."""


def backoff(failures: int, first: float, cap: float) -> float:
    """Return seconds to wait after so many failures, at least one: `first`, doubled each time, up to `cap`."""
    return min(first * 2.0 ** min(failures - 1, DOUBLINGS), cap)
