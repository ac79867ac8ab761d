"""The strict reader agrees with feedparser on all it takes, and takes what plain feeds are made of."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.parse import parse_with_feedparser
from ingest.parsed import ParsedFeed, ParseError
from ingest.sift import sift
from ingest.strict import parse_strict

URL = "https://www.example.org/news/feed.xml"
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:own="https://own.example.org/ns" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:georss="http://www.georss.org/georss"'
)
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
RDF = 'xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
WRITTEN = (
    "", " \n", "Plain words", "AT&amp;T", "a &lt;b&gt;bold&lt;/b&gt; word", "&lt;i&gt; open", "&amp;nbsp;x",
    "&amp;odd;", "&lt;thing&gt;x&lt;/thing&gt;", "<![CDATA[<p>Text &#8217; &amp; more</p>]]>", "ข่าว", "Новости",
    "cafÃ©", "naïve", "\u00a0x", "https://www.example.org/1", "/relative?a=1&amp;b=2", "https:///odd.example.org/",
    "tag:example.org,2025:1", "12", "http://[bad", "?a=1&amp;amp;b=2&amp;c;", "Tue, 04 Mar 2025 12:00:00 GMT",
    "2025-03-04T12:00:00+07:00", "yesterday", "a@example.org (A. Writer)", "A. Writer", "en-GB", "th_TH", "60",
    "\x85", "&#x92;", "one<!-- two -->three", "a<b>c</b>",
)  # fmt: skip
NAMES = (
    "title", "link", "guid", "id", "description", "summary", "content", "content:encoded", "pubDate", "published",
    "updated", "dc:date", "dcterms:modified", "created", "author", "dc:creator", "itunes:author", "dc:title",
    "dc:language", "language", "source", "category", "comments", "enclosure", "media:title", "media:description",
    "media:thumbnail", "itunes:summary", "itunes:subtitle", "feedburner:origLink", "own:thing", "own:title",
    "slash:comments", "georss:point", "atom:link", "atom:summary", "image", "thumb", "authors", "url", "name",
    "PubDate", "body", "ttl", "copyright", "contributor",
)  # fmt: skip
ATTRIBUTES = (
    "", ' type="html"', ' type="text"', ' type="xhtml"', ' isPermaLink="false"', ' isPermaLink="true"',
    ' href="https://www.example.org/2"', ' rel="self" href="/feed"', ' rel="alternate" type="text/html" href="/3"',
    ' url="https://www.example.org/4.jpg"', ' xml:lang="ru"', ' xml:base="https://base.example.org/"',
    ' mode="base64"', ' own:href="/5"', ' domain="x"',
)  # fmt: skip
NESTED = (
    "<author><name>A. Writer</name></author>",
    "<author><name>A</name><email>a@example.org</email><uri>/a</uri></author>",
    "<author><email>a@example.org</email></author>",
    '<media:content url="/p.jpg"><media:title>P</media:title></media:content>',
    '<media:group><media:content url="/p.jpg"/><media:description>D</media:description></media:group>',
    "<contributor><name>C</name></contributor>", "<image><url>/i.png</url><title>I</title><link>/</link></image>",
    "<image><other/><title>I</title></image>", '<content type="xhtml"><div>x</div></content>',
    "<own:box><title>B</title></own:box>", "<source><title>S</title></source>",
    "<skipHours><hour>1</hour></skipHours>", "<textInput><title>T</title></textInput>",
    "<itunes:owner><itunes:name>O</itunes:name></itunes:owner>",
)  # fmt: skip
ROOTS = (
    ("<rss version='2.0' {}>", "<channel>", "item", "</channel>", "</rss>"),
    ("<rss version='0.91' {}>", "<channel>", "item", "</channel>", "</rss>"),
    ("<rss xml:lang='th' {}>", "<channel>", "item", "</channel>", "</rss>"),
    (f"<feed {ATOM} xml:lang='en' {{}}>", "", "entry", "", "</feed>"),
    (f"<rdf:RDF {RDF} {{}}>", "<channel rdf:about='/'>", "item", "</channel>", "</rdf:RDF>"),
)

leaves = st.builds(
    "<{0}{1}>{2}</{0}>".format, st.sampled_from(NAMES), st.sampled_from(ATTRIBUTES), st.sampled_from(WRITTEN)
)
usual = st.builds(
    "<title>{}</title><link>https://www.example.org/{}</link>".format, st.sampled_from(WRITTEN[:14]), st.integers(0, 9)
)
elements = st.lists(st.one_of(leaves, leaves, leaves, st.sampled_from(NESTED)), max_size=5).map("".join)
items = st.lists(st.tuples(usual | st.just(""), elements).map("".join), max_size=3)


@st.composite
def feeds(draw: st.DrawFn) -> str:
    root, opening, name, closing, end = draw(st.sampled_from(ROOTS))
    head = draw(elements) if draw(st.booleans()) else "<title>Feed</title><link>https://www.example.org/</link>"
    entries = "".join(f"<{name}>{item}</{name}>" for item in draw(items))
    outside = name == "item" and "RDF" in root
    inside = f"{head}{closing}{entries}" if outside else f"{head}{entries}{closing}"
    return f"{root.format(SPACES)}{opening}{inside}{end}"


def by_feedparser(text: str) -> ParsedFeed | None:
    try:
        return sift(parse_with_feedparser(text.encode(), URL))
    except ParseError:
        return None


def strictly(text: str) -> ParsedFeed | None:
    feed = parse_strict(text.encode(), URL)
    return feed and sift(feed)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(feeds())
def test_whatever_the_strict_reader_takes_it_reads_as_feedparser_does(text: str) -> None:
    strict = strictly(text)
    assert strict is None or strict == by_feedparser(text)


PLAIN = [
    "<title>T</title><link>/1</link><guid>g</guid><description>D</description><pubDate>4 Mar 2025 12:00 GMT</pubDate>",
    (
        "<title>T</title><link>/1</link><dc:creator><![CDATA[A. Writer]]></dc:creator><category>c</category>"
        "<description><![CDATA[<p>D</p>]]></description><content:encoded><![CDATA[<p>C</p>]]></content:encoded>"
        "<slash:comments>0</slash:comments><media:content url='/p.jpg'><media:title>P</media:title></media:content>"
    ),
    "<title>T</title><link>/1</link><enclosure url='/a.mp3' type='audio/mpeg' length='1'/><own:thing>x</own:thing>",
]


@pytest.mark.parametrize("item", PLAIN)
def test_plain_rss_is_read_without_feedparser(item: str) -> None:
    head = "<title>F</title><link>/</link><ttl>60</ttl>"
    text = f"<rss version='2.0' {SPACES}><channel>{head}<item>{item}</item></channel></rss>"
    strict = strictly(text)
    assert strict is not None
    assert strict == by_feedparser(text)
    assert (strict.format, strict.ttl, strict.entries[0].url) == ("rss20", 3600, "https://www.example.org/1")


def test_plain_atom_is_read_without_feedparser() -> None:
    text = (
        f'<feed {ATOM} xml:lang="ru"><title>F</title><link rel="self" href="/feed"/><id>tag:example.org,2025:f</id>'
        '<updated>2025-03-04T12:00:00Z</updated><entry><title type="html">A &amp;amp; B</title><link href="/1"/>'
        "<id>tag:example.org,2025:1</id><author><name>A. Writer</name></author><updated>2025-03-04T12:00:00Z</updated>"
        '<summary>x &lt; y</summary><content type="html">&lt;p&gt;C&lt;/p&gt;</content></entry></feed>'
    )
    strict = strictly(text)
    assert strict is not None
    assert strict == by_feedparser(text)
    (entry,) = strict.entries
    assert (strict.language, entry.title, entry.summary, entry.content) == ("ru", "A & B", "x &lt; y", "<p>C</p>")


@pytest.mark.parametrize("person", ["<author><name>O</name></author>", NESTED[-1]])
def test_an_author_of_the_whole_feed_is_left_to_feedparser_where_an_entry_has_none(person: str) -> None:
    entry = "<entry><title>T</title><link href='/1'/>{}</entry>"
    text = f"<feed {ATOM} {SPACES}><title>F</title>{person}{entry}</feed>"
    assert parse_strict(text.format("").encode(), URL) is None
    assert parse_strict(text.format("<author><name>A</name></author>").encode(), URL) is not None


@pytest.mark.parametrize(
    "text",
    [
        "<rss version='2.0'><channel><title>F</channel></rss>",
        "<rss version='2.0'><channel><title>&nbsp;</title></channel></rss>",
        "<!DOCTYPE rss [<!ENTITY a 'b'>]><rss version='2.0'><channel><title>&a;</title></channel></rss>",
        "<rss version='2.0' xml:base='https://base.example.org/'><channel/></rss>",
        "<rss version='2.0'><channel href='https://www.example.org/'/></rss>",
        "<channel href='https://www.example.org/'><item href='/1'/></channel>",
        "<rss version='2.0'><channel><item><link>https:///one.example.org/</link></item></channel></rss>",
        "<rss version='2.0'><channel><item><author>a@example.org (A)</author></item></channel></rss>",
        "<rss version='2.0'><channel><item><description><p>x</p></description></item></channel></rss>",
        f"<rss version='2.0'><channel><item>{'<a>' * 300}{'</a>' * 300}</item></channel></rss>",
    ],
)
def test_what_is_doubtful_is_left_to_feedparser(text: str) -> None:
    assert parse_strict(text.encode(), URL) is None
