from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.discover import MOST, Discovery, Found, newest
from ingest.feed_links import USUAL_FEEDS, linked_feeds
from ingest.parse import parse_feed
from ingest.robots import Robots
from pipeline.errors import InputError
from pipeline.http import HttpError, Response
from tests.ingest.feeding import NOON, FakeClock, FakeFeeds, item, rss
from tests.ingest.polling import run

HOME = "https://www.example.org/"
FEED = rss(item("a"))
NEWS = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
    "<url><loc>https://www.example.org/n</loc><n:news><n:title>N</n:title></n:news></url></urlset>"
)


class Site(FakeFeeds):
    """A site where nothing else is to be found."""

    async def get(
        self, url: str, *, purpose: str, headers: Mapping[str, str] | None = None, max_bytes: int
    ) -> Response:
        if url not in self.answers:
            self.serve(url, "nothing here", status=404)
        return await super().get(url, purpose=purpose, headers=headers, max_bytes=max_bytes)


@pytest.fixture
def site(clock: FakeClock) -> Site:
    return Site(clock)


def discover(site: Site, clock: FakeClock, url: str = HOME, *, delay: float = 1.0) -> list[Found]:
    async def look() -> list[Found]:
        discovery = Discovery(site, Robots(site), NOON, max_bytes=1 << 20, delay=delay, pause=clock.sleep)
        return [found async for found in discovery.feeds(url)]

    found: list[Found] = run(look())
    return found


def page(*links: str, body: str = "") -> str:
    return f"<!doctype html><html><head><title>Front</title>{''.join(links)}</head><body>{body}</body></html>"


