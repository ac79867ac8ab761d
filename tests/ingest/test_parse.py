from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.parse import parse_feed
from ingest.parsed import ParsedFeed, ParseError, SitemapLink
from ingest.report import parse_feed_report

URL = "https://news.example.org/feeds/all.xml"
NOON = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)

RSS2 = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Harbour &amp;amp; Hill</title><link>https://www.example.org/</link><ttl>15</ttl>
<language>en_GB</language>
<item><title>Ferry &lt;b&gt;line&lt;/b&gt; reopens &amp;amp; grows</title><link>/a?x=1&amp;y=2</link>
<guid isPermaLink="false">g-1</guid><pubDate>Tue, 04 Mar 2025 15:00:00 MSK</pubDate>
<dc:creator>Ana Cruz</dc:creator><description>&lt;p&gt;Short.&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>Long <a href="/rel">text</a>.</p>]]></content:encoded></item>
<item><title>Second</title><guid>https://www.example.org/b</guid><author>desk@example.org (Bo Li)</author></item>
</channel></rss>"""

RSS1 = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://example.org/"><title>RDF news</title><link>https://example.org/</link></channel>
<item rdf:about="https://example.org/1"><title>One</title><link>https://example.org/1</link>
<dc:date>2025-03-04T19:00:00+07:00</dc:date></item></rdf:RDF>"""

RSS091 = """<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
 "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><title>Old</title><link>https://example.org/</link>
<item><title>Caf&eacute;</title><link>https://example.org/1</link></item></channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="id"><title>Berita</title>
<entry><id>urn:x:1</id><title type="text">5 &lt; 6</title><link rel="enclosure" href="/e.mp3"/>
<link rel="alternate" href="one.html"/><updated>2025-03-04T12:00:00Z</updated>
<author><name>Sri</name></author><author><name>Budi</name></author><summary type="text">a &lt; b</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Isi <b>berita</b></p></div></content>
</entry></feed>"""

JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "J", "language": "vi", "items": [
 {"id": "a-1", "url": "/one", "title": "A < B", "content_text": "x < y", "authors": [{"name": "Lan"}],
  "date_published": "2025-03-04T12:00:00Z"},
 {"id": "https://news.example.org/two", "content_html": "<p>z</p>", "author": {"name": "Mai"}}, 7]}"""

SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://example.org/1</loc><news:news><news:publication><news:name>Tin</news:name>
<news:language>vi</news:language></news:publication><news:publication_date>2025-03-04T12:00Z</news:publication_date>
<news:title>Một &amp; hai</news:title></news:news></url>
<url><loc>https://example.org/about</loc></url></urlset>"""

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RSS090 = f"""<rdf:RDF xmlns:rdf="{RDF}" xmlns="http://my.netscape.com/rdf/simple/0.9/">
<channel><title>Netscape</title><link>https://example.org/</link></channel>
<item><title>One &amp; two</title><link>https://example.org/1</link></item></rdf:RDF>"""

ATOM03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#" xml:lang="en"><title>Older</title>
<author><name>Desk</name></author><entry><title mode="escaped" type="text/html">One &amp;amp; two</title>
<link rel="alternate" type="text/html" href="https://example.org/1"/><id>tag:example.org,2003:1</id>
<issued>2025-03-04T12:00:00Z</issued><modified>2025-03-05T12:00:00Z</modified>
<summary type="text/plain">a &lt; b</summary></entry></feed>"""

INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>/news.xml</loc><lastmod>2025-03-04T12:00:00Z</lastmod></sitemap>
<sitemap><loc>https://example.org/2025-02.xml.gz</loc></sitemap><sitemap><loc>ftp://example.org/</loc></sitemap>
</sitemapindex>"""

FORMATS = {
    "rss090": RSS090,
    "atom03": ATOM03,
    "sitemap-index": INDEX,
    "rss20": RSS2,
    "rss10": RSS1,
    "rss091n": RSS091,
    "atom10": ATOM,
    "json-feed": JSON,
    "news-sitemap": SITEMAP,
}


def parse(text: str) -> ParsedFeed:
    return parse_feed(text.encode(), URL)


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'


def item(number: int, *more: str) -> str:
    return f"<item><title>t{number}</title><link>https://example.org/{number}</link>{''.join(more)}</item>"


def test_rss_2_is_read() -> None:
    feed = parse(RSS2)
    assert (feed.format, feed.title, feed.language, feed.ttl, feed.problems) == (
        "rss20", "Harbour & Hill", "en-GB", 900.0, (),
    )  # fmt: skip
    first, second = feed.entries
    assert (first.url, first.guid) == ("https://www.example.org/a?x=1&y=2", "g-1")
    assert first.title == "Ferry line reopens & grows"
    assert (first.summary, first.content) == ("<p>Short.</p>", '<p>Long <a href="/rel">text</a>.</p>')
    assert (first.authors, first.published) == (("Ana Cruz",), NOON)
    assert (second.url, second.authors) == ("https://www.example.org/b", ("Bo Li",))


