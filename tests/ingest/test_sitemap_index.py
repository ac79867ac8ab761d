from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from ingest.parsed import SitemapLink
from ingest.sitemap_index import FOLLOWED, SPACING, choose
from pipeline.http import HttpError, Redirect
from tests.ingest.feeding import NOON, FakeClock, FakeFeeds, make_feed
from tests.ingest.polling import MakePoller, polls, row

SITE = "https://www.example.org"
INDEX = f"{SITE}/sitemap.xml"
NEWS = f"{SITE}/sitemap-news.xml"
FEED = make_feed(INDEX)
ARCHIVES = [f"{SITE}/sitemap-{year}-{month:02}.xml" for year in range(2000, 2025) for month in range(1, 13)]


def index(*urls: str) -> str:
    listed = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>'


def sitemap(*paths: str, news: bool = True) -> str:
    marked = "<news:news><news:title>T</news:title></news:news>" if news else ""
    pages = "".join(f"<url><loc>{SITE}/{path}</loc>{marked}</url>" for path in paths)
    return (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{pages}</urlset>'
    )


def asked(feeds: FakeFeeds) -> list[str]:
    urls = [request.url for request in feeds.requests]
    feeds.requests.clear()
    return urls


def chosen(*links: str | SitemapLink) -> tuple[str, ...]:
    return choose([SitemapLink(link) if isinstance(link, str) else link for link in links], INDEX)


def test_the_news_sitemap_is_found_among_hundreds_of_archives() -> None:
    assert chosen(*ARCHIVES[:150], NEWS, *ARCHIVES[150:]) == (NEWS,)


def test_the_newest_are_followed_where_none_is_named_for_news() -> None:
    assert chosen(*ARCHIVES) == tuple(reversed(ARCHIVES[-FOLLOWED:]))
    assert chosen(*ARCHIVES, f"{SITE}/latest.xml")[0] == f"{SITE}/latest.xml"
    numbered = [f"{SITE}/posts-{number}.xml" for number in (2, 10, 9, 1)]
    assert chosen(*numbered) == (numbered[1], numbered[2], numbered[0])
    assert chosen(f"{SITE}/tags.xml", f"{SITE}/posts.xml")[0] == f"{SITE}/posts.xml"


def test_what_the_index_says_of_changes_counts_for_more_than_names() -> None:
    old = [SitemapLink(url, datetime(2020, 1, 1, tzinfo=UTC)) for url in ARCHIVES[-5:]]
    assert chosen(*old, SitemapLink(ARCHIVES[0], NOON))[0] == ARCHIVES[0]


def test_sitemaps_of_another_site_are_not_followed() -> None:
    assert chosen("https://other.example/news.xml", "https://news.example.org/s.xml") == (
        "https://news.example.org/s.xml",
    )


def test_a_poll_of_an_index_brings_the_news_of_its_sitemaps_and_asks_no_others(
    make_poller: MakePoller, feeds: FakeFeeds, clock: FakeClock, engine: Engine
) -> None:
    feeds.serve(INDEX, index(*ARCHIVES, NEWS))
    feeds.serve(NEWS, sitemap("a", "b"))
    ((first, second),) = polls(make_poller(FEED))
    assert (first.url, second.url, first.feed_url) == (f"{SITE}/a", f"{SITE}/b", INDEX)
    assert asked(feeds) == [INDEX, NEWS]
    assert clock.slept == [SPACING]
    assert (row(engine, INDEX).state, row(engine, INDEX).result, row(engine, INDEX).problem) == ("active", "new", None)


