"""When a feed is due: pure functions of what its polls brought. Times are in seconds."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

DAY = 86400.0

GROWTH = 1.25
"""A poll without news makes the next one later by this factor, so the interval stays near a fifth of the silence."""

MOSTLY_NEW = 0.5
"""Share of new entries in a feed above which two polls may not overlap and something may have been missed."""

NEW_PER_POLL = 0.5
"""Entries that a poll should bring: news waits half its usual spacing, and half of the polls are in vain."""

JITTER = 0.1
"""Share of the interval that is added, never taken, so that feeds do not fall into step."""

BACKOFF = 2.0
"""Factor of the interval for each whole failure."""

AGREEING = 3
"""Polls that must see the same permanent redirect before it is believed."""

FULL_EVERY = DAY
"""Some servers answer 304 for ever: a feed without a body for so long is asked without conditions."""

HARD, SOFT, NAME = 1.0, 0.5, 0.25
"""What a failure weighs: one the feed's owner must mend, one that often passes, one that is rather our resolver's."""

GONE = 410
PERMANENT = frozenset({301, 308})
WAITS = frozenset({429, 503})
SOFT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
FAILURE_WEIGHTS = {"dns": NAME, "timeout": SOFT, "connect": SOFT, "protocol": SOFT, "decode": SOFT}

MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The shortest and longest interval; what a feed advertises raises the floor, up to the cap."""

    floor: float
    cap: float

    def clamp(self, interval: float, advertised: float = 0.0) -> float:
        """Return the interval within the bounds."""
        return min(max(interval, self.floor, advertised), self.cap)


def advertised_floor(ttl: float | None, cache_control: str) -> float:
    """Return how long the feed says it stays fresh: the larger of its ttl and the max-age of its Cache-Control."""
    max_age = MAX_AGE.search(cache_control)
    return max(ttl or 0.0, float(max_age[1]) if max_age else 0.0)


def interval_without_news(interval: float, bounds: Bounds) -> float:
    """Return the interval after a poll that brought nothing new."""
    return bounds.clamp(interval * GROWTH)


def interval_with_news(
    interval: float, bounds: Bounds, *, new: int, listed: int, elapsed: float | None, advertised: float = 0.0
) -> float:
    """Return the interval after a poll that found `new` of `listed` entries, `elapsed` after the one before.

    The first poll of a feed finds everything new, which says nothing: the feed starts at the floor.
    """
    if elapsed is None or elapsed <= 0:
        return bounds.clamp(bounds.floor, advertised)
    wanted = elapsed / max(new, 1) * NEW_PER_POLL
    if new > listed * MOSTLY_NEW:
        return bounds.clamp(min(interval / 2, wanted), advertised)
    # The geometric mean forgets a burst, or a slow hour, by halves.
    return bounds.clamp((interval * wanted) ** 0.5, advertised)


def status_weight(status: int) -> float:
    """Return what an HTTP status that is no success weighs as a failure."""
    return SOFT if status in SOFT_STATUSES else HARD


def network_weight(result: str) -> float:
    """Return what a request without a response weighs as a failure; `result` as the HTTP client names it."""
    return FAILURE_WEIGHTS.get(result, HARD)


def delay_after_failure(interval: float, failures: float, bounds: Bounds, retry_after: float | None = None) -> float:
    """Return how long to wait after failures of that total weight, no shorter than the server asks, a day at most."""
    backoff = bounds.clamp(bounds.clamp(interval) * BACKOFF ** min(failures, 64.0))
    return max(backoff, min(retry_after or 0.0, DAY))


def jittered(delay: float, fraction: float) -> float:
    """Return the delay lengthened by a fraction, from 0 to 1, of the jitter."""
    return delay * (1 + JITTER * fraction)


def fraction_of(url: str, turn: int) -> float:
    """Return a number from 0 to 1 that depends on the feed and the turn alone."""
    digest = hashlib.blake2b(f"{turn} {url}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def permanent_target(redirects: tuple[tuple[int, str], ...]) -> str | None:
    """Return where the leading permanent redirects lead; one behind a temporary redirect moves nothing."""
    target = None
    for status, url in redirects:
        if status not in PERMANENT:
            break
        target = url
    return target


def agreement(seen: str | None, moved_to: str | None, polls: int) -> tuple[str | None, int]:
    """Return the target that polls agree on and how many did in a row, counting the latest, which saw `seen`."""
    if seen is None:
        return None, 0
    return seen, min(polls + 1, AGREEING) if seen == moved_to else 1


def wants_full(since_body: float | None, failures: float) -> bool:
    """Return whether to ask without conditions: now and then, and after a failure, since a 304 proves no recovery."""
    return failures > 0 or since_body is None or since_body >= FULL_EVERY