def test_rss_1_is_read() -> None:
    (entry,) = parse(RSS1).entries
    assert (entry.url, entry.title, entry.published) == ("https://example.org/1", "One", NOON)


def test_rss_0_91_with_its_doctype_is_read_without_fetching_it() -> None:
    (entry,) = parse(RSS091).entries
    assert entry.title == "Café"


def test_atom_is_read() -> None:
    feed = parse(ATOM)
    (entry,) = feed.entries
    assert (feed.format, feed.title, feed.language) == ("atom10", "Berita", "id")
    assert (entry.url, entry.guid) == ("https://news.example.org/feeds/one.html", "urn:x:1")
    assert (entry.title, entry.summary, entry.content) == ("5 < 6", "a &lt; b", "<p>Isi <b>berita</b></p>")
    assert (entry.authors, entry.published) == (("Sri", "Budi"), NOON)


@pytest.mark.parametrize(
    ("text", "name"),
    [(RSS090, "rss090"), (RSS1, "rss10"), (RSS2, "rss20"), (ATOM03, "atom03"), (ATOM, "atom10")]
    + [
        (RSS2.replace('version="2.0"', f'version="{version}"'), name)
        for version, name in (("0.91", "rss091u"), ("0.92", "rss092"), ("0.93", "rss093"), ("0.94", "rss094"))
    ],
)
def test_every_version_is_read_and_named(text: str, name: str) -> None:
    feed = parse(text)
    assert feed.format == name
    assert feed.title
    assert feed.entries
    assert feed.problems == ()
    assert all(entry.title and entry.url for entry in feed.entries[:1])


def test_atom_0_3_has_its_own_words_for_dates_and_modes() -> None:
    (entry,) = parse(ATOM03).entries
    assert (entry.url, entry.guid, entry.title) == ("https://example.org/1", "tag:example.org,2003:1", "One & two")
    assert (entry.published, entry.summary) == (NOON, "a &lt; b")


def test_an_entry_without_an_author_has_those_of_its_feed() -> None:
    assert parse(ATOM03).entries[0].authors == ("Desk",)
    text = JSON.replace('"title": "J"', '"title": "J", "authors": [{"name": "Desk"}]').replace(
        ', "author": {"name": "Mai"}', ""
    )
    assert [entry.authors for entry in parse(text).entries] == [("Lan",), ("Desk",)]
    edited = rss(item(1)).replace("<item>", "<managingEditor>ed@example.org (Ed)</managingEditor><item>", 1)
    assert parse(edited).entries[0].authors == ()


def test_the_first_version_of_json_feed_is_read() -> None:
    text = JSON.replace("version/1.1", "version/1")
    assert [entry.guid for entry in parse(text).entries] == ["a-1", "https://news.example.org/two"]


def test_an_index_of_sitemaps_gives_those_it_names() -> None:
    index = parse(INDEX)
    assert (index.format, index.entries, index.problems) == ("sitemap-index", (), ())
    assert index.sitemaps == (
        SitemapLink("https://news.example.org/news.xml", NOON),
        SitemapLink("https://example.org/2025-02.xml.gz"),
    )
    cut = parse(INDEX[: INDEX.index("<sitemap><loc>ftp")])
    assert cut.sitemaps == index.sitemaps
    assert "breaks off" in cut.problems[0]


def test_json_feed_is_read() -> None:
    feed = parse(JSON)
    first, second = feed.entries
    assert (feed.title, feed.language, feed.problems) == ("J", "vi", ("1 items are no objects",))
    assert (first.url, first.guid, first.title) == ("https://news.example.org/one", "a-1", "A < B")
    assert (first.content, first.authors, first.published) == ("x &lt; y", ("Lan",), NOON)
    assert (second.url, second.content, second.authors) == ("https://news.example.org/two", "<p>z</p>", ("Mai",))


def test_a_news_sitemap_gives_its_news_and_not_its_other_pages() -> None:
    feed = parse(SITEMAP)
    (entry,) = feed.entries
    assert (feed.format, feed.title, feed.language) == ("news-sitemap", "Tin", "vi")
    assert (entry.url, entry.title, entry.published) == ("https://example.org/1", "Một & hai", NOON)


def test_a_packed_sitemap_is_unpacked() -> None:
    assert parse_feed(gzip.compress(SITEMAP.encode()), URL) == parse(SITEMAP)


