"""The commands of the feeds, on the sample site."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ingest.extract import Extracted
from ingest.feed_list import ListedFeed
from ingest.feeds import Feed
from ingest.outlet_health import RECENT
from ingest.outlet_watch import OutletWatch
from pipeline import database
from pipeline.messages import Outlet as Publisher
from pipeline.telemetry import Telemetry
from tests.ingest.feeding import NOON
from tests.wirewatch.conftest import Wirewatch
from tests.wirewatch.test_bad_input import refused
from wirewatch import feed_view
from wirewatch.site import Outlet, SampleSite


@pytest.fixture(scope="module")
def site() -> Iterator[SampleSite]:
    with SampleSite.load() as site:
        site.start(speed=1000.0)
        yield site


@pytest.fixture
def outlets(site: SampleSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Outlet]:
    """The outlets of the sample site, whose catalogue lists the first of them only."""
    first, *others = site.outlets
    (tmp_path / "feeds.opml").write_text(
        f'<opml version="2.0"><body><outline type="rss" text="{first.name}" xmlUrl="{first.feed_url}"/></body></opml>'
    )
    monkeypatch.setenv("WIREWATCH_POLLER__CATALOGUE", str(tmp_path / "feeds.opml"))
    monkeypatch.setenv("WIREWATCH_HTTP__ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("WIREWATCH_POLITENESS__DELAY", "0")
    by_format = {outlet.feed_format: outlet for outlet in others}
    return {"first": first, **by_format}


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_feed_is_added_listed_retired_and_added_again(wirewatch: Wirewatch, outlets: dict[str, Outlet]) -> None:
    url = outlets["atom"].feed_url
    added = wirewatch("feeds", "add", url, "--country", "VN", "--kind", "private", "--owner", "A family")
    assert (added.code, added.err) == (0, "")
    assert re.fullmatch(r"added .+: atom10, \d+ entries, the newest .+ ago\n", added.out)
    (one,) = [row for row in rows(wirewatch("feeds", "list", "--json").out) if row["url"] == url]
    assert (one["outlet"], one["state"], one["origin"]) == (outlets["atom"].name, "active", "command")
    assert (one["country"], one["about"]["owner"]) == ("VN", "A family")
    refused(wirewatch("feeds", "add", url), "is polled already")
    assert wirewatch("feeds", "retire", url).code == 0
    assert wirewatch("feeds", "list", "--state", "retired").out.startswith("retired\tVN\t")
    assert wirewatch("feeds", "add", url, "--outlet", "Another name").code == 0
    assert [row["outlet"] for row in rows(wirewatch("feeds", "list", "--outlet", "another", "--json").out)] == [
        "Another name"
    ]


def test_feeds_are_checked_without_a_trace(wirewatch: Wirewatch, outlets: dict[str, Outlet]) -> None:
    before = wirewatch("feeds", "list", "--json").out
    ran = wirewatch("feeds", "check")
    assert ran.code == 0, ran.err
    assert re.fullmatch(rf"{re.escape(outlets['first'].name)}  http\S+  \S+, \d+ entries, the newest .+\n", ran.out)
    assert wirewatch("feeds", "list", "--json").out == before


def test_what_named_addresses_answer_is_said_and_a_failure_is_the_exit_code(
    wirewatch: Wirewatch, outlets: dict[str, Outlet]
) -> None:
    missing = f"{outlets['atom'].base_url}/nothing.xml"
    ran = wirewatch(
        "feeds", "check", "--json", outlets["news-sitemap"].feed_url, missing, outlets["atom"].base_url + "/"
    )
    assert ran.code == 1
    told = {row["url"]: row for row in rows(ran.out)}
    good, page = told[outlets["news-sitemap"].feed_url], told[outlets["atom"].base_url + "/"]
    assert (good["ok"], good["format"], good["problem"]) == (True, "news-sitemap", None)
    assert good["entries"] > 0
    assert (told[missing]["ok"], told[missing]["problem"]) == (False, "HTTP 404 Not Found")
    assert "an HTML page" in page["problem"]


def test_the_feed_of_a_home_page_is_discovered(wirewatch: Wirewatch, outlets: dict[str, Outlet]) -> None:
    outlet = outlets["atom"]
    ran = wirewatch("feeds", "discover", outlet.base_url)
    assert ran.code == 0, ran.err
    assert re.search(
        rf"^{re.escape(outlet.feed_url)}  .*atom10, \d+ entries.*\(named by the page\)$", ran.out, re.MULTILINE
    )
    assert rows(wirewatch("feeds", "discover", outlet.base_url, "--json").out)[0]["way"] == "link"


def test_discovered_feeds_can_be_imported(wirewatch: Wirewatch, outlets: dict[str, Outlet], tmp_path: Path) -> None:
    ran = wirewatch("feeds", "discover", outlets["atom"].base_url, "--opml")
    (tmp_path / "found.opml").write_text(ran.out)
    assert wirewatch("feeds", "import", "found.opml").out == "imported 1 feeds; 0 were known already\n"
    assert wirewatch("feeds", "import", "found.opml").out == "imported 0 feeds; 1 were known already\n"
    exported = wirewatch("feeds", "export").out
    assert outlets["atom"].feed_url in exported
    assert outlets["first"].feed_url in exported
    assert wirewatch("feeds", "export", "-o", "out.opml").out == ""
    assert (tmp_path / "out.opml").read_text() == exported


class FeedlessPages(BaseHTTPRequestHandler):
    """A site of one page that offers no feed."""

    def do_GET(self) -> None:  # the name that http.server calls
        """Answer the home page, and that there is nothing else."""
        body = b"<!doctype html><title>Front</title><p>Nothing but <a href='/about'>words</a>.</p>"
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def feedless() -> Iterator[str]:
    """The address of a site without feeds."""
    with ThreadingHTTPServer(("127.0.0.1", 0), FeedlessPages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("outlets")
@pytest.mark.parametrize("form", [[], ["--opml"]])
def test_a_site_without_a_feed_is_named_in_one_line(wirewatch: Wirewatch, feedless: str, form: list[str]) -> None:
    ran = wirewatch("feeds", "discover", feedless, *form)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"wirewatch: {feedless}: no feed was found\n"


def test_a_page_that_is_not_there_is_named(wirewatch: Wirewatch, outlets: dict[str, Outlet]) -> None:
    ran = wirewatch("feeds", "discover", outlets["news-sitemap"].feed_url.rpartition("/")[0] + "/nowhere")
    refused(ran, "answers with status 404", "home page")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "nonsense"], ["nonsense", "no http or https address"]),
        (["add", "ftp://example.org/feed"], ["no http or https address"]),
        (["add", "https://example.org/feed", "--country", "Laos"], ["country='Laos'", "ISO 3166-1"]),
        (["add", "https://example.org/feed", "--kind", "blog"], ["kind='blog'", "wire, public"]),
        (["add", "http://169.254.169.254/feed"], ["may not be asked", "feeds discover"]),
        (["retire", "https://example.org/feed"], ["no such feed"]),
        (["list", "--state", "dead"], ["'dead'", "active, failing"]),
        (["import", "nowhere.opml"], ["nowhere.opml", "No such file"]),
        (["discover", "http://10.0.0.1/"], ["refused-address", "home page"]),
        (["export", "-o", "no/where.opml"], ["no/where.opml", "cannot be written"]),
    ],
)
def test_bad_input_is_named_with_a_remedy(wirewatch: Wirewatch, arguments: list[str], words: list[str]) -> None:
    refused(wirewatch("feeds", *arguments), *words)


def test_on_a_terminal_the_list_is_a_table_of_harmless_text() -> None:
    feed = Feed(url="https://a.example/f", outlet=Publisher(name="A\x1b[2J[red]", country="TH"))
    one = ListedFeed(feed, "failing", succeeded=NOON, next_poll=NOON, rate=2.5, problem="HTTP 500\nno")
    console = Console(width=200, record=True, file=io.StringIO())
    feed_view.show_list([one], NOON, console, {feed.outlet.name: "texts are short"})
    text = console.export_text()
    assert "\x1b" not in text
    for words in ("failing", "A[2J[red]", "2.5", "HTTP 500 no; outlet: texts are short", "1 feeds: 1 failing"):
        assert words in text


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (90, "90 s"), (600, "10 min"), (7200, "2 h"), (400_000, "5 d")]
)
def test_times_are_told_in_their_largest_unit(seconds: float, said: str) -> None:
    assert feed_view.span(seconds) == said


def test_a_layout_change_of_an_outlet_shows_where_its_feeds_are_listed_and_checked(
    wirewatch: Wirewatch, outlets: dict[str, Outlet], tmp_path: Path
) -> None:
    first = outlets["first"]
    assert wirewatch("feeds", "list").code == 0  # makes the database
    engine = database.open_engine(f"sqlite:///{tmp_path / 'data' / 'wirewatch.sqlite'}")
    watch = OutletWatch(engine, Telemetry())
    for length, many in ((3000, 60), (100, RECENT)):
        for _ in range(many):
            watch.see(first.name, Extracted(text="x" * length, title="T", published=NOON))
        watch.save()
    engine.dispose()
    said = "outlet: 20 of the last 20 articles are far shorter than usual"
    assert said in wirewatch("feeds", "list").out
    assert said in wirewatch("feeds", "check", first.feed_url).out
    assert said.removeprefix("outlet: ") in rows(wirewatch("feeds", "check", "--json").out)[0]["outlet_health"]