def named(href: str, kind: str = "application/rss+xml", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" href="{href}">'


def linked(text: str, url: str = HOME) -> list[tuple[str, str]]:
    return list(linked_feeds(text.encode(), url))


def test_feeds_are_those_that_the_page_names_then_those_it_links_to() -> None:
    anchors = (
        '<a href="/feeds/world">World</a><a href="https://feeds.feedburner.com/x">x</a><a href="/about">About</a>'
        '<a href="https://other.example/rss">r</a><a href="javascript:rss()">j</a><a href="/rss/sport#top">Sport</a>'
    )
    links = '<base href="/site/">', named("rss.xml"), named("/atom", "application/atom+xml", "home ALTERNATE")
    text = page(*links, body=anchors)
    assert linked(text) == [
        ("link", "https://www.example.org/site/rss.xml"),
        ("link", "https://www.example.org/atom"),
        ("page", "https://www.example.org/feeds/world"),
        ("page", "https://feeds.feedburner.com/x"),
        ("page", "https://www.example.org/rss/sport"),
    ]


@pytest.mark.parametrize(
    "link",
    [
        named("/comments/feed/"),
        named("/wp-json/", "application/json"),
        named("/style.css", "text/css", "stylesheet"),
        named("/fr/", "text/html"),
        named("ftp://example.org/rss"),
        named(""),
    ],
)
def test_what_is_no_feed_of_news_is_no_candidate(link: str) -> None:
    assert linked(page(link)) == []


@given(st.binary(max_size=400) | st.text(alphabet="<>/ahrefbslinktyp=\"' ", max_size=400).map(str.encode))
def test_links_are_looked_for_in_any_bytes(body: bytes) -> None:
    assert all(url.startswith(("http://", "https://")) for _, url in linked_feeds(body, HOME))


def test_each_candidate_is_asked_once_and_told_with_what_it_is(site: Site, clock: FakeClock) -> None:
    site.serve(HOME, page(named("/rss"), named("http://www.example.org/rss/"), named("/broken")))
    site.serve("https://www.example.org/rss", FEED)
    site.break_with("https://www.example.org/broken", HttpError("timeout", HOME, "30 s"))
    good, bad = discover(site, clock)
    assert (good.url, good.way, good.problem) == ("https://www.example.org/rss", "link", None)
    assert good.feed is not None
    assert good.feed.format == "rss20"
    assert (bad.url, bad.feed, bad.problem) == ("https://www.example.org/broken", None, "no answer in time: 30 s")
    urls = [request.url for request in site.requests]
    assert len(set(urls)) == len(urls)
    assert not set(urls) & {f"https://www.example.org{path}" for path in USUAL_FEEDS if path != "/rss"}


def test_an_address_that_is_a_feed_is_shown_itself(site: Site, clock: FakeClock) -> None:
    site.serve(HOME, FEED)
    assert [(found.url, found.way) for found in discover(site, clock)] == [(HOME, "itself")]


def test_the_usual_places_are_asked_where_the_page_leads_nowhere(site: Site, clock: FakeClock) -> None:
    site.serve(HOME, page(named("/dead")))
    site.serve("https://www.example.org/feed.xml", FEED)
    found = discover(site, clock)
    assert [(one.url, one.way) for one in found if one.feed] == [("https://www.example.org/feed.xml", "usual")]
    assert [one.way for one in found if not one.feed] == ["link"]


def test_sitemaps_are_those_of_robots_txt_the_news_first(site: Site, clock: FakeClock) -> None:
    site.serve(HOME, page(named("/rss")))
    site.serve("https://www.example.org/rss", FEED)
    site.serve(
        "https://www.example.org/robots.txt",
        f"User-agent: *\nDisallow:\nSitemap: {HOME}pages.xml\nSitemap: {HOME}google-news.xml\n",
    )
    site.serve(f"{HOME}google-news.xml", NEWS)
    last = discover(site, clock)[-1]
    assert (last.url, last.way) == (f"{HOME}google-news.xml", "robots")
    assert f"{HOME}pages.xml" not in [request.url for request in site.requests]


def test_robots_txt_is_heeded_and_its_pause_is_kept(site: Site, clock: FakeClock) -> None:
    site.serve(HOME, page(named("/private/rss"), named("/rss")))
    site.serve("https://www.example.org/rss", FEED)
    site.serve("https://www.example.org/robots.txt", "User-agent: *\nDisallow: /private/\nCrawl-delay: 4\n")
    kept, found = discover(site, clock)
    assert kept.problem == "its robots.txt forbids to ask for it"
    assert found.feed is not None
    assert f"{HOME}private/rss" not in [request.url for request in site.requests]
    assert set(clock.slept) == {4.0}


def test_a_page_of_hundreds_of_feeds_costs_a_bounded_number_of_requests(site: Site, clock: FakeClock) -> None:
    site.serve(HOME, page(*(named(f"/rss/{number}") for number in range(300))))
    discover(site, clock)
    assert len([request for request in site.requests if "/rss/" in request.url]) == MOST


@pytest.mark.parametrize(("status", "said"), [(404, "answers with status 404"), (500, "answers with status 500")])
def test_a_page_that_cannot_be_had_is_an_error_with_a_remedy(
    site: Site, clock: FakeClock, status: int, said: str
) -> None:
    site.serve(HOME, "", status=status)
    with pytest.raises(InputError, match=said):
        discover(site, clock)
    site.break_with(HOME, HttpError("dns", HOME, "no such host"))
    with pytest.raises(InputError, match="cannot be fetched: dns"):
        discover(site, clock)


def test_a_host_that_hides_its_rules_is_left_alone(site: Site, clock: FakeClock) -> None:
    site.serve("https://www.example.org/robots.txt", "", status=503)
    with pytest.raises(InputError, match=r"robots\.txt cannot be read"):
        discover(site, clock)
    assert len(site.requests) == 1


def test_the_newest_entry_is_not_one_of_the_future() -> None:
    dated = "".join(
        f"<item><link>https://www.example.org/{year}</link><pubDate>{year}-01-01T00:00:00Z</pubDate></item>"
        for year in (2024, 2025, 2031)
    )
    moment = newest(parse_feed(rss(dated).encode(), HOME), NOON)
    assert moment is not None
    assert moment.year == 2025
