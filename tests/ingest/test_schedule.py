from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import schedule
from ingest.schedule import AGREEING, DAY, Bounds

BOUNDS = Bounds(floor=600, cap=DAY)
A, B = "https://example.org/a", "https://example.org/b"


def after_poll(interval: float, **more: float) -> float:
    return schedule.next_interval(
        interval, BOUNDS, **{"new": 0.0, "listed": 20.0, "elapsed": interval, "advertised": 0.0, **more}
    )


def failing(failures: float, *, base: float = 600.0, age: float = 10 * DAY, retry_after: float = 0.0) -> float:
    return schedule.delay_after_failure(base, failures, 0.0, BOUNDS, age=age, retry_after=retry_after)


def test_polls_without_news_come_later_and_later_up_to_nearly_the_cap() -> None:
    interval = BOUNDS.floor
    for _ in range(5):
        longer = after_poll(interval)
        assert longer > interval
        interval = longer
    for _ in range(50):
        interval = after_poll(interval)
    assert 0.8 * DAY < interval < DAY


def test_a_feed_of_mostly_new_entries_is_polled_at_least_twice_as_often() -> None:
    assert BOUNDS.floor <= after_poll(7200, new=9, listed=10, elapsed=7200) <= 3600


def test_the_interval_nears_the_root_of_the_spacing_of_news() -> None:
    for spacing in (3600.0, 4 * 3600.0, DAY):
        interval = 600.0
        for _ in range(30):
            interval = after_poll(interval, new=1, elapsed=spacing)
        assert interval == pytest.approx((spacing * schedule.PATIENCE) ** 0.5, rel=0.01)


def test_the_first_poll_says_nothing_of_the_pace() -> None:
    assert after_poll(50_000, new=20, elapsed=0) == BOUNDS.floor


def test_what_a_feed_advertises_is_a_higher_floor_but_no_higher_than_the_cap() -> None:
    assert after_poll(600, new=5, listed=5, elapsed=60, advertised=1800) == 1800
    assert after_poll(600, new=5, listed=5, elapsed=60, advertised=30 * DAY) <= BOUNDS.longest


@given(
    interval=st.floats(0, 10 * DAY),
    new=st.integers(0, 500),
    more=st.integers(0, 500),
    elapsed=st.floats(0, 100 * DAY),
    advertised=st.floats(0, 10 * DAY),
    fraction=st.floats(0, 1),
    due_in=st.floats(0, 10 * DAY),
)
def test_every_delay_is_within_its_bounds_with_its_jitter_and_the_hours_to_skip(
    interval: float, new: int, more: int, elapsed: float, advertised: float, fraction: float, due_in: float
) -> None:
    found = after_poll(interval, new=float(new), listed=float(new + more), elapsed=elapsed, advertised=advertised)
    assert min(max(BOUNDS.floor, advertised), BOUNDS.longest / 1.1) <= found
    delay = schedule.delay_after_success(found, fraction, BOUNDS)
    assert found <= delay <= BOUNDS.longest < BOUNDS.cap
    assert schedule.after_skipped(0.0, delay, due_in, fraction, BOUNDS) <= BOUNDS.longest


def test_an_hour_to_skip_moves_a_poll_to_its_end_or_to_the_cap_and_never_forward() -> None:
    assert schedule.after_skipped(0.0, 5000.0, 5000.0, 0.5, BOUNDS) == 5000
    assert 7200 <= schedule.after_skipped(0.0, 5000.0, 7200.0, 0.5, BOUNDS) <= 7200 + 500
    assert schedule.after_skipped(0.0, 5000.0, 2 * DAY, 0.5, BOUNDS) == BOUNDS.longest


def test_many_feeds_at_once_fare_as_one_alone() -> None:
    intervals, new = np.array([600.0, 5000.0, 80_000.0]), np.array([0.0, 3.0, 20.0])
    together = schedule.next_interval(intervals, BOUNDS, new=new, listed=np.full(3, 20.0), elapsed=intervals)
    assert list(together) == [after_poll(i, new=n) for i, n in zip(intervals, new, strict=True)]


