"""Simulates the polls of many feeds over a long time, all at once, with the poller's own functions of ingest.schedule.

Times are in seconds from the start. In each round every feed whose time is not up is polled once, when it is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest import schedule
from ingest.advertised import skipped_hours, waits
from ingest.schedule import DAY, Bounds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOUR = 3600.0
KINDS = ("steady", "random", "diurnal", "weekdays", "bursty", "dead")
SKIPS = (0, skipped_hours({0, 1, 2, 3, 4, 5}, set()), skipped_hours(set(), {5, 6}))
TTLS = (0.0, 900.0, 3600.0)


@dataclass(frozen=True)
class World:
    """Feeds and what they publish: the times of all entries in one array, each feed's ended by infinity."""

    kinds: Ints
    kept: Ints
    rates: Floats
    ttls: Floats
    skips: Ints
    first: Ints
    times: Floats
    seconds: float

    def within_the_rule(self, cap: float) -> NDArray[np.bool_]:
        """Return which feeds never publish as many entries as they keep within any time of the cap."""
        return np.array([self._most(feed, cap) < self.kept[feed] for feed in range(len(self.kept))])

    def _most(self, feed: int, cap: float) -> int:
        times = self.times[self.first[feed] : self.first[feed + 1] - 1]
        if not len(times):
            return 0
        return int((np.arange(len(times)) - np.searchsorted(times, times - cap, side="left")).max()) + 1


def make_world(feeds: int, days: float, seed: int) -> World:
    """Return feeds of every kind, with rates from one entry in two weeks to a hundred a day and 5 to 100 kept."""
    random = np.random.default_rng(seed)
    kinds = random.choice(len(KINDS), feeds, p=(0.15, 0.3, 0.25, 0.1, 0.1, 0.1))
    rates = np.exp(random.uniform(np.log(1 / 14), np.log(100), feeds)) * np.exp(-random.exponential(1.0, feeds))
    kept = random.choice((5, 10, 15, 20, 30, 50, 100), feeds)
    published = [_publish(random, KINDS[kind], rate, days) for kind, rate in zip(kinds, rates, strict=True)]
    first = np.concatenate(([0], np.cumsum([len(times) + 1 for times in published])))
    flat = np.concatenate([part for times in published for part in (times, [np.inf])])
    ttls = random.choice(TTLS, feeds, p=(0.8, 0.1, 0.1))
    skips = random.choice(len(SKIPS), feeds, p=(0.9, 0.05, 0.05))
    return World(kinds, kept, rates, ttls, skips, first, flat, days * DAY)


