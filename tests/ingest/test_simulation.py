from __future__ import annotations

import pytest

from bench.simulation import Outcome, World, make_world, simulate
from ingest.schedule import DAY, Bounds

BOUNDS = Bounds(floor=600.0, cap=DAY)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(feeds=500, days=56, seed=11)


def missed(outcome: Outcome, world: World) -> int:
    return int(outcome.missed[world.within_the_rule(BOUNDS.cap)].sum())


@pytest.mark.parametrize("failing", [0.0, 0.05])
def test_no_entry_is_missed_of_a_feed_that_publishes_fewer_than_it_keeps_in_the_time_of_the_cap(
    world: World, failing: float
) -> None:
    outcome = simulate(world, BOUNDS, failing=failing)
    assert world.within_the_rule(BOUNDS.cap).sum() > 300
    assert missed(outcome, world) == 0
    assert outcome.longest_gap.max() < BOUNDS.cap
    assert missed(simulate(world, Bounds(5 * DAY, 5 * DAY)), world) > 0, "the world can show a miss"


def test_the_schedule_needs_fewer_polls_than_a_fixed_interval_of_the_same_delay(world: World) -> None:
    adaptive = simulate(world, BOUNDS, heed=False)
    interval = 2 * adaptive.mean_delay
    fixed = simulate(world, Bounds(interval, interval), heed=False)
    assert fixed.mean_delay == pytest.approx(adaptive.mean_delay, rel=0.05)
    assert adaptive.polls.sum() < 0.8 * fixed.polls.sum()
