"""When a feed is due: pure functions of what its polls brought. Times are in seconds.

Those on intervals and delays take floats or numpy arrays alike, so that bench/simulation.py can try a year of many
feeds on the functions that the poller uses.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

DAY = 86400.0

GROWTH = 1.25
"""A poll without news makes the next one later by this factor, so the interval stays near a fifth of the silence."""

MOSTLY_NEW = 0.5
"""Share of new entries in a feed above which two polls may not overlap and something may have been missed."""

PATIENCE = 1200.0
"""The spacing of news at which the interval is one spacing; it is the root of spacing times patience.

That is the least delay for a number of polls: rate times interval, summed over feeds, is smallest where each interval
is as the root of 1/rate.
"""

JITTER = 0.1
"""Share of the interval that is added, never taken, so that feeds do not fall into step."""

RESERVE = 0.1
"""Share of the cap that is kept for tries anew: a feed that does not answer when it is due has lost nothing yet."""

BACKOFF = 2.0
"""Factor of the interval for each whole failure."""

AGREEING = 3
"""Polls that must see the same permanent redirect before it is believed."""

FULL_EVERY = DAY
FULL_INTERVALS = 4.0
"""Some servers answer 304 for ever: a feed without a body for so long, and for so many of its intervals, is asked
without conditions."""

HARD, SOFT, NAME = 1.0, 0.5, 0.25
"""What a failure weighs: one the feed's owner must mend, one that often passes, one that is rather our resolver's."""

GONE, TOO_MANY_REQUESTS = 410, 429
PERMANENT = frozenset({301, 308})
WAITS = frozenset({429, 503})
SOFT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
FAILURE_WEIGHTS = {"dns": NAME, "timeout": SOFT, "connect": SOFT, "protocol": SOFT, "decode": SOFT}

Amount = TypeVar("Amount", float, NDArray[np.float64])


def _min(one: Amount, other: Amount | float) -> Amount:
    return cast(Amount, np.minimum(one, other))


def _max(one: Amount, other: Amount | float) -> Amount:
    return cast(Amount, np.maximum(one, other))


@dataclass(frozen=True, slots=True)
class Bounds:
    """The shortest and longest time between two polls; what a feed advertises raises the floor, up to the cap."""

    floor: float
    cap: float

    @property
    def longest(self) -> float:
        """Return the longest delay after a poll that succeeded, jitter included: the cap less its reserve."""
        return max(self.floor, self.cap * (1 - RESERVE))

    def clamp(self, interval: Amount, advertised: Amount | float = 0.0) -> Amount:
        """Return the interval within the bounds, with room for its jitter below the longest delay."""
        ceiling = max(self.floor, self.longest / (1 + JITTER))
        return _min(_max(_max(interval, self.floor), advertised), ceiling)


def next_interval(
    interval: Amount,
    bounds: Bounds,
    *,
    new: Amount,
    listed: Amount,
    elapsed: Amount,
    advertised: Amount | float = 0.0,
) -> Amount:
    """Return the interval after a poll that found `new` of `listed` entries, `elapsed` after the last that succeeded.

    The first poll of a feed, with nothing elapsed, finds everything new, which says nothing: it starts at the floor.
    """
    spacing = elapsed / _max(new, 1.0)
    wanted = (spacing * PATIENCE) ** 0.5
    # The geometric mean forgets a burst, or a slow hour, by halves.
    settled = (interval * wanted) ** 0.5
    hurried = _min(interval / 2, wanted)
    found = np.where(new > 0, np.where(new > listed * MOSTLY_NEW, hurried, settled), interval * GROWTH)
    return bounds.clamp(cast(Amount, np.where(elapsed > 0, found, bounds.floor)), advertised)


def delay_after_success(interval: Amount, fraction: Amount, bounds: Bounds) -> Amount:
    """Return the time to the next poll: the interval lengthened by a fraction, from 0 to 1, of its jitter."""
    return _min(jittered(interval, fraction), bounds.longest)


def delay_after_failure(
    base: Amount,
    failures: Amount,
    fraction: Amount,
    bounds: Bounds,
    *,
    age: Amount,
    retry_after: Amount | float = 0.0,
) -> Amount:
    """Return the time to the next try after failures of that total weight, `age` after the last poll that succeeded.

    No shorter than the server asks, which with its jitter is a day at most; until the cap has passed since that poll,
    at least one more try falls before it.
    """
    backoff = _min(jittered(base * BACKOFF ** _min(failures, 64.0), fraction), bounds.longest)
    left = (bounds.cap - age) / 2
    delay = cast(Amount, np.where(left > bounds.floor, np.minimum(backoff, left), backoff))
    return _max(delay, _min(jittered(retry_after + 0.0 * base, fraction), DAY))


def after_skipped(now: Amount, due: Amount, opening: Amount, fraction: Amount, bounds: Bounds) -> Amount:
    """Return when to poll: at `due`, or, if that lies in hours the feed asks to skip, after they end at `opening`.

    Feeds that share such hours are spread over the jitter of the delay; none waits longer than the longest delay.
    """
    spread = opening + (due - now) * JITTER * fraction
    return _min(cast(Amount, np.where(opening > due, spread, due)), now + bounds.longest)


def jittered(delay: Amount, fraction: Amount) -> Amount:
    """Return the delay lengthened by a fraction, from 0 to 1, of the jitter."""
    return delay * (1 + JITTER * fraction)


def status_weight(status: int) -> float:
    """Return what an HTTP status that is no success weighs as a failure."""
    return SOFT if status in SOFT_STATUSES else HARD


def network_weight(result: str) -> float:
    """Return what a request without a response weighs as a failure; `result` as the HTTP client names it."""
    return FAILURE_WEIGHTS.get(result, HARD)


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


def wants_full(since_body: float | None, failures: float, interval: float) -> bool:
    """Return whether to ask without conditions: now and then, and after a failure, since a 304 proves no recovery."""
    return failures > 0 or since_body is None or since_body >= max(FULL_EVERY, interval * FULL_INTERVALS)
