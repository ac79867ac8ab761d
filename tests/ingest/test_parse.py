from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from ingest.parse import parse_feed
from ingest.parsed import ParsedFeed, ParseError, SitemapLink

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
