"""The sample news site is served as the web would serve it."""

import gzip
import http.client
import io
import json
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import feedparser
import pytest
from lxml import etree, html

from pipeline.errors import InputError
from wirewatch.site import Outlet, SampleArticle, SampleSite

NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


class Clock:
    def __init__(self) -> None:
        self.now = 1_760_000_000.25

    def __call__(self) -> float:
        return self.now


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(url: str, method: str = "GET", **headers: str) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(
            method, parts.path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        return Answer(connection.getresponse())
    finally:
        connection.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def site(clock: Clock, pauses: list[float]) -> Iterator[SampleSite]:
    with SampleSite.load(clock=clock, pause=pauses.append) as running:
        yield running


@pytest.fixture
def finished(site: SampleSite, clock: Clock) -> SampleSite:
    clock.now += 20
    return site


def special(site: SampleSite, page: str) -> SampleArticle:
    (article,) = (article for article in site.articles if article.page == page)
    return article


def outlet_of(site: SampleSite, article: SampleArticle) -> Outlet:
    return next(outlet for outlet in site.outlets if outlet.id == article.outlet)


def feed_links(outlet: Outlet) -> list[str]:
    body = ask(outlet.feed_url).body
    if outlet.feed_format == "news-sitemap":
        return [location.text or "" for location in etree.fromstring(body).iter(f"{SITEMAP}loc")]
    return [entry.link for entry in feedparser.parse(io.BytesIO(body)).entries]


def test_every_feed_parses_and_names_every_article_with_its_title_and_time(finished: SampleSite) -> None:
    by_url = {article.url: article for article in finished.articles}
    for outlet in finished.outlets:
        if outlet.feed_format == "news-sitemap":
            continue
        feed = feedparser.parse(io.BytesIO(ask(outlet.feed_url).body))
        assert not feed.bozo, outlet.id
        assert [entry.title for entry in feed.entries] == [by_url[entry.link].title for entry in feed.entries]
        assert {entry.link for entry in feed.entries} == {a.url for a in finished.articles if a.outlet == outlet.id}
        assert all(entry.get("published_parsed") or entry.updated_parsed for entry in feed.entries)
        assert all(entry.summary for entry in feed.entries)


def test_every_news_sitemap_parses_and_names_every_article(finished: SampleSite) -> None:
    sitemaps = [outlet for outlet in finished.outlets if outlet.feed_format == "news-sitemap"]
    for outlet in sitemaps:
        root = etree.fromstring(ask(outlet.feed_url).body)
        expected = {article.title for article in finished.articles if article.outlet == outlet.id}
        assert {title.text for title in root.iter(f"{NEWS}title")} == expected
        assert {language.text for language in root.iter(f"{NEWS}language")} == {outlet.language}
    assert sitemaps


def test_each_feed_format_and_each_kind_of_special_page_is_there(site: SampleSite) -> None:
    assert {outlet.feed_format for outlet in site.outlets} == {"rss2", "rss1", "atom", "news-sitemap"}
    assert Counter(article.page for article in site.articles if article.page != "normal") == {
        "paywalled": 1,
        "missing": 1,
        "slow": 1,
    }


def test_every_page_answers_with_its_title_language_canonical_link_and_metadata(finished: SampleSite) -> None:
    for article in finished.articles:
        answer = ask(article.url)
        if article.page == "missing":
            continue
        assert answer.status == 200, article.id
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        page = html.fromstring(answer.text)
        assert page.get("lang") == article.lang
        assert page.xpath("string(//h1)").strip() == article.title
        assert page.xpath("string(//link[@rel='canonical']/@href)") == article.url
        assert page.xpath("string(//meta[@property='og:title']/@content)") == article.title
        data = json.loads(page.xpath("string(//script[@type='application/ld+json'])"))
        assert data["@type"] == "NewsArticle"
        assert data["headline"] == article.title


def test_an_article_is_dated_by_the_start_of_the_site_and_its_appearance(site: SampleSite, clock: Clock) -> None:
    start = clock.now
    clock.now += 20
    article = next(article for article in site.articles if article.id == "harian-samudra/asean-rusia-latihan-sar")
    assert article.appears == 3.9
    root = etree.fromstring(ask(outlet_of(site, article).feed_url).body)
    dates = {
        url.findtext(f"{SITEMAP}loc"): url.findtext(f"{NEWS}news/{NEWS}publication_date")
        for url in root.iter(f"{SITEMAP}url")
    }
    assert start == 1_760_000_000.25
    assert dates[article.url] == "2025-10-09T08:53:24.150+00:00"


def test_amp_links_lead_to_pages_that_answer(finished: SampleSite) -> None:
    links = []
    for article in finished.articles:
        links += html.fromstring(ask(article.url).text).xpath("//link[@rel='amphtml']/@href")
    assert len(links) > 5
    for link in links:
        answer = ask(link)
        assert answer.status == 200
        assert html.fromstring(answer.text).xpath("string(//link[@rel='canonical']/@href)") == link.removesuffix("amp/")


def test_home_page_archive_and_robots_answer_at_every_outlet(finished: SampleSite) -> None:
    for outlet in finished.outlets:
        assert ask(f"{outlet.base_url}/").status == 200
        assert ask(f"{outlet.base_url}/archive").status == 200
        robots = ask(f"{outlet.base_url}/robots.txt")
        assert robots.headers["Content-Type"] == "text/plain; charset=utf-8"
        rules = RobotFileParser()
        rules.parse(robots.text.splitlines())
        assert rules.can_fetch("wirewatch", outlet.feed_url)
        assert not rules.can_fetch("wirewatch", f"{outlet.base_url}/wp-admin/x")


def test_an_unchanged_page_or_feed_is_answered_with_304(finished: SampleSite) -> None:
    page = next(article.url for article in finished.articles if article.page == "normal")
    for url in [page, *(outlet.feed_url for outlet in finished.outlets)]:
        first = ask(url)
        assert first.status == 200
        by_tag = ask(url, If_None_Match=first.headers["ETag"])
        by_date = ask(url, If_Modified_Since=first.headers["Last-Modified"])
        assert (by_tag.status, by_tag.body) == (304, b"")
        assert by_tag.headers["ETag"] == first.headers["ETag"]
        assert (by_date.status, by_date.body) == (304, b"")


def test_a_feed_that_has_grown_is_sent_again(site: SampleSite, clock: Clock) -> None:
    outlet = site.outlets[0]
    clock.now += 1
    first = ask(outlet.feed_url)
    clock.now += 5
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    assert ask(outlet.feed_url, If_None_Match=tag, If_Modified_Since=date).status == 200
    assert ask(outlet.feed_url, If_Modified_Since=date).status == 200


def test_the_tag_outweighs_the_date(finished: SampleSite) -> None:
    url = finished.outlets[0].feed_url
    date = ask(url).headers["Last-Modified"]
    assert ask(url, If_None_Match='"other"', If_Modified_Since=date).status == 200


def test_a_date_is_given_only_once_its_second_is_over(site: SampleSite, clock: Clock) -> None:
    url = site.outlets[0].feed_url
    assert ask(url).headers["Last-Modified"] is None
    clock.now += 1
    assert ask(url).headers["Last-Modified"] == "Thu, 09 Oct 2025 08:53:20 GMT"


def test_a_body_is_compressed_for_those_who_accept_it(finished: SampleSite) -> None:
    url = finished.outlets[0].feed_url
    plain, packed = ask(url), ask(url, Accept_Encoding="br, gzip;q=0.8")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert "Content-Encoding" not in ask(url, Accept_Encoding="gzip;q=0").headers


def test_head_gives_the_headers_alone(finished: SampleSite) -> None:
    url = finished.outlets[0].feed_url
    answer = ask(url, "HEAD")
    assert answer.body == b""
    assert answer.headers["Content-Length"] == str(len(ask(url).body))


def test_a_connection_serves_several_requests(finished: SampleSite) -> None:
    connection = http.client.HTTPConnection(urlsplit(finished.outlets[0].base_url).netloc, timeout=30)
    connection.connect()
    first = connection.sock
    for path in ("/", "/nowhere", "/robots.txt"):
        connection.request("GET", path)
        connection.getresponse().read()
        assert connection.sock is first
    connection.close()


def test_a_client_that_goes_away_leaves_no_trace(finished: SampleSite, capfd: pytest.CaptureFixture[str]) -> None:
    base_url = finished.outlets[0].base_url
    impatient = socket.create_connection((urlsplit(base_url).hostname, urlsplit(base_url).port))
    impatient.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    impatient.sendall(b"GET / HTTP/1.1\r\n")
    impatient.close()
    assert ask(f"{base_url}/").status == 200
    assert capfd.readouterr().err == ""


def test_an_article_that_has_not_appeared_is_neither_page_nor_entry(site: SampleSite, clock: Clock) -> None:
    article = site.articles[-1]
    outlet = outlet_of(site, article)
    clock.now += article.appears - 0.01
    assert ask(article.url).status == 404
    assert article.url not in feed_links(outlet)
    assert article.title not in ask(f"{outlet.base_url}/").text
    assert article not in site.published()
    assert not site.finished
    clock.now += 0.02
    assert ask(article.url).status == 200
    assert article.url in feed_links(outlet)
    assert article in site.published()
    assert site.finished


def test_speed_divides_the_waiting(clock: Clock) -> None:
    pauses: list[float] = []
    site = SampleSite.load(clock=clock, pause=pauses.append)
    with site.start(speed=1000):
        clock.now += 0.02
        assert site.finished
        assert ask(special(site, "slow").url).status == 200
    assert pauses == [0.003]


def test_the_slow_page_waits_three_seconds_and_then_answers(finished: SampleSite, pauses: list[float]) -> None:
    article = special(finished, "slow")
    assert article.level == "direct"
    assert article.title in ask(article.url).text
    assert pauses == [3.0]


def test_a_page_behind_a_paywall_shows_a_teaser_and_its_feed_the_text(finished: SampleSite) -> None:
    article = special(finished, "paywalled")
    last_sentence = "Talks on an agreement on social security for crews will follow"
    page = ask(article.url).text
    data = json.loads(html.fromstring(page).xpath("string(//script[@type='application/ld+json'])"))
    assert data["isAccessibleForFree"] is False
    assert "The Philippines and Russia have signed an agreement" in page
    assert last_sentence not in page
    assert last_sentence in ask(outlet_of(finished, article).feed_url).text
    assert article.level == "direct"


def test_a_missing_page_answers_404_though_its_feed_carries_the_text(finished: SampleSite) -> None:
    article = special(finished, "missing")
    assert ask(article.url).status == 404
    feed = feedparser.parse(io.BytesIO(ask(outlet_of(finished, article).feed_url).body))
    (entry,) = (entry for entry in feed.entries if entry.link == article.url)
    assert len(entry.content[0].value) > 1000
    assert article.level == "direct"


def test_boxes_of_related_links_mislead(finished: SampleSite) -> None:
    cat = next(article for article in finished.articles if article.id == "perdana-post/russian-blue-best-in-show")
    assert cat.level == "none"
    box = html.fromstring(ask(cat.url).text).get_element_by_id("block-related")
    assert "Moscow invites Malaysian firms to arms fair" in box.text_content()


def test_outlets_that_ask_to_be_left_alone_publish_all_at_once(site: SampleSite) -> None:
    patient = {outlet.id for outlet in site.outlets if b"<ttl>" in ask(outlet.feed_url).body}
    assert patient
    assert {article.appears for article in site.articles if article.outlet in patient} == {0}


def test_the_catalogue_lists_every_feed_with_its_attributes(site: SampleSite) -> None:
    outlines = etree.fromstring(site.opml().encode()).findall("body/outline")
    assert [
        (
            line.get("text"),
            line.get("xmlUrl"),
            line.get("htmlUrl"),
            line.get("language"),
            line.get("country"),
            line.get("kind"),
        )
        for line in outlines
    ] == [(o.name, o.feed_url, f"{o.base_url}/", o.language, o.country, o.kind) for o in site.outlets]
    assert {line.get("type") for line in outlines} == {"rss", "atom", "sitemap"}


def test_a_port_that_is_taken_is_named(site: SampleSite) -> None:
    taken = urlsplit(site.outlets[0].base_url).port
    assert taken is not None
    with pytest.raises(InputError, match=f"port {taken} of 127.0.0.1"):
        SampleSite.load().start(port_base=taken)


def test_as_a_process_of_its_own_it_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    catalogue = tmp_path / "feeds.opml"
    command = [sys.executable, "-m", "wirewatch.site", "--port-base", "0", "--opml", str(catalogue), "--speed", "1000"]
    process = subprocess.Popen(command)
    try:
        wait_for(catalogue, process)
        url = etree.parse(str(catalogue)).find("body/outline").get("xmlUrl")
        assert ask(url).status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def wait_for(file: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert process.poll() is None, "the site ended before it was up"
        assert time.monotonic() < deadline, "the site is not up"
        time.sleep(0.02)
