from __future__ import annotations

from collections.abc import Callable

import pytest

from ingest.down_hosts import FIRST_PAUSE, HOSTS, LONGEST_PAUSE, TRIAL, DownHosts, HostDown

URL = "https://news.example.com/1"
SAME_HOST = "https://NEWS.example.com/2"


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def hosts(time: Time) -> DownHosts:
    return DownHosts(time)


def pause(hosts: DownHosts, url: str = URL) -> float:
    """Return for how long the host is spared."""
    try:
        hosts.begin(url)
    except HostDown as down:
        return down.after
    return 0.0


def fail(hosts: DownHosts, url: str = URL) -> None:
    hosts.failed(url, hosts.begin(url))


def test_one_failure_spares_the_host_and_no_other(hosts: DownHosts) -> None:
    fail(hosts)
    assert pause(hosts, SAME_HOST) == FIRST_PAUSE
    assert pause(hosts, "https://www.example.com/1") == 0
    assert pause(hosts, "https://news.example.com:8443/1") == 0


def test_when_the_pause_is_over_one_page_tries_and_the_others_wait_for_it(hosts: DownHosts, time: Time) -> None:
    fail(hosts)
    time.now += FIRST_PAUSE
    assert pause(hosts) == 0
    assert pause(hosts, SAME_HOST) == TRIAL
    hosts.answered(URL)
    assert pause(hosts, SAME_HOST) == 0


def test_a_trial_that_never_ends_is_followed_by_another(hosts: DownHosts, time: Time) -> None:
    fail(hosts)
    time.now += FIRST_PAUSE
    hosts.begin(URL)
    time.now += TRIAL
    assert pause(hosts) == 0


def test_the_pause_grows_with_every_failed_trial_up_to_the_longest(hosts: DownHosts, time: Time) -> None:
    pauses = []
    for _ in range(40):
        fail(hosts)
        pauses.append(pause(hosts))
        time.now += pauses[-1]
    assert pauses[:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE


def test_failures_of_requests_that_ran_side_by_side_are_one_failure(hosts: DownHosts, time: Time) -> None:
    starts = [hosts.begin(URL) for _ in range(5)]
    for began in starts:
        time.now += 1.0
        hosts.failed(URL, began)
    assert pause(hosts) == FIRST_PAUSE - 4


def test_an_answer_begins_anew(hosts: DownHosts, time: Time) -> None:
    fail(hosts)
    time.now += FIRST_PAUSE
    fail(hosts)
    hosts.answered(URL)
    fail(hosts)
    assert pause(hosts) == FIRST_PAUSE


def test_only_so_many_hosts_are_remembered(hosts: DownHosts) -> None:
    name: Callable[[int], str] = "https://h{}.example/".format
    for number in range(HOSTS + 1):
        fail(hosts, name(number))
    assert pause(hosts, name(0)) == 0
    assert pause(hosts, name(HOSTS)) > 0
