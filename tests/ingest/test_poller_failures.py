from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from pipeline.http import HttpError, Redirect
from pipeline.telemetry import Telemetry
from tests.ingest.feeding import NOON, FakeFeeds, item, rss
from tests.ingest.polling import ONE, TWO, MakePoller, polls, row, value

NEW = "https://new.example.org/feed"


@pytest.mark.parametrize(
    ("answer", "result", "problem"),
    [
        (lambda feeds: feeds.serve(ONE.url, "", status=404), "failed-http", "HTTP 404 Not Found"),
        (lambda feeds: feeds.serve(ONE.url, "", status=304), "failed-http", "HTTP 304 Not Modified"),
        (lambda feeds: feeds.serve(ONE.url, "", status=799), "failed-http", "HTTP 799 unknown status"),
        (lambda feeds: feeds.time_out(ONE.url), "failed-network", "no answer in time"),
        (lambda feeds: feeds.serve(ONE.url, "<html><title>Home</title></html>"), "failed-parse", "an HTML page titled"),
        (lambda feeds: feeds.break_with(ONE.url, ZeroDivisionError("odd")), "failed-parse", "unexpected ZeroDivision"),
    ],
)
def test_a_failing_feed_says_why_and_stays_scheduled(
    make_poller: MakePoller,
    feeds: FakeFeeds,
    engine: Engine,
    telemetry: Telemetry,
    answer: Callable[[FakeFeeds], None],
    result: str,
    problem: str,
) -> None:
    answer(feeds)
    assert polls(make_poller(), 3) == [[], [], []]
    state = row(engine)
    assert (state.state, state.result) == ("failing", result)
    assert problem in state.problem
    assert state.failures > 0
    assert state.next_poll > state.polled + timedelta(seconds=600)
    assert value(telemetry, "feed_polls_total", result=result) == 3


def test_a_feed_that_recovers_is_active_again_with_all_it_published(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    feeds.serve_with_etag(ONE.url, rss(item("a")), '"1"')
    poller = make_poller()
    polls(poller)
    feeds.time_out(ONE.url)
    polls(poller, 2)
    feeds.serve_with_etag(ONE.url, rss(item("b"), item("a")), '"2"')
    ((entry,),) = polls(poller)
    assert entry.url.endswith("/b")
    assert (row(engine).state, row(engine).failures, row(engine).problem) == ("active", 0.0, None)


def test_a_feed_that_comes_back_unchanged_is_no_longer_failing(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    feeds.serve(ONE.url, rss(item("a")))
    poller = make_poller()
    polls(poller)
    feeds.time_out(ONE.url)
    polls(poller)
    feeds.serve(ONE.url, rss(item("a")))
    polls(poller)
    assert (row(engine).state, row(engine).result, row(engine).problem) == ("active", "unchanged", None)


def test_what_is_wrong_with_a_feed_that_works_is_kept_in_words(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    feeds.serve(ONE.url, rss(item("a"), "<item><title>lost</title></item>"))
    polls(make_poller())
    assert (row(engine).state, row(engine).problem) == ("active", "entry 2 ('lost') has no link")


def test_retry_after_is_heeded(make_poller: MakePoller, feeds: FakeFeeds, engine: Engine) -> None:
    feeds.serve(ONE.url, "", status=429, headers={"retry-after": "7200"})
    polls(make_poller())
    assert row(engine).next_poll >= NOON + timedelta(seconds=7200)


def test_410_retires_a_feed_and_says_so(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, telemetry: Telemetry
) -> None:
    feeds.serve(ONE.url, "", status=410)
    feeds.serve(TWO.url, rss())
    polls(make_poller(ONE, TWO), 4)
    assert [request.url for request in feeds.requests].count(ONE.url) == 1
    assert row(engine).state == "retired"
    assert "withdrawn" in row(engine).problem
    assert value(telemetry, "feed_polls_total", result="gone") == 1
    assert value(telemetry, "feeds", state="retired") == 1


def test_a_permanent_redirect_is_followed_at_its_source_after_three_polls_and_unlearned_when_it_breaks(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    feeds.serve(ONE.url, rss(item("a")), redirects=(Redirect(301, NEW),))
    feeds.serve(NEW, rss(item("a")), headers={"etag": '"new"'})
    poller = make_poller()
    polls(poller, 5)
    assert [request.url for request in feeds.requests] == [ONE.url] * 3 + [NEW] * 2
    assert feeds.requests[4].headers["If-None-Match"] == '"new"'
    feeds.serve(NEW, "", status=410)
    polls(poller, 2)
    assert feeds.requests[6].url == ONE.url
    assert "If-None-Match" not in feeds.requests[6].headers
    assert row(engine).state == "active"


def test_a_refused_name_weighs_less_than_a_refusing_server(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    feeds.break_with(ONE.url, HttpError("dns", ONE.url, "no such host"))
    feeds.serve(TWO.url, "", status=403)
    polls(make_poller(ONE, TWO), 2)
    assert row(engine, ONE.url).failures < row(engine, TWO.url).failures
    assert row(engine, ONE.url).next_poll < row(engine, TWO.url).next_poll
    assert "cannot be resolved" in row(engine, ONE.url).problem
