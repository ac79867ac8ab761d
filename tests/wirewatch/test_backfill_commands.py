"""History through the pipeline: replayed from the archive, and brought in from sitemaps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline import database
from pipeline.embedded import EmbeddedBroker
from pipeline.settings import EmbeddedSettings
from pipeline.tables import alerts, articles, entries, stories, story_articles, taggings
from pipeline.topics import HISTORY, TOPICS
from tests.processors.conftest import SMALL
from tests.wirewatch.archives import FAIR, NOW, archived, article
from tests.wirewatch.conftest import Wirewatch
from tests.wirewatch.test_bad_input import refused

GOAT = "\n  - {id: goat, name: The goat, kind: body, side: north, names: {en: [goat]}}\n"
FARMER = "  - {id: farmer, name: The farmer, kind: body, side: south, names: {en: [farmer]}}\n"
DAY = datetime(2026, 1, 10, tzinfo=UTC)


def read(folder: Path, *columns: Any) -> list[tuple[Any, ...]]:
    engine = database.open_engine(f"sqlite:///{folder / 'data' / 'wirewatch.sqlite'}")
    with database.reading(engine) as connection:
        found = [tuple(row) for row in connection.execute(sa.select(*columns))]
    engine.dispose()
    return sorted(found)


def on_the_bus(folder: Path) -> dict[str, int]:
    broker = EmbeddedBroker(folder / "data" / "log.sqlite", EmbeddedSettings())
    held = {topic.name: broker.backlog("nobody", [topic.name]) for topic in (*TOPICS, *HISTORY)}
    broker.close()
    return {name: many for name, many in held.items() if many}


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive of three articles, and the watchlist that has judged them."""
    path = archived(tmp_path, article("deal"), article("fair", FAIR), article("old", FAIR, days=60))
    monkeypatch.setenv("WIREWATCH_WATCHLISTS", str(path))
    monkeypatch.setenv("WIREWATCH_ALERTS__TERMINAL", "true")
    return path


def test_articles_are_judged_again_by_new_rules_and_nobody_is_alerted(
    wirewatch: Wirewatch, archive: Path, tmp_path: Path
) -> None:
    joined = sa.select(articles.c.title, taggings.c.level).join(taggings, taggings.c.article == articles.c.id)

    def judged() -> dict[str, str]:
        return dict(read(tmp_path, *joined.subquery().c))

    assert judged() == {"Title of deal": "direct", "Title of fair": "none", "Title of old": "none"}
    archive.write_text(SMALL.replace("\nactors:\n", f"\nactors:{GOAT}{FARMER}", 1), encoding="utf-8")
    ran = wirewatch("replay", "--since", "30d")
    assert ran.code == 0, ran.err
    assert ran.out == "2 articles went through the stages\n"
    after = judged()
    assert after["Title of fair"] != "none"
    assert after["Title of old"] == "none"
    assert {title for (title,) in read(tmp_path, stories.c.title)} == {"Title of deal", "Title of fair"}
    assert read(tmp_path, alerts.c.id) == []
    assert set(on_the_bus(tmp_path)) == {f"backfill.news.{name}" for name in ("articles", "tagged", "stories")}


def test_a_replay_is_repeated_without_a_second_row(wirewatch: Wirewatch, archive: Path, tmp_path: Path) -> None:
    first = wirewatch("replay", "--since", "90d")
    members = read(tmp_path, story_articles.c.story, story_articles.c.article)
    second = wirewatch("replay", "--since", "90d")
    assert first.out == second.out == "3 articles went through the stages\n"
    assert read(tmp_path, story_articles.c.story, story_articles.c.article) == members
    assert len(read(tmp_path, articles.c.id)) == 3


