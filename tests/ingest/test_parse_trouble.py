"""Feeds that are broken, hostile, or declare what others do not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.parse import parse_feed
from ingest.parsed import ParseError
from ingest.report import parse_feed_report
from tests.ingest.test_parse import ATOM, FORMATS, RSS091, RSS2, SITEMAP, URL, item, parse, rss


def test_undeclared_entities_and_stray_ampersands_are_survived() -> None:
    feed = parse(rss("<item><title>Tom & Jerry&nbsp;run</title><link>https://example.org/?a=1&b=2</link></item>"))
    assert (feed.entries[0].title, feed.entries[0].url) == ("Tom & Jerry run", "https://example.org/?a=1&b=2")
    assert any(problem.startswith("not well-formed") for problem in feed.problems)


def test_plain_entities_that_a_feed_declares_are_read() -> None:
    doctype = """<!DOCTYPE rss [<!ENTITY site "https://example.org/a"> <!ENTITY x 'say so'> <!ENTITY y 'a "b"'>]>"""
    item = "<item><title>&x; &amp; &other; &y;</title><link>&site;/1</link></item>"
    (entry,) = parse(doctype + rss(item)).entries
    assert (entry.title, entry.url) == ("say so & &other; &y;", "https://example.org/a/1")


def test_the_entities_of_a_feed_grow_it_by_little(tmp_path: Any) -> None:
    doctype = f'<!DOCTYPE rss [<!ENTITY e "{"x" * 200}">]>'
    text = rss(f"<item><title>T</title><link>/1</link><description>{'&e;' * 20_000}</description></item>")
    (entry,) = parse(doctype + text).entries
    assert len(entry.summary) < 3_000_000


def test_entities_that_lead_to_others_are_never_expanded() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "boom"}">' for n in range(10))
    feed = parse(f"<!DOCTYPE rss [{bomb}]>" + rss("<item><title>&e9;</title><link>/1</link></item>"))
    assert len(feed.entries[0].title) < 100
    assert "entities of its own" in feed.problems[0]


def test_a_feed_has_the_language_that_its_server_declares_if_it_names_none() -> None:
    plain = rss("<item><title>T</title><link>/1</link></item>").encode()
    assert parse_feed(plain, URL, language="id").language == "id"
    assert parse_feed(plain, URL, language="id, en").language is None
    assert parse_feed(RSS2.encode(), URL, language="id").language == "en-GB"


def test_a_guid_that_is_a_path_is_seen_from_the_feeds_address() -> None:
    items = "<item><title>T</title><link>/1</link><guid isPermaLink='false'>{}</guid></item>"
    guids = [parse(rss(items.format(guid))).entries[0].guid for guid in ("/g/1", "g/1", "//[")]
    assert guids == ["https://news.example.org/g/1", "g/1", "//["]


def test_a_comment_without_an_end_swallows_nothing() -> None:
    title = "a&lt;!-- x --&gt;b &lt;!-- - c &gt;d&lt;b&gt;e&lt;/b&gt;"
    assert parse(rss(f"<item><title>{title}</title><link>/1</link></item>")).entries[0].title == "a b d e"


def test_a_title_of_plain_text_keeps_its_brackets() -> None:
    text = ATOM.replace("<title>Berita</title>", "<title>The &lt;b&gt; tag</title>")
    assert parse(text).title == "The <b> tag"
    assert parse(text.replace("<id>", "<ID/><id>")).title == "The <b> tag"


def test_a_channel_of_its_own_may_have_no_entries() -> None:
    feed = parse("<CHANNEL HREF='https://example.org/'><TITLE>Old</TITLE></CHANNEL>")
    assert (feed.title, feed.entries) == ("Old", ())


def test_the_two_versions_of_rss_091_are_told_apart_by_their_doctype() -> None:
    assert parse(RSS091).format == "rss091n"
    assert parse(RSS091[RSS091.index("<rss") :]).format == "rss091u"


def test_an_external_entity_is_not_read(tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("classified")
    doctype = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    news = SITEMAP.split("?>", 1)[1].strip().replace("Một", "&s;")
    for text in (rss("<item><title>&s;</title><link>/1</link></item>"), news):
        assert "classified" not in repr(parse(doctype + text))


def test_a_title_has_no_text_of_scripts_and_styles() -> None:
    title = "safe &lt;script type='x'&gt;go()&lt;/script&gt;&lt;STYLE&gt;b {}&lt;/STYLE&gt;description"
    text = ATOM.replace('<title type="text">5 &lt; 6', f'<title type="html">{title}')
    assert parse(text).entries[0].title == "safe description"


def test_text_that_no_database_takes_is_cleaned() -> None:
    feed = parse('{"items": [{"id": "a\\u0000b\\ud800", "url": "/1", "title": "x\\u0001y"}]}')
    assert (feed.entries[0].guid, feed.entries[0].title) == ("ab", "xy")


def test_a_very_long_guid_is_remembered_by_its_hash() -> None:
    guid = parse(rss(item(1, f"<guid isPermaLink='false'>{'x' * 5000}</guid>"))).entries[0].guid
    assert guid is not None
    assert len(guid) == 64


def test_feedparser_is_given_a_stream_so_that_no_feed_names_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    given_to: list[object] = []
    real: Callable[..., Any] = feedparser.parse

    def spy(stream: object, **options: object) -> object:
        given_to.append(stream)
        return real(stream, **options)

    monkeypatch.setattr(feedparser, "parse", spy)
    parse(RSS2)
    assert hasattr(given_to[0], "read")


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None)
@given(data=st.data())
def test_mutated_bytes_give_a_feed_or_a_parse_error(name: str, data: st.DataObject) -> None:
    body = bytearray(FORMATS[name].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        cut = data.draw(st.integers(0, 40))
        body[at : at + cut] = data.draw(st.binary(max_size=12) | st.sampled_from([b"<", b"]]>", b"&#0;", b"&#xD800;"]))
    with contextlib.suppress(ParseError):
        feed = parse_feed(bytes(body), URL)
        assert all(entry.url.startswith(("http://", "https://")) for entry in feed.entries)
        repr(feed).encode()


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_feed_or_a_parse_error(body: bytes) -> None:
    with contextlib.suppress(ParseError):
        parse_feed(body, URL, charset="utf-16")


def test_the_report_holds_the_entries_and_what_was_wrong() -> None:
    report = parse_feed_report(rss(item(1), "<item><title>lost</title></item>").encode(), URL)
    assert (report["url"], report["format"], report["title"]) == (URL, "rss20", "T")
    assert [entry["url"] for entry in report["entries"]] == ["https://example.org/1"]
    assert report["problems"] == ["entry 2 ('lost') has no link"]


@pytest.mark.parametrize("broken", ["<link>https://example.org/1<item/></item></link>", "<link<item></item>>/1</link>"])
def test_an_entry_inside_the_link_of_another_costs_no_feed_its_entries(broken: str) -> None:
    feed = parse(rss(f"<item><title>a</title>{broken}</item>", item(2)))
    assert "https://example.org/2" in [entry.url for entry in feed.entries]