def test_an_index_that_did_not_change_still_leads_to_its_sitemaps_with_their_own_validators(
    make_poller: MakePoller, feeds: FakeFeeds, clock: FakeClock, engine: Engine
) -> None:
    feeds.serve_with_etag(INDEX, index(NEWS), '"i1"')
    feeds.serve_with_etag(NEWS, sitemap("a"), '"n1"')
    polls(make_poller(FEED))
    clock.advance(3600)
    feeds.requests.clear()
    assert polls(make_poller(FEED)) == [[]]
    assert [request.headers.get("If-None-Match") for request in feeds.requests] == ['"i1"', '"n1"']
    assert row(engine, INDEX).result == "not-modified"
    clock.advance(3600)
    feeds.serve_with_etag(NEWS, sitemap("b", "a"), '"n2"')
    ((entry,),) = polls(make_poller(FEED))
    assert entry.url == f"{SITE}/b"


def test_a_sitemap_that_fails_hides_no_other_and_is_told(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine
) -> None:
    other = f"{SITE}/news-sport.xml"
    feeds.serve(INDEX, index(NEWS, other))
    feeds.serve(NEWS, sitemap("a"))
    feeds.break_with(other, HttpError("timeout", other, "30 s"))
    ((entry,),) = polls(make_poller(FEED))
    assert entry.url == f"{SITE}/a"
    assert row(engine, INDEX).problem == f"{other}: no answer in time: 30 s"


def test_an_index_whose_sitemaps_all_fail_is_failing_and_asked_for_all_again(
    make_poller: MakePoller, feeds: FakeFeeds, clock: FakeClock, engine: Engine
) -> None:
    feeds.serve_with_etag(INDEX, index(NEWS), '"i1"')
    feeds.serve(NEWS, "", status=503, headers={"retry-after": "7200"})
    polls(make_poller(FEED))
    found = row(engine, INDEX)
    assert (found.state, found.result) == ("failing", "failed-http")
    assert "none of which can be used" in found.problem
    assert (found.next_poll - clock.now).total_seconds() >= 7200
    clock.advance(86400)
    feeds.serve(NEWS, sitemap("a"))
    assert len(polls(make_poller(FEED))[0]) == 1
    assert row(engine, INDEX).state == "active"


def test_sitemaps_without_news_are_left_alone_until_the_daily_full_request(
    make_poller: MakePoller, feeds: FakeFeeds, clock: FakeClock
) -> None:
    fresh, pages = f"{SITE}/latest.xml", f"{SITE}/pages-2024.xml"
    feeds.serve(INDEX, index(fresh, pages))
    feeds.serve(fresh, sitemap("a"))
    feeds.serve(pages, sitemap("p", news=False))
    poller = make_poller(FEED)
    polls(poller)
    assert asked(feeds) == [INDEX, fresh, pages]
    clock.advance(7200)
    polls(make_poller(FEED))
    assert asked(feeds) == [INDEX, fresh]
    clock.advance(86401)
    polls(make_poller(FEED))
    assert asked(feeds) == [INDEX, fresh, pages]


def test_an_index_that_becomes_a_feed_forgets_its_sitemaps(
    make_poller: MakePoller, feeds: FakeFeeds, clock: FakeClock, engine: Engine
) -> None:
    feeds.serve(INDEX, index(NEWS))
    feeds.serve(NEWS, sitemap("a"), redirects=(Redirect(302, f"{SITE}/n.xml"),))
    polls(make_poller(FEED))
    assert list(row(engine, INDEX).sitemaps) == [NEWS]
    clock.advance(3600)
    feeds.serve(INDEX, sitemap("b"))
    polls(make_poller(FEED))
    assert row(engine, INDEX).sitemaps is None


@pytest.mark.parametrize("news", [True, False])
def test_an_index_of_sitemaps_without_news_says_so(
    make_poller: MakePoller, feeds: FakeFeeds, engine: Engine, *, news: bool
) -> None:
    feeds.serve(INDEX, index(*ARCHIVES))
    for url in ARCHIVES:
        feeds.serve(url, sitemap("a", news=news))
    polls(make_poller(FEED))
    assert len(asked(feeds)) == 1 + FOLLOWED
    assert ("without news elements" in (row(engine, INDEX).problem or "")) is not news