def test_stories_can_be_made_for_one_watchlist_only(
    wirewatch: Wirewatch, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(SMALL.replace("id: small", "id: other", 1), encoding="utf-8")
    monkeypatch.setenv("WIREWATCH_WATCHLISTS", f"{archive},{other}")
    assert wirewatch("replay", "--since", "30d", "--watchlist", "other").code == 0
    assert {watchlist for (watchlist,) in read(tmp_path, stories.c.watchlist)} == {"other"}
    assert {watchlist for (watchlist,) in read(tmp_path, taggings.c.watchlist)} == {"small", "other"}


def test_what_cannot_be_replayed_is_refused(wirewatch: Wirewatch, archive: Path) -> None:
    refused(wirewatch("replay", "--since", "30d", "--watchlist", "large"), "'large' is no watchlist's id")
    refused(wirewatch("replay", "--since", "soon"), "'soon'")


PAGES = {
    "/2026/01/10/deal": (
        "Vietnam and Russia sign an oil deal",
        "Vietnam and Russia signed an oil deal after talks. " * 9,
    ),
    "/2026/01/11/goat": ("A goat is sold", "At the fair a goat was sold to a farmer from the hills. " * 9),
    "/2026/02/01/late": ("Too late", "A page of another month that nobody should ask for. " * 9),
    "/undated": ("Undated", "A page of which the sitemap says when it changed. " * 9),
}


class Outlet(BaseHTTPRequestHandler):
    """An outlet with an index of two sitemaps, one of them of another year."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        base = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]  # a server has a port
        if self.path == "/index.xml":
            listed = "".join(
                f"<sitemap><loc>{base}/{name}.xml</loc></sitemap>" for name in ("posts-2025", "posts-2026")
            )
            body = f"<sitemapindex>{listed}</sitemapindex>"
        elif self.path == "/posts-2026.xml":
            listed = "".join(f"<url><loc>{base}{path}</loc><lastmod>2026-01-10</lastmod></url>" for path in PAGES)
            body = f"<urlset>{listed}</urlset>"
        elif self.path in PAGES:
            title, text = PAGES[self.path]
            meta = '<meta property="article:published_time" content="2026-01-10T08:00:00Z">'
            body = (
                f"<html><head><title>{title}</title>{meta}</head><body><article><p>{text}</p></article></body></html>"
            )
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def outlet(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Outlet,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("WIREWATCH_HTTP__ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("WIREWATCH_POLITENESS__DELAY", "0")
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_pages_of_a_time_come_in_from_sitemaps(
    wirewatch: Wirewatch, outlet: tuple[str, list[str]], tmp_path: Path
) -> None:
    base, asked = outlet
    ran = wirewatch("backfill", "sitemap", f"{base}/index.xml", "--from", "2026-01-01", "--to", "2026-01-31")
    assert ran.code == 0, ran.err
    assert ran.out == "3 pages went through the stages\n"
    assert "3 of 4 pages are of that time" in ran.err
    found = {url.removeprefix(base): title for url, title in read(tmp_path, articles.c.url, articles.c.title)}
    assert found == {path: title for path, (title, _) in PAGES.items() if path != "/2026/02/01/late"}
    assert {title for (title,) in read(tmp_path, stories.c.title)} == {"Vietnam and Russia sign an oil deal"}
    assert read(tmp_path, alerts.c.id) == []
    assert not {"/posts-2025.xml", "/2026/02/01/late"} & set(asked)
    assert len(read(tmp_path, entries.c.id)) == 3
    again = wirewatch("backfill", "sitemap", f"{base}/index.xml", "--from", "2026-01-01", "--to", "2026-01-31")
    assert again.out == "0 pages went through the stages\n"


def test_a_time_that_the_archive_does_not_keep_is_refused(
    wirewatch: Wirewatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIREWATCH_STORE__RETENTION", "P30D")
    begin = f"{NOW - timedelta(days=60):%Y-%m-%d}"
    ran = wirewatch("backfill", "sitemap", "https://news.example/s.xml", "--from", begin, "--to", begin)
    refused(ran, "--from", "WIREWATCH_STORE__RETENTION")
    refused(wirewatch("backfill", "sitemap", "nonsense", "--from", "2026-11-01", "--to", "2026-11-02"), "nonsense")


def test_an_address_that_leads_to_no_sitemap_is_refused(wirewatch: Wirewatch, outlet: tuple[str, list[str]]) -> None:
    base, _ = outlet
    for path, problem in (("/none.xml", "HTTP 404"), ("/2026/01/11/goat", "an HTML page")):
        ran = wirewatch("backfill", "sitemap", base + path, "--from", "2026-01-01", "--to", "2026-01-31")
        assert (ran.code, ran.out) == (2, "")
        assert f"wirewatch: {base}{path}: " in ran.err
        assert problem in ran.err
