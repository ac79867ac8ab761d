from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import limits
from ingest.charset import possible
from ingest.limits import Moments
from ingest.parse import parse_feed
from ingest.parsed import ParsedFeed, ParseError
from ingest.sift import plain
from ingest.strict import parse_strict
from ingest.strict_names import Role, role_of
from tests.ingest.test_parse import FORMATS, NOON, item, rss

URL = "https://news.example.org/feed"
BROKEN = "<item><title>a & b</title></item>"
"""Makes a feed one that is not well-formed."""


def parse(text: str) -> ParsedFeed:
    return parse_feed(text.encode(), URL)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (rss(BROKEN, *(f"<x{n}:a xmlns:x{n}='u{n}'/>" for n in range(60))), "more than 50 prefixes"),
        (rss(f"<item>{'<a>' * 6000}{'</a>' * 6000}</item>"), "more than 5000 deep"),
        (rss(f"<item>a & b{'<a/>' * 75_000}</item>"), "70000 tags"),
        (rss(f"<item>{'<a/>' * 300_000}</item>"), "300000 tags"),
        (rss("<item {}/>".format(" ".join(f"a{n}=''" for n in range(300_001)))), "300000 attributes"),
        (f"<urlset>{'<a/>' * 1_000_001}</urlset>", "a sitemap with more than 1000000 tags"),
        (f"<urlset>{'<a/>' * 20_001}</urlset>", "a sitemap with 20001 elements in one place"),
        (f"<urlset><url>{'&a;' * 300_001}</url></urlset>", "a sitemap with more than 300000 references"),
        (
            "<urlset><url {}/></urlset>".format(" ".join(f"a{n}=''" for n in range(300_001))),
            "a sitemap with more than 300000 attributes",
        ),
        (f"<urlset xmlns='{'a' * 1001}'><url/></urlset>", "a sitemap with a namespace of 1001 characters"),
        ('{"items": [' + "{}," * 300_000 + "{}]}", "more than 500000 values"),
        ('{"title": "😀' + "x" * 6_300_000 + '", "items": []}', "JSON of 6300027 characters"),
    ],
)
def test_a_feed_that_would_take_too_much_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "tag",
    [
        "<a {}></a>".format(" ".join(f"a{n}='>'" for n in range(60))),
        f"<a {'b ' * 20_000}></a>",
        f"<a></a {'b ' * 20_000}>",
        f"<a{'b' * 2000}>",
        "<![CDATA[<script>if (a<b) {}</script>]]>".format(";".join(f'x{n}="{n}"' for n in range(60))),
    ],
)
def test_a_tag_with_too_many_attributes_or_too_long_a_name_is_text_and_no_entry_is_lost(tag: str) -> None:
    feed = parse(rss(item(1, f"<description>{tag}</description>"), item(2), BROKEN))
    assert [entry.url for entry in feed.entries] == ["https://example.org/1", "https://example.org/2"]
    assert any("more than 50 attributes" in problem for problem in feed.problems)


@pytest.mark.parametrize("space", [" ", "\n", "\xa0", "\u2028"])
def test_a_namespace_with_white_space_in_it_costs_no_entry(space: str) -> None:
    text = rss(item(1), BROKEN).replace("<rss", f"<rss xmlns='https://example.org/{space}x{space}y'")
    assert [entry.url for entry in parse(text).entries] == ["https://example.org/1"]


def test_html_inside_a_feed_is_no_depth_of_it() -> None:
    html = f"<content:encoded><![CDATA[{'<p>text<br>' * 6000}]]></content:encoded>"
    assert len(parse(rss(item(1, html), "<!--" + "<a>" * 6000 + "-->")).entries) == 1


def test_a_root_with_the_prefixes_of_many_modules_is_fine() -> None:
    prefixes = " ".join(f'xmlns:m{n}="https://example.org/{n}"' for n in range(40))
    assert len(parse(rss(item(1)).replace("<rss", f"<rss {prefixes}")).entries) == 1


