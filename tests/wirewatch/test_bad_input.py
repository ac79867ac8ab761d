"""Bad input gives one or two lines that name the place and the remedy, exit code 2, and nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wirewatch.conftest import Ran, Wirewatch

WATCHLIST = """\
version: 1
id: small
name: Small
sides: [{id: a, name: A}, {id: b, name: B}]
actors:
  - {id: one, name: One, kind: country, side: a, names: {en: [Onesia]}}
  - {id: two, name: Two, kind: country, side: b, names: {en: [Twonia]}}
"""


def refused(ran: Ran, *words: str) -> None:
    assert ran.code == 2, ran
    assert ran.out == ""
    lines = ran.err.strip().splitlines()
    assert 1 <= len(lines) <= 2, ran.err
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


def test_invalid_json_on_standard_input(wirewatch: Wirewatch) -> None:
    refused(wirewatch("tag", stdin='{"id": "1", "text": "Fine."}\n{"id": \n'), "stdin: line 2", "no valid JSON")


@pytest.mark.parametrize("command", ["tag", "group"])
def test_an_article_with_a_title_alone_is_accepted(wirewatch: Wirewatch, command: str) -> None:
    ran = wirewatch(command, stdin='{"id": "1", "text": "", "title": "Rice prices fall", "lang": null}')
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("line", ['{"id": "1"}', '{"id": "1", "text": ""}', '{"id": "1", "text": null}'])
@pytest.mark.parametrize("command", ["tag", "group"])
def test_an_article_without_text(wirewatch: Wirewatch, command: str, line: str) -> None:
    refused(wirewatch(command, stdin=line), "stdin: line 1", "text")


def test_a_missing_file(wirewatch: Wirewatch) -> None:
    refused(wirewatch("tag", "nowhere.jsonl"), "nowhere.jsonl", "No such file")


def test_nothing_is_written_to_the_output_file_either(wirewatch: Wirewatch, tmp_path: Path) -> None:
    refused(wirewatch("tag", "-o", "out.jsonl", stdin="oops"))
    assert not (tmp_path / "out.jsonl").exists()


def test_a_folder_that_cannot_be_made_is_one_line_and_no_traceback(wirewatch: Wirewatch, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    refused(wirewatch("migrate"), "data: cannot be made", "WIREWATCH_DATA")


def test_a_broken_catalogue(wirewatch: Wirewatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "feeds.opml").write_text('<opml version="2.0">\n<head/>\n<body><outline text="x"\n</body></opml>')
    monkeypatch.setenv("WIREWATCH_POLLER__CATALOGUE", "feeds.opml")
    refused(wirewatch("check"), "feeds.opml:")


def test_a_settings_typo(wirewatch: Wirewatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_POLLER__CATALOG", "feeds.opml")
    refused(wirewatch("check"), "WIREWATCH_POLLER__CATALOG", "WIREWATCH_POLLER__CATALOGUE")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("    kind: country", ""), ()),
        (("kind: country, side: a", "kind: country, sied: a"), ("sied", "side")),
        (("id: two", "id: one"), ("one", "twice")),
    ],
    ids=["nothing", "unknown-key", "duplicate-id"],
)
def test_a_watchlist_with_a_mistake(
    wirewatch: Wirewatch, tmp_path: Path, change: tuple[str, str], words: tuple[str, ...]
) -> None:
    (tmp_path / "list.yaml").write_text(WATCHLIST.replace(*change))
    ran = wirewatch("tag", "-w", "list.yaml", stdin='{"id": "1", "text": "Fine."}')
    if words:
        refused(ran, "list.yaml:", *words)
    else:
        assert ran.code == 0, "the list without the mistake is accepted"


def test_a_feed_that_is_html(wirewatch: Wirewatch, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text("<!doctype html><html><head><title>News</title></head><body>Hi</body></html>")
    refused(wirewatch("parse-feed", "feed.xml"), "feed.xml", "HTML")


def test_a_page_without_an_article(wirewatch: Wirewatch, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html><body></body></html>")
    refused(wirewatch("extract", "page.html"), "page.html", "no article")


def test_an_archive_that_is_none(wirewatch: Wirewatch, tmp_path: Path) -> None:
    (tmp_path / "pages.warc.gz").write_text("<html><body></body></html>")
    refused(wirewatch("extract", "pages.warc.gz"), "pages.warc.gz", "WARC")


def test_an_address_that_is_not_public(wirewatch: Wirewatch) -> None:
    refused(wirewatch("explain", "http://127.0.0.1:9/"), "http://127.0.0.1:9/", "refused-address")