def test_an_empty_feed_is_no_broken_feed() -> None:
    assert parse(rss()).entries == ()
    assert parse(rss()).problems == ()
    assert parse('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>').problems == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty answer"),
        (" \n", "an empty answer"),
        ("Service unavailable", "begins with 'Service"),
        (
            "<!DOCTYPE html><html><title>Front &amp; page</title></html>",
            "an HTML page titled 'Front & page', not a feed",
        ),
        ("<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'></html>", "an HTML page, not a feed"),
        ('<sitemapindex xmlns="x"></sitemapindex>', "an index of sitemaps that names none"),
        ("<urlset><url><loc>https://example.org/</loc></url></urlset>", "without news elements"),
        ("<opml></opml>", "an OPML catalogue"),
        ("<note>x</note>", "its root is <note>"),
        ('{"items": 1}', "not a JSON Feed"),
        ('{"items": [', "JSON that cannot be read"),
        ("[" * 100_000, "JSON that cannot be read"),
        ("%PDF-1.7", "a PDF document"),
    ],
)
def test_what_is_no_feed_is_named_for_what_it_is(text: str, said: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert said in str(caught.value)


def test_a_page_leads_to_the_feeds_it_names() -> None:
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="/rss?a=1&amp;b=2"></head></html>'
    with pytest.raises(ParseError, match=r"it names these feeds: https://news\.example\.org/rss\?a=1&b=2$"):
        parse(page)


def test_windows_1251_is_read_by_its_declaration_or_by_the_headers() -> None:
    text = rss("<item><title>Россия и АСЕАН</title><link>https://example.org/1</link></item>")
    declared = f'<?xml version="1.0" encoding="windows-1251"?>{text}'.encode("windows-1251")
    assert parse_feed(declared, URL).entries[0].title == "Россия и АСЕАН"
    by_header = parse_feed(text.encode("windows-1251"), URL, charset="windows-1251")
    assert by_header.entries[0].title == "Россия и АСЕАН"


def test_utf_8_is_read_as_such_whatever_is_declared() -> None:
    text = '<?xml version="1.0" encoding="iso-8859-1"?>' + rss("<item><title>Việt</title><link>/1</link></item>")
    feed = parse_feed(text.encode(), URL, charset="us-ascii")
    assert feed.entries[0].title == "Việt"
    assert feed.problems == ("declared as iso-8859-1, but the bytes are UTF-8",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_decide(encoding: str) -> None:
    assert parse_feed(RSS2.encode(encoding), URL).entries == parse(RSS2).entries


def test_bytes_that_fit_no_encoding_lose_no_entry() -> None:
    feed = parse_feed(rss(item(1), item(2)).replace("t2", "t\x00é").encode("latin-1"), URL)
    assert [entry.url for entry in feed.entries] == ["https://example.org/1", "https://example.org/2"]
    assert feed.entries[1].title == "té"
    assert len(feed.problems) == 2


def test_entries_without_a_usable_link_are_reported_and_the_others_kept() -> None:
    feed = parse(
        rss("<item><title>lost</title></item>", "<item><link>javascript:go()</link></item>",
            "<item><link>http://[bad/</link></item>", item(1), item(1))
    )  # fmt: skip
    assert [entry.url for entry in feed.entries] == ["https://example.org/1"]
    assert len(feed.problems) == 4
    assert "entry 1 ('lost') has no link" in feed.problems
    assert any("javascript" in problem for problem in feed.problems)


def test_guids_that_tell_no_entry_from_another_are_not_trusted() -> None:
    same = parse(rss(item(1, "<guid isPermaLink='false'>x</guid>"), item(2, "<guid isPermaLink='false'>x</guid>")))
    assert [entry.guid for entry in same.entries] == [None, None]
    assert same.problems == ("several entries share one guid; their links are taken instead",)
    position = parse(rss(item(1, "<guid isPermaLink='false'>1</guid>")))
    assert position.entries[0].guid is None


def test_a_feed_that_breaks_off_gives_its_complete_entries_only() -> None:
    text = rss(item(1), item(2))
    for cut in range(text.index("/2<") - 3, text.index("</item></channel>") + len("</item")):
        feed = parse(text[:cut])
        assert [entry.url for entry in feed.entries] == ["https://example.org/1"], text[:cut]
        assert any("breaks off" in problem for problem in feed.problems)


def test_a_warning_printed_before_the_feed_does_not_hide_it() -> None:
    feed = parse("<br /><b>Warning</b>: something<br />\n" + RSS2)
    assert feed.entries == parse(RSS2).entries
    assert "stand before the feed" in feed.problems[0]


def test_undeclared_entities_and_stray_ampersands_are_survived() -> None:
    feed = parse(rss("<item><title>Tom & Jerry&nbsp;run</title><link>https://example.org/?a=1&b=2</link></item>"))
    assert (feed.entries[0].title, feed.entries[0].url) == ("Tom & Jerry run", "https://example.org/?a=1&b=2")
    assert any(problem.startswith("not well-formed") for problem in feed.problems)


def test_plain_entities_that_a_feed_declares_are_read() -> None:
    doctype = """<!DOCTYPE rss [<!ENTITY site "https://example.org/a"> <!ENTITY x 'say "so"'>]>"""
    item = "<item><title>&x; &amp; &other;</title><link>&site;/1</link></item>"
    (entry,) = parse(doctype + rss(item)).entries
    assert (entry.title, entry.url) == ('say "so" & &other;', "https://example.org/a/1")


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
