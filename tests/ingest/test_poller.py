from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from ingest.claims import GATHER, LOOK_AGAIN, Claimer
from pipeline.http import Redirect
from pipeline.messages import Entry, url_id
from pipeline.stage import Harvest
from pipeline.telemetry import Telemetry
from tests.ingest.feeding import NOON, FakeClock, FakeFeeds, item, make_feed, rss
from tests.ingest.polling import ONE, TWO, MakePoller, polls, remembered, row, run, take, value


def test_an_entry_says_all_that_the_feed_says(make_poller: MakePoller, feeds: FakeFeeds, clock: FakeClock) -> None:
    feeds.serve(ONE.url, rss(item("a?utm_source=rss", "A &amp;amp; B", guid="g", summary="<![CDATA[<p>x</p>]]>")))
    ((entry,),) = polls(make_poller())
    assert entry == Entry(
        id=url_id("https://www.example.org/a"),
        url="https://www.example.org/a",
        domain="example.org",
        feed_url=ONE.url,
        outlet=ONE.outlet,
        guid="g",
        title="A & B",
        summary="<p>x</p>",
        language="en",
        discovered=NOON,
    )


def test_entries_are_remembered_only_once_they_are_kept(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    feeds.serve_with_etag(ONE.url, rss(item("a"), item("b")), '"1"')
    (first,) = polls(make_poller(), keep=False)
    assert remembered(engine) == 0
    (again,) = polls(make_poller())
    assert [entry.id for entry in again] == [entry.id for entry in first]
    assert remembered(engine) == 2


def test_nothing_is_published_twice_over_restarts(make_poller: MakePoller, feeds: FakeFeeds, clock: FakeClock) -> None:
    feeds.serve(ONE.url, rss(item("a"), item("b")))
    assert len(polls(make_poller())[0]) == 2
    clock.advance(86400)
    feeds.serve(ONE.url, rss(item("c"), item("a"), item("b")))
    ((entry,),) = polls(make_poller())
    assert entry.url.endswith("/c")


def test_the_same_article_in_two_feeds_is_published_once(make_poller: MakePoller, feeds: FakeFeeds) -> None:
    for feed in (ONE, TWO):
        feeds.serve(feed.url, rss(item("shared", guid=feed.url)))
    found = polls(make_poller(ONE, TWO), 2)
    assert sorted(map(len, found)) == [0, 1]


def test_validators_are_echoed_byte_for_byte_and_a_304_brings_nothing(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, telemetry: Telemetry
) -> None:
    etag, modified = 'W/"a\\b -- c"', "Tue, 04 mar 2025 12:00:00 gmt"
    feeds.serve(ONE.url, rss(item("a")), headers={"etag": etag, "last-modified": modified})
    poller = make_poller()
    polls(poller)
    feeds.serve(ONE.url, "", status=304, headers={"etag": '"fresh"'})
    assert polls(poller, 2) == [[], []]
    first, second, third = feeds.requests
    assert not {"If-None-Match", "If-Modified-Since"} & set(first.headers)
    assert (second.headers["If-None-Match"], second.headers["If-Modified-Since"]) == (etag, modified)
    assert third.headers["If-None-Match"] == '"fresh"'
    assert (row(engine).state, row(engine).result) == ("active", "not-modified")
    assert value(telemetry, "feed_polls_total", result="not-modified") == 2


def test_validators_of_another_address_are_not_stored(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    redirects = (Redirect(302, "https://cdn.example.org/feed"),)
    feeds.serve(ONE.url, rss(item("a")), headers={"etag": '"cdn"'}, redirects=redirects)
    polls(make_poller())
    assert row(engine).etag is None


def test_once_a_day_a_feed_is_asked_without_conditions(
    make_poller: MakePoller, feeds: FakeFeeds, clock: FakeClock
) -> None:
    feeds.serve_with_etag(ONE.url, rss(item("a")), '"stuck"')
    poller = make_poller(cap=3600.0)
    for _ in range(8):
        polls(poller)
        clock.advance(4 * 3600)
    unconditional = [number for number, request in enumerate(feeds.requests) if "If-None-Match" not in request.headers]
    assert unconditional == [0, 6]


def test_an_unchanged_body_is_not_parsed(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds.serve(ONE.url, rss(item("a")))
    poller = make_poller()
    polls(poller)
    monkeypatch.setattr("ingest.poll.parse_feed", None)
    assert polls(poller, 2) == [[], []]
    assert (row(engine).state, row(engine).result) == ("active", "unchanged")
    assert len(feeds.requests) == 3


def test_guidless_entries_are_told_apart_by_their_links(make_poller: MakePoller, feeds: FakeFeeds) -> None:
    feeds.serve(ONE.url, rss(item("a", "Same"), item("b", "Same")))
    assert [entry.url[-1] for entry in polls(make_poller())[0]] == ["a", "b"]


def test_an_entry_says_how_sure_its_time_is_and_none_is_in_the_far_future(
    make_poller: MakePoller, feeds: FakeFeeds
) -> None:
    dates = {
        "Tue, 04 Mar 2025 11:00:00 GMT": (NOON - timedelta(hours=1), "exact"),
        "Tue, 04 Mar 2025 18:00:00": (NOON - timedelta(hours=1), "country-zone"),
        "Tue, 04 Mar 2025 12:10:00 GMT": (NOON + timedelta(minutes=10), "exact"),
        "Wed, 05 Mar 2025 11:00:00 GMT": (NOON + timedelta(hours=23), "guessed"),
        "Wed, 05 Mar 2026 11:00:00 GMT": (None, "implausible"),
        "soon": (None, None),
    }
    items = (item(str(n), summary=f"</description><pubDate>{d}</pubDate><description>") for n, d in enumerate(dates))
    feeds.serve(ONE.url, rss(*items))
    found = polls(make_poller())[0]
    assert [(each.published, each.published_certainty) for each in found] == list(dates.values())


def test_a_host_is_asked_one_feed_at_a_time_and_others_meanwhile(make_poller: MakePoller, feeds: FakeFeeds) -> None:
    catalogue = [make_feed(f"https://{host}.example.org/{n}") for host in ("big", "small") for n in range(4)]
    for feed in catalogue:
        feeds.serve(feed.url, rss())
    polls(make_poller(*catalogue), 8)
    assert {request.url for request in feeds.requests[:8]} == {feed.url for feed in catalogue}
    for together in feeds.together:
        assert len({url.split("/")[2] for url in together}) == len(together)
    assert any(len(together) == 2 for together in feeds.together)


def test_no_more_feeds_are_asked_at_once_than_allowed(make_poller: MakePoller, feeds: FakeFeeds) -> None:
    catalogue = [make_feed(f"https://n{number}.example.org/") for number in range(9)]
    for feed in catalogue:
        feeds.serve(feed.url, rss())
    polls(make_poller(*catalogue, concurrency=3), 9)
    assert max(map(len, feeds.together)) == 3


def test_a_feed_that_does_not_answer_delays_no_other(make_poller: MakePoller, feeds: FakeFeeds, engine: Engine) -> None:
    feeds.silent.add(ONE.url)
    feeds.serve(TWO.url, rss(item("a")))
    ((entry,),) = polls(make_poller(ONE, TWO))
    assert entry.feed_url == TWO.url
    assert row(engine, ONE.url).lease_owner is None


def test_feeds_that_are_hard_to_parse_keep_no_other_from_being_settled(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    feeds.serve(ONE.url, "", status=404)
    opened = threading.Event()

    async def work() -> list[Harvest]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        busy = asyncio.ensure_future(asyncio.to_thread(opened.wait))
        try:
            return await asyncio.wait_for(take(make_poller(), 1), 10)
        finally:
            opened.set()
            await busy

    assert len(run(work())) == 1
    assert row(engine).state == "failing"


def test_polls_that_end_together_are_one_harvest(make_poller: MakePoller, feeds: FakeFeeds, engine: Engine) -> None:
    catalogue = [make_feed(f"https://n{number}.example.org/feed") for number in range(6)]
    for number, feed in enumerate(catalogue):
        feeds.serve(feed.url, rss(item(f"own-{number}"), item("shared")))
    harvests = run(take(make_poller(*catalogue), 6))
    assert len(harvests) < 6
    urls = [entry.url for harvest in harvests for entry in harvest.documents]
    assert len(urls) == len(set(urls)) == remembered(engine) == 7


def test_closing_ends_the_polls_and_gives_the_feeds_back_at_once(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    feeds.silent |= {ONE.url, TWO.url}

    async def work() -> None:
        async with aclosing(make_poller(ONE, TWO).harvests()) as harvests:
            waiting = asyncio.ensure_future(anext(harvests))
            assert {await feeds.unanswered.get(), await feeds.unanswered.get()} == {ONE.url, TWO.url}
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    run(work())
    assert feeds.open == []
    assert row(engine, ONE.url).lease_owner is None
    assert row(engine, TWO.url).lease_owner is None


def test_a_feed_whose_poller_vanished_is_taken_over_when_its_lease_ends(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, clock: FakeClock
) -> None:
    feeds.serve(ONE.url, rss(item("a")))
    polls(make_poller())
    clock.now = row(engine).next_poll
    Claimer(engine, "elsewhere/1/x", 120.0).claim(clock.now, 1)
    vanished = clock.now
    feeds.serve(ONE.url, rss(item("b"), item("a")))
    ((entry,),) = polls(make_poller())
    assert entry.url.endswith("/b")
    assert clock.now >= vanished + timedelta(seconds=120)


def test_between_polls_it_sleeps_until_a_feed_is_due(
    make_poller: MakePoller, feeds: FakeFeeds, clock: FakeClock, engine: Engine
) -> None:
    feeds.serve(ONE.url, rss(item("a")))
    polls(make_poller(floor=20.0, cap=40.0), 5)
    slept = [seconds for seconds in clock.slept if seconds > GATHER]
    assert len(slept) == 4 + sum(seconds >= LOOK_AGAIN for seconds in slept)
    assert len(clock.slept) - len(slept) == 4
    assert sum(clock.slept) >= 4 * 20


def test_a_small_floor_polls_twice_a_second(make_poller: MakePoller, feeds: FakeFeeds, clock: FakeClock) -> None:
    feeds.serve(ONE.url, rss(item("a")))
    polls(make_poller(floor=0.5, cap=1.0), 11)
    assert 4 <= (clock.now - NOON).total_seconds() <= 11


def test_a_disabled_feed_is_never_asked(make_poller: MakePoller, feeds: FakeFeeds, telemetry: Telemetry) -> None:
    feeds.serve(ONE.url, rss())
    polls(make_poller(ONE, make_feed(TWO.url, disabled=True)), 2)
    assert {request.url for request in feeds.requests} == {ONE.url}
    assert value(telemetry, "feeds", state="disabled") == 1


def test_a_harvest_cut_short_by_the_bus_is_harvested_again_by_the_same_poller(
    make_poller: MakePoller, feeds: FakeFeeds
) -> None:
    feeds.serve(ONE.url, rss(item("a")))
    poller = make_poller()
    (first,) = polls(poller, keep=False)
    assert polls(poller) == [first]