def _publish(random: np.random.Generator, kind: str, rate: float, days: float) -> Floats:
    """Return the sorted times at which a feed of a kind publishes, at `rate` entries a day."""
    if kind == "dead":
        return np.empty(0)
    if kind == "steady":
        return (np.arange(int(rate * days)) + random.uniform()) / rate * DAY
    if kind == "bursty":
        # Several at once, a few times as seldom: an editor who publishes the morning's work.
        starts = random.uniform(0, days * DAY, random.poisson(rate * days / 4))
        return np.sort(np.repeat(starts, 4) + random.uniform(0, HOUR / 2, len(starts) * 4)).clip(max=days * DAY)
    weights = np.ones(168)
    hours = np.arange(168) % 24
    if kind in ("diurnal", "weekdays"):
        weights = np.where((hours >= 1) & (hours < 15), 1.0, 0.05)  # noqa: PLR2004  # the day in Asia, in UTC
    if kind == "weekdays":
        weights = weights * (np.arange(168) < 120)  # noqa: PLR2004  # five days of hours
    count = random.poisson(rate * days)
    week = random.integers(0, max(int(days // 7), 1), count)
    return np.sort(
        (week * 168 + random.choice(168, count, p=weights / weights.sum()) + random.uniform(0, 1, count)) * HOUR
    )


@dataclass
class Outcome:
    """What the polls of a world came to, by feed."""

    polls: Ints
    seen: Ints
    missed: Ints
    delay: Floats
    longest_gap: Floats

    @property
    def mean_delay(self) -> float:
        """Return the mean time from an entry's publication to its discovery."""
        return float(self.delay.sum() / max(self.seen.sum(), 1))

    @property
    def polls_per_entry(self) -> float:
        """Return the polls spent for each entry that was found."""
        return float(self.polls.sum() / max(self.seen.sum(), 1))


def simulate(world: World, bounds: Bounds, *, failing: float = 0.0, heed: bool = True, seed: int = 1) -> Outcome:
    """Poll every feed of the world until its time is up; a share of `failing` polls get no answer.

    With `heed` off, what feeds advertise is not heeded.
    """
    random = np.random.default_rng(seed)
    feeds = len(world.kept)
    table = np.array([waits(skipped) for skipped in SKIPS]) if heed else np.zeros((len(SKIPS), 168))
    state = _Feeds(world, bounds, table, random, heed=heed)
    alive = np.arange(feeds)
    while len(alive):
        state.poll(alive, failing)
        alive = alive[state.due[alive] < world.seconds]
    return Outcome(state.polls, state.seen, state.missed, state.delay, state.longest_gap)


class _Feeds:
    """The state of every feed, as the table of feeds holds it."""

    def __init__(
        self, world: World, bounds: Bounds, table: NDArray[Any], random: np.random.Generator, *, heed: bool
    ) -> None:
        feeds = len(world.kept)
        self.world, self.bounds, self.table, self.random = world, bounds, table, random
        self.ttls = world.ttls if heed else np.zeros(feeds)
        self.due: Floats = random.uniform(0, bounds.floor, feeds)
        self.interval = np.full(feeds, bounds.floor)
        self.succeeded = np.full(feeds, -np.inf)
        self.failures = np.zeros(feeds)
        self.next = world.first[:-1].copy()
        self.delay, self.longest_gap = np.zeros(feeds), np.zeros(feeds)
        self.polls, self.seen, self.missed = (np.zeros(feeds, dtype=np.int64) for _ in range(3))

    def poll(self, alive: Ints, failing: float) -> None:
        """Poll the feeds that are alive once, each at its own time."""
        self.polls[alive] += 1
        if failing:
            fails = self.random.uniform(size=len(alive)) < failing
            self._fail(alive[fails])
            alive = alive[~fails]
        self._succeed(alive)

    def _succeed(self, alive: Ints) -> None:
        now = self.due[alive]
        new = self._read(alive, now)
        last = self.succeeded[alive]
        elapsed = np.where(np.isfinite(last), now - last, 0.0)
        self.longest_gap[alive] = np.maximum(self.longest_gap[alive], elapsed)
        listed = np.minimum(self.world.kept[alive], self.next[alive] - self.world.first[alive]).astype(np.float64)
        self.interval[alive] = interval = schedule.next_interval(
            self.interval[alive], self.bounds, new=new, listed=listed, elapsed=elapsed, advertised=self.ttls[alive]
        )
        self.succeeded[alive], self.failures[alive] = now, 0.0
        fraction = self.random.uniform(size=len(alive))
        due = now + schedule.delay_after_success(interval, fraction, self.bounds)
        wait = self.table[self.world.skips[alive], (due // HOUR).astype(np.int64) % 168]
        opening = (due // HOUR + wait) * HOUR
        self.due[alive] = schedule.after_skipped(now, due, np.where(wait > 0, opening, due), fraction, self.bounds)

    def _read(self, alive: Ints, now: Floats) -> Floats:
        """Return how many entries are new to each feed, and count them with their delay.

        Those it no longer keeps are missed, but for what was there before the first poll.
        """
        before = self.next[alive]
        waiting, at = alive, now
        while len(waiting):
            published = self.world.times[self.next[waiting]]
            there = published <= at
            waiting, at, published = waiting[there], at[there], published[there]
            self.delay[waiting] += at - published
            self.next[waiting] += 1
        new = self.next[alive] - before
        missed = np.where(np.isfinite(self.succeeded[alive]), np.maximum(new - self.world.kept[alive], 0), 0)
        self.missed[alive] += missed
        self.seen[alive] += new - missed
        return np.minimum(new, self.world.kept[alive]).astype(np.float64)

    def _fail(self, alive: Ints) -> None:
        now = self.due[alive]
        self.failures[alive] += schedule.SOFT
        base = np.full(len(alive), self.bounds.floor)
        fraction = self.random.uniform(size=len(alive))
        age = now - self.succeeded[alive]
        self.due[alive] = now + schedule.delay_after_failure(base, self.failures[alive], fraction, self.bounds, age=age)


def kinds_of(world: World) -> Sequence[tuple[str, NDArray[np.bool_]]]:
    """Return each kind of feed with which feeds are of it."""
    return [(name, world.kinds == number) for number, name in enumerate(KINDS)]