def test_the_first_entries_of_a_feed_that_is_too_large_are_taken() -> None:
    large = [item(n, "<a/>" * 3000) for n in range(110)]
    feed = parse(rss(BROKEN, *large))
    assert [entry.url for entry in feed.entries] == [f"https://example.org/{n}" for n in range(23)]
    assert any("too large" in problem for problem in feed.problems)
    plain_feed = parse(rss(*large))
    assert len(plain_feed.entries) == 99, "a plain one needs no feedparser and is read as far as a tree may be large"
    assert plain_feed.problems[0].startswith("it is too large; only the entries of its first")
    assert len(parse(rss(*large[:90])).entries) == 90


def test_the_text_of_an_entry_is_read_as_far_as_the_limit_whatever_reads_it() -> None:
    text = "x" * (limits.LONGEST_TEXT + 1)
    described = item(1, f"<description>{text}</description>")
    listed = f'{{"items": [{{"url": "https://example.org/1", "content_html": "{text}"}}]}}'
    for feed in (parse(rss(described)), parse(rss(described, BROKEN)), parse(listed)):
        [entry] = feed.entries
        assert len(entry.summary or entry.content) == limits.LONGEST_TEXT


def test_a_namespace_without_end_is_cut_and_costs_no_entry() -> None:
    text = rss(item(1)).replace("<rss", f"<rss xmlns:x='{'x' * 5000}'")
    assert parse_strict(text.encode(), URL) is None, "it is left to feedparser, which is given a short one"
    assert len(limits.short_namespaces(text)) == len(text) - 4000
    assert [entry.url for entry in parse(text).entries] == ["https://example.org/1"]


def test_an_element_of_a_namespace_without_end_is_left_to_feedparser_and_not_remembered() -> None:
    tag = f"{{{'x' * 5000}}}title"
    assert role_of(tag, None) is Role.DOUBTFUL
    assert parse_strict(rss(item(1, f"<y:a xmlns:y='{'x' * 5000}'/>")).encode(), URL) is None


def test_a_tag_without_end_is_cut_and_costs_no_entry() -> None:
    feed = parse(rss(item(1), f"<a<b {'5 ' * 9000}{'5' * 200_000}", item(2), BROKEN))
    assert [entry.url for entry in feed.entries] == ["https://example.org/1", "https://example.org/2"]
    assert "a tag of more than 100000 characters, which is cut" in feed.problems


def test_a_json_feed_of_a_hundred_thousand_is_read_as_far_as_the_limit() -> None:
    text = '{"items": [' + ",".join(f'{{"url":"/{n}"}}' for n in range(100_000)) + "]}"
    feed = parse(text)
    assert len(feed.entries) == limits.MOST_ENTRIES
    assert feed.problems[0] == "more than 20000 entries; only the first are taken"


def test_what_is_cut_is_well_formed_again() -> None:
    text = rss(*map(item, range(4)))
    for cut in (text[: text.index("</item></channel>") + 7], text[:-3]):
        feed = parse(cut)
        assert len(feed.entries) == 4
        assert feed.problems == ("it breaks off; only its complete entries are taken",)


def test_one_impossible_character_costs_no_entry() -> None:
    for reference in ("&#xD800;", "&#99999999999;", "&#0;", f"&#{'9' * 5000};"):
        feed = parse(rss(item(1, f"<description>{reference}&lt;p&gt;</description>"), BROKEN))
        assert [entry.url for entry in feed.entries] == ["https://example.org/1"], reference


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("&#xD83D;&#xDE00;", "😀"),
        ("&#55357;&#56832;", "😀"),
        ("a&#233;&amp;&#x41;", "a&#233;&amp;&#x41;"),
        ("&#xD83D;x", "�x"),
        ("&#1114112;&#0;", "��"),
    ],
)
def test_references_are_to_characters_that_there_are(text: str, read: str) -> None:
    assert possible(text.encode()).decode() == read


def test_a_packed_file_that_is_broken_says_so() -> None:
    body = bytearray(gzip.compress(rss(item(1)).encode() * 50))
    body[30:60] = bytes(30)
    with pytest.raises(ParseError, match="packed file that cannot be unpacked"):
        parse_feed(bytes(body), URL)


