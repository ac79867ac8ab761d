from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import schedule
from ingest.schedule import AGREEING, DAY, Bounds

BOUNDS = Bounds(floor=600, cap=DAY)
A, B = "https://example.org/a", "https://example.org/b"


def test_polls_without_news_come_later_and_later_up_to_the_cap() -> None:
    interval = BOUNDS.floor
    for _ in range(5):
        longer = schedule.interval_without_news(interval, BOUNDS)
        assert longer > interval
        interval = longer
    assert schedule.interval_without_news(DAY, BOUNDS) == DAY


def test_a_feed_of_mostly_new_entries_is_polled_at_least_twice_as_often() -> None:
    later = schedule.interval_with_news(7200, BOUNDS, new=9, listed=10, elapsed=7200)
    assert BOUNDS.floor <= later <= 3600


def test_a_feed_of_mostly_known_entries_nears_the_spacing_of_its_news() -> None:
    interval = 600.0
    for _ in range(20):
        interval = schedule.interval_with_news(interval, BOUNDS, new=1, listed=20, elapsed=7200)
    assert interval == pytest.approx(7200 * schedule.NEW_PER_POLL, rel=0.01)


def test_the_first_poll_says_nothing_of_the_pace() -> None:
    assert schedule.interval_with_news(600, BOUNDS, new=20, listed=20, elapsed=None) == BOUNDS.floor


def test_what_a_feed_advertises_is_a_higher_floor_but_no_higher_than_the_cap() -> None:
    assert schedule.interval_with_news(600, BOUNDS, new=5, listed=5, elapsed=60, advertised=1800) == 1800
    assert schedule.interval_with_news(600, BOUNDS, new=5, listed=5, elapsed=60, advertised=30 * DAY) == DAY


def test_ttl_and_max_age_are_read_and_the_larger_holds() -> None:
    assert schedule.advertised_floor(900.0, "public, max-age=60") == 900
    assert schedule.advertised_floor(60.0, "public, Max-Age=900") == 900
    assert schedule.advertised_floor(None, "s-maxage=900, no-cache") == 0


@given(
    interval=st.floats(0, 10 * DAY),
    new=st.integers(1, 500),
    more=st.integers(0, 500),
    elapsed=st.floats(0, 100 * DAY) | st.none(),
    advertised=st.floats(0, 10 * DAY),
)
def test_every_interval_is_within_its_bounds(
    interval: float, new: int, more: int, elapsed: float | None, advertised: float
) -> None:
    found = schedule.interval_with_news(
        interval, BOUNDS, new=new, listed=new + more, elapsed=elapsed, advertised=advertised
    )
    assert min(max(BOUNDS.floor, advertised), BOUNDS.cap) <= found <= BOUNDS.cap
    assert BOUNDS.floor <= schedule.interval_without_news(interval, BOUNDS) <= BOUNDS.cap


def test_a_failure_weighs_by_who_must_mend_it() -> None:
    assert [schedule.status_weight(status) for status in (403, 404, 500, 429, 503)] == [1, 1, 0.5, 0.5, 0.5]
    assert [schedule.network_weight(result) for result in ("dns", "timeout", "too-large")] == [0.25, 0.5, 1]


def test_backoff_grows_with_failures_and_ends_at_the_cap() -> None:
    delays = [schedule.delay_after_failure(600, failures, BOUNDS) for failures in (0.25, 0.5, 1, 2, 5, 9000)]
    assert delays == sorted(delays)
    assert delays[2] == 1200
    assert delays[-1] == DAY


def test_retry_after_is_heeded_up_to_a_day() -> None:
    assert schedule.delay_after_failure(600, 0.5, BOUNDS, retry_after=7200) == 7200
    assert schedule.delay_after_failure(600, 0.5, BOUNDS, retry_after=1) > 600
    assert schedule.delay_after_failure(600, 0.5, BOUNDS, retry_after=1e9) == DAY
    assert schedule.delay_after_failure(1, 0.5, Bounds(0.5, 2.0), retry_after=60) == 60


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
    assert schedule.wants_full(None, 0)
    assert schedule.wants_full(60, 0.25)
    assert schedule.wants_full(DAY, 0)
    assert not schedule.wants_full(DAY - 1, 0)