def test_a_failure_weighs_by_who_must_mend_it() -> None:
    assert [schedule.status_weight(status) for status in (403, 404, 500, 429, 503)] == [1, 1, 0.5, 0.5, 0.5]
    assert [schedule.network_weight(result) for result in ("dns", "timeout", "too-large")] == [0.25, 0.5, 1]


def test_backoff_grows_with_failures_and_ends_below_the_cap() -> None:
    delays = [failing(failures) for failures in (0.25, 0.5, 1, 2, 5, 9000)]
    assert delays == sorted(delays)
    assert delays[2] == 1200
    assert delays[-1] == BOUNDS.longest


def test_a_feed_that_fails_when_it_is_due_is_tried_again_before_the_cap_has_passed() -> None:
    age = BOUNDS.longest
    tries = 0
    for failures in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0):
        age += failing(failures, age=age)
        tries += age < BOUNDS.cap
    assert tries >= 4
    assert BOUNDS.longest + failing(1.0, base=DAY, age=BOUNDS.longest) < BOUNDS.cap


def test_retry_after_is_heeded_up_to_a_day() -> None:
    assert failing(0.5, retry_after=7200) == 7200
    assert failing(0.5, retry_after=1) > 600
    assert failing(0.5, retry_after=1e9) == DAY
    assert failing(0.5, retry_after=30_000, age=DAY * 0.8) == 30_000


@given(st.floats(0, 100), st.floats(0, 1), st.floats(0, 10 * DAY), st.floats(0, allow_infinity=True, allow_nan=False))
def test_no_jitter_lengthens_a_wait_beyond_a_day_whatever_the_server_asks(
    failures: float, fraction: float, age: float, retry_after: float
) -> None:
    delay = schedule.delay_after_failure(600.0, failures, fraction, BOUNDS, age=age, retry_after=retry_after)
    assert min(retry_after, DAY) <= delay <= DAY


@given(st.floats(1, DAY), st.text(), st.integers(0, 10**10))
def test_jitter_only_ever_lengthens_and_is_the_same_again(delay: float, url: str, turn: int) -> None:
    fraction = schedule.fraction_of(url, turn)
    assert 0 <= fraction < 1
    assert fraction == schedule.fraction_of(url, turn)
    assert delay <= schedule.jittered(delay, fraction) <= delay * (1 + schedule.JITTER)


def test_jitter_differs_from_feed_to_feed_and_turn_to_turn() -> None:
    assert len({schedule.fraction_of(url, turn) for url in (A, B) for turn in range(10)}) == 20


def test_only_permanent_redirects_before_any_temporary_one_move_a_feed() -> None:
    assert schedule.permanent_target(()) is None
    assert schedule.permanent_target(((301, A), (308, B))) == B
    assert schedule.permanent_target(((301, A), (302, B))) == A
    assert schedule.permanent_target(((302, A), (301, B))) is None


def test_a_move_is_believed_only_after_three_polls_in_a_row_agree() -> None:
    moved_to, polls = None, 0
    history = []
    for seen in (A, A, B, A, A, None, A, A, A, A):
        moved_to, polls = schedule.agreement(seen, moved_to, polls)
        history.append(polls)
    assert history == [1, 2, 1, 1, 2, 0, 1, 2, 3, 3]
    assert (moved_to, polls) == (A, AGREEING)


def test_a_feed_is_asked_in_full_at_first_after_failures_and_once_a_day() -> None:
    assert schedule.wants_full(None, 0, 600)
    assert schedule.wants_full(60, 0.25, 600)
    assert schedule.wants_full(DAY, 0, 600)
    assert not schedule.wants_full(DAY - 1, 0, 600)


def test_a_feed_that_is_seldom_asked_is_seldom_asked_in_full() -> None:
    assert not schedule.wants_full(3 * DAY, 0, DAY)
    assert schedule.wants_full(4 * DAY, 0, DAY)