def test_dates_that_take_long_are_read_up_to_a_limit_and_the_others_always() -> None:
    moments = Moments()
    assert moments.read("2025-03-04T12:00:00Z") == moments.read("Tue, 04 Mar 2025 12:00:00 GMT") == NOON
    assert moments.read("4 Maret 2025") is not None
    for number in range(limits.MOST_SLOW_DATES):
        moments.read(f"no date {number}")
    assert moments.read("4 Maret 2025") is None
    many = Moments()
    assert all(many.read("2025-03-04T12:00:00Z") for _ in range(limits.MOST_SLOW_DATES + 1))


def test_a_title_of_unclosed_markup_is_read_at_once() -> None:
    assert plain("safe<!--" * 100_000) == "safe"
    assert plain("a<script>" * 100_000) == "a"


PIECES = st.sampled_from([
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"&#0;", b"&#xD800;",
    b"&#99999999999;", b"\x00", b"\xff\xfe", b"</item>", b"</channel>", b"<item>", b"<entry>", b"<url>", b"\\ud800",
    b" xml:base='http://[::1'", b"<link href='http://[x'/>", b"1e999", b"<guid/>", b"<updated>31 Foo 99999</updated>",
])  # fmt: skip
CODECS = st.sampled_from(["utf-16", "utf-32", "windows-1251", "cp874", "gb18030", "iso2022_jp", "utf-7", "cp037"])


def flip(body: bytearray, data: st.DataObject) -> None:
    body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))


def cut(body: bytearray, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(body) - 1))
    del body[start : start + data.draw(st.integers(1, len(body)))]


def insert(body: bytearray, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(body)))
    body[at:at] = data.draw(PIECES) * data.draw(st.sampled_from([1, 1, 2, 300]))


def splice(body: bytearray, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from(sorted(FORMATS.values()))).encode()
    at, start = data.draw(st.integers(0, len(body))), data.draw(st.integers(0, len(other) - 1))
    body[at:at] = other[start : start + data.draw(st.integers(1, 400))]


def nest(body: bytearray, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([b"a", b"item", b"entry", b"content", b"url", b"div"]))
    depth, at = data.draw(st.sampled_from([3, 300])), data.draw(st.integers(0, len(body)))
    body[at:at] = (b"<" + name + b">") * depth + (b"</" + name + b">") * data.draw(st.sampled_from([0, depth]))


def crowd(body: bytearray, data: st.DataObject) -> None:
    at = max(body.find(b">", data.draw(st.integers(0, len(body) - 1))), 0)
    shape = data.draw(st.sampled_from([b" a%d='x'", b" xmlns:a%d='x'", b" a%d"]))
    body[at:at] = b"".join(shape % number for number in range(data.draw(st.sampled_from([5, 120]))))


def recode(body: bytearray, data: st.DataObject) -> None:
    body[:] = bytes(body).decode("utf-8", "replace").encode(data.draw(CODECS), "replace")
    if data.draw(st.booleans()):
        body[0:0] = b'<?xml version="1.0" encoding="%s"?>' % data.draw(CODECS).encode()


def pack(body: bytearray, data: st.DataObject) -> None:
    packed = gzip.compress(bytes(body))
    body[:] = packed[: data.draw(st.sampled_from([len(packed), len(packed) // 2]))]


MUTATIONS = st.sampled_from([flip, flip, cut, insert, insert, splice, nest, crowd, recode, pack])


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_feed_broken_in_any_way_gives_entries_or_a_reason_that_was_foreseen(name: str, data: Any) -> None:
    body = bytearray(FORMATS[name].encode())
    for mutate in data.draw(st.lists(MUTATIONS, min_size=1, max_size=4)):
        if body:
            mutate(body, data)
    feed = ParsedFeed(format="")
    reason = ""
    try:
        feed = parse_feed(bytes(body), URL, charset=data.draw(st.sampled_from([None, "utf-8", "x-unknown"])))
    except ParseError as error:
        reason = str(error)
    assert not reason.startswith("a feed that cannot be read: ")
    assert reason.isprintable()
    repr(feed).encode()
    feed.title.encode()
    for entry in feed.entries:
        assert entry.url.startswith(("http://", "https://"))
        "".join((entry.url, entry.title, entry.summary, entry.content, entry.guid or "", *entry.authors)).encode()
