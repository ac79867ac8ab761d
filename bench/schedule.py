"""Prints what a year of many feeds costs in polls, and what it brings, beside a fixed interval of the same delay.

The feeds are synthetic; the schedule is the poller's own (ingest/schedule.py), with its default floor and cap.
"""

from __future__ import annotations

import argparse
import time

from bench.simulation import KINDS, Outcome, World, make_world, simulate
from ingest.schedule import Bounds
from pipeline.settings import PollerSettings

MINUTE = 60.0
TUNINGS = 4
ROW = "{:34} {:>12} {:>12} {:>10} {:>12} {:>12} {:>14}"


def main() -> None:
    """Run the simulation and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--days", type=float, default=365.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    settings = PollerSettings()
    bounds = Bounds(settings.floor, settings.cap)
    world = make_world(options.feeds, options.days, options.seed)
    rule = world.within_the_rule(settings.cap)
    entries = len(world.times) - options.feeds
    print(f"{options.feeds} feeds of the kinds {', '.join(KINDS)}, {options.days:g} days, {entries} entries")
    print(f"{rule.sum()} feeds publish fewer entries than they keep in any {settings.cap / 3600:g} hours: the rule\n")
    print(ROW.format("schedule", "polls", "polls/entry", "delay min", "missed, rule", "missed, else", "longest gap h"))
    adaptive = _timed("adaptive", world, bounds, 0.0, heed=True)
    _timed("adaptive, 2 % of polls fail", world, bounds, 0.02, heed=True)
    unheeding = _timed("adaptive, nothing advertised", world, bounds, 0.0, heed=False)
    for name, like, heed in (("fixed", adaptive, True), ("fixed, nothing advertised", unheeding, False)):
        interval = _tuned(world, like.mean_delay, heed=heed)
        fixed = _timed(f"{name}: {interval / MINUTE:.1f} min", world, Bounds(interval, interval), 0.0, heed=heed)
        print(f"{'':34} {fixed.polls.sum() / like.polls.sum():.2f} times the polls of the adaptive one")


def _tuned(world: World, delay: float, *, heed: bool) -> float:
    """Return the fixed interval whose mean delay is the given one, in seconds."""
    interval = 2 * delay
    for _ in range(TUNINGS if heed else 1):
        found = simulate(world, Bounds(interval, interval), heed=heed).mean_delay
        interval *= delay / found
    return interval


def _timed(name: str, world: World, bounds: Bounds, failing: float, *, heed: bool) -> Outcome:
    began = time.perf_counter()
    outcome = simulate(world, bounds, failing=failing, heed=heed)
    rule = world.within_the_rule(PollerSettings().cap)
    print(
        ROW.format(
            name,
            outcome.polls.sum(),
            f"{outcome.polls_per_entry:.2f}",
            f"{outcome.mean_delay / MINUTE:.1f}",
            outcome.missed[rule].sum(),
            outcome.missed[~rule].sum(),
            f"{outcome.longest_gap.max() / 3600:.2f}",
        )
        + f"   ({time.perf_counter() - began:.1f} s)"
    )
    return outcome


if __name__ == "__main__":
    main()
