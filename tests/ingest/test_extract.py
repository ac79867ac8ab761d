from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.extract import LONGEST_TEXT, extract
from ingest.text import plain_text

PAGES = Path(__file__).parent / "pages"
URL = "https://news.example.com/world/item-5"
PROSE = (
    "The harbour master counted the boats twice before the fog came in over the estuary. ",
    "By noon the pilots had tied up, and the only lights left were those of the fish market. ",
    "Nobody could say when the ferries would sail again, so the passengers bought tea. ",
)


@dataclass(frozen=True)
class Golden:
    """What the page in a file is to become; its text is in the file of the same name."""

    url: str
    title: str
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    basis: str | None = None
    language: str | None = None
    section: str | None = None
    canonical: str | None = None
    amp: str | None = None
    paywalled: bool = False


GOLDEN = {
    "wordpress": Golden(
        url="https://harbour-herald.example/2026/03/ferry-line/?utm_source=rss",
        title="Ferry line links Batam and Vladivostok",
        authors=("Olga Sentani", "Dimas Prakoso"),
        published=datetime(2026, 3, 4, 1, 15, tzinfo=UTC),
        basis="json-ld",
        language="en",
        section="Shipping",
        canonical="https://harbour-herald.example/2026/03/ferry-line/",
        amp="https://harbour-herald.example/2026/03/ferry-line/amp/",
    ),
    "drupal": Golden(
        url="https://warta.example/berita/x?from=rss",
        title="Petani kopi Lampung kirim contoh ke Kazan",
        authors=("Sari Utami", "Yohanes Bria"),
        published=datetime(2026, 5, 11, 7, 5, tzinfo=UTC),
        basis="meta",
        language="id",
        section="Ekonomi",
        canonical="https://warta.example/berita/petani-kopi-lampung",
    ),
    "next": Golden(
        url="https://tin-ga.example/kinh-te/tau-trai-cay-1234.html",
        title="Tàu trái cây đầu tiên của mùa hè đi Novosibirsk",
        authors=("Nguyễn Thu Hà",),
        published=datetime(2026, 6, 1, 2, 30, tzinfo=UTC),
        basis="json-ld",
        language="vi",
        section="Kinh tế",
        canonical="https://tin-ga.example/kinh-te/tau-trai-cay-1234.html",
    ),
    "aspnet-windows-874": Golden(
        url="https://khao.example/news.aspx?id=9",
        title="นักศึกษาไทยฝึกงานซ่อมหัวรถจักรที่คาซาน",
        published=datetime(2026, 2, 9, tzinfo=UTC),
        basis="page",
    ),
    "bitrix-windows-1251": Golden(
        url="https://vestnik-buhty.example/sea/77/",
        title="Вьетнамские траулеры встали на ремонт в Приморье",
        authors=("Павел Громов",),
        published=datetime(2026, 4, 14, 1, 20, tzinfo=UTC),
        basis="meta",
        language="ru",
    ),
    "paywalled": Golden(
        url="https://www.strait-review.example/world/malacca-pipeline",
        title="Inside the Malacca pipeline talks",
        authors=("Strait Review staff",),
        published=datetime(2026, 8, 20, 6, tzinfo=UTC),
        basis="json-ld",
        language="en",
        canonical="https://www.strait-review.example/world/malacca-pipeline",
        amp="https://amp.strait-review.example/world/malacca-pipeline",
        paywalled=True,
    ),
    "brief": Golden(url="https://davao.example/q", title="Quake felt in Davao", language="en"),
}


def page(head: str = "", body: str = "", *, text: str | None = None) -> str:
    """Return a page with enough of an article, and what is given besides."""
    article = "".join(f"<p>{sentence * 2}</p>" for sentence in PROSE) if text is None else text
    return f'<html lang="en"><head>{head}</head><body><article>{article}</article>{body}</body></html>'


def json_ld(**fields: Any) -> str:
    node = {"@context": "https://schema.org", "@type": "NewsArticle", **fields}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def test_every_golden_page_has_its_expectation() -> None:
    assert {file.stem for file in PAGES.glob("*.html")} == set(GOLDEN)


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_a_page_is_its_article_and_nothing_else(name: str) -> None:
    golden = GOLDEN[name]
    found = extract((PAGES / f"{name}.html").read_bytes(), golden.url)
    assert found.text == (PAGES / f"{name}.txt").read_text(encoding="utf-8").strip()
    assert (
        Golden(
            url=golden.url,
            title=found.title,
            authors=found.authors,
            published=found.published,
            basis=found.published_basis,
            language=found.language,
            section=found.section,
            canonical=found.canonical_url,
            amp=found.amp_url,
            paywalled=found.paywalled,
        )
        == golden
    )


@pytest.mark.parametrize("junk", [b"", b"\0\0\0", b"%PDF-1.7 \xff\xfe", b"just words", b"<html></html>", b"<p", b"{}"])
def test_what_is_no_article_has_little_or_no_text(junk: bytes) -> None:
    assert len(extract(junk, URL).text) <= len(junk)


def test_the_charset_that_the_transport_declares_is_used() -> None:
    russian = "Порт закрыт из-за тумана, сообщила администрация залива в среду. " * 6
    source = page(text=f"<p>{russian}</p>").encode("koi8-r")
    assert extract(source, URL, "koi8-r").text == russian.strip()


def test_utf_8_is_believed_over_a_wrong_declaration() -> None:
    russian = "Порт закрыт из-за тумана, сообщила администрация залива в среду. " * 6
    source = page('<meta charset="windows-1251">', text=f"<p>{russian}</p>").encode()
    assert extract(source, URL).text == russian.strip()


@pytest.mark.parametrize(
    ("head", "moment", "basis"),
    [
        (json_ld(datePublished="2026-02-03T10:00:00+07:00"), datetime(2026, 2, 3, 3, tzinfo=UTC), "json-ld"),
        ('<meta property="article:published_time" content="2026-02-03T10:00:00Z">',
         datetime(2026, 2, 3, 10, tzinfo=UTC), "meta"),
        (json_ld(datePublished="2026-02-03") + '<meta name="pubdate" content="2026-02-03T10:00:00+0800">',
         datetime(2026, 2, 3, 2, tzinfo=UTC), "meta"),
        (json_ld(datePublished="2026-02-03T10:00:00"), datetime(2026, 2, 3, 10, tzinfo=UTC), "page"),
        (json_ld(datePublished="soon"), None, None),
        (json_ld(datePublished=["2026-02-03T10:00:00Z"]), datetime(2026, 2, 3, 10, tzinfo=UTC), "json-ld"),
        ("", None, None),
    ],
)  # fmt: skip
def test_a_date_is_exact_only_with_its_zone(head: str, moment: datetime | None, basis: str | None) -> None:
    found = extract(page(head), URL)
    assert (found.published, found.published_basis) == (moment, basis)


def test_a_visible_time_element_is_the_last_resort_for_the_date() -> None:
    found = extract(page(body='<time class="published" datetime="2026-02-03T10:00:00Z">today</time>'), URL)
    assert (found.published, found.published_basis) == (datetime(2026, 2, 3, 10, tzinfo=UTC), "page")


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("https://www.news.example.com/world/item-5?utm_source=x", "https://www.news.example.com/world/item-5"),
        ("/world/item-5", URL),
        ("https://news.example.com/", None),
        ("https://aggregator.example/world/item-5", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_a_canonical_link_is_believed_only_on_the_same_site(link: str, canonical: str | None) -> None:
    assert extract(page(f'<link rel="canonical" href="{link}">'), URL).canonical_url == canonical


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Fog shuts port | The News</title>", "<h1>Fog shuts port</h1>", "Fog shuts port"),
        ('<title>Fog shuts port - News</title><meta property="og:site_name" content="News">', "", "Fog shuts port"),
        ('<meta property="og:title" content="Fog shuts the port for a…">', "<h1>Fog shuts the port for a week</h1>",
         "Fog shuts the port for a week"),
        (json_ld(headline="Fog &#8216;shuts&#8217; <b>port</b>"), "", "Fog ‘shuts’ port"),
        ("<title>ASEAN - Russia talks</title>", "", "ASEAN - Russia talks"),
    ],
)  # fmt: skip
def test_the_title_is_the_article_s_own(head: str, body: str, title: str) -> None:
    assert extract(page(head, body), URL).title == title


@pytest.mark.parametrize(
    ("value", "authors"),
    [
        ({"@type": "Person", "name": "Ana Cruz"}, ("Ana Cruz",)),
        (["Ana Cruz", {"name": "By Bo Lim"}], ("Ana Cruz", "Bo Lim")),
        ("Ana Cruz, Bo Lim and Cy Tan", ("Ana Cruz", "Bo Lim", "Cy Tan")),
        ("admin", ()),
        ("https://news.example.com/author/ana", ()),
        ({"@type": "Person"}, ()),
    ],
)
def test_authors_are_names(value: Any, authors: tuple[str, ...]) -> None:
    assert extract(page(json_ld(author=value)), URL).authors == authors


@pytest.mark.parametrize(
    ("head", "paywalled"),
    [
        (json_ld(isAccessibleForFree=False), True),
        (json_ld(isAccessibleForFree="http://schema.org/False"), True),
        (json_ld(isAccessibleForFree=True), False),
        (json_ld(hasPart={"@type": "WebPageElement", "isAccessibleForFree": False}), True),
        (json_ld(hasPart=[{"@type": "WebPageElement", "cssSelector": ".x"}]), False),
        (json_ld(isAccessibleForFree=True, hasPart={"isAccessibleForFree": False}), False),
        (json_ld(), False),
        ('<meta property="article:content_tier" content="locked">', True),
    ],
)
def test_a_paywall_is_seen_where_the_page_says_so(head: str, paywalled: bool) -> None:  # noqa: FBT001  # a table
    assert extract(page(head), URL).paywalled is paywalled


@pytest.mark.parametrize(
    ("head", "image"),
    [
        (json_ld(image="/i/1.jpg"), "https://news.example.com/i/1.jpg"),
        (json_ld(image=[{"@type": "ImageObject", "url": "https://cdn.example/1.jpg"}, "/2.jpg"]),
         "https://cdn.example/1.jpg"),
        (json_ld(image={"@id": "https://cdn.example/3.jpg"}), "https://cdn.example/3.jpg"),
        (json_ld(image="data:image/png;base64,x") + '<meta property="og:image" content="//cdn.example/4.jpg">',
         "https://cdn.example/4.jpg"),
        ('<meta name="twitter:image" content="https://cdn.example/5.jpg?w=1200&amp;h=630">',
         "https://cdn.example/5.jpg?w=1200&h=630"),
        ('<link rel="image_src" href="/6.jpg">', "https://news.example.com/6.jpg"),
        ('<meta property="og:image" content="javascript:alert(1)">', None),
        (json_ld(image={}) + json_ld(image=[None, 7]), None),
        ("", None),
    ],
)  # fmt: skip
def test_the_picture_is_an_address_on_the_web(head: str, image: str | None) -> None:
    assert extract(page(head), URL).image == image


def test_a_picture_that_json_ld_only_refers_to_is_looked_up() -> None:
    graph = {
        "@graph": [
            {"@type": "NewsArticle", "headline": "Fog", "image": {"@id": "#picture"}},
            {"@type": "ImageObject", "@id": "#picture", "url": "https://cdn.example/7.jpg"},
        ]
    }
    script = f'<script type="application/ld+json">{json.dumps(graph)}</script>'
    assert extract(page(script), URL).image == "https://cdn.example/7.jpg"


def test_the_article_of_the_page_is_told_from_those_it_lists() -> None:
    other = json_ld(headline="Another", url="https://news.example.com/world/item-6", articleBody="Wrong. " * 300)
    own = json_ld(headline="Ours", mainEntityOfPage={"@id": URL})
    found = extract(page(other + own + other), URL)
    assert found.title == "Ours"
    assert "Wrong" not in found.text


@pytest.mark.parametrize(
    ("body", "used"),
    [
        ("\n\n".join(sentence * 6 for sentence in PROSE), True),
        (" ".join(sentence * 6 for sentence in PROSE), False),
        ("\n\n".join(sentence * 6 for sentence in PROSE) + "…", False),
        ("\n".join(PROSE), False),
        ("\n\n".join((sentence.strip() * 6) for sentence in PROSE), False),
    ],
    ids=["whole", "without paragraphs", "cut", "short", "glued"],
)
def test_the_body_in_json_ld_is_used_where_it_is_whole(body: str, used: bool) -> None:  # noqa: FBT001  # a table
    found = extract(page(json_ld(articleBody=body), text="<p>" + "Only on the page. " * 30 + "</p>"), URL)
    assert ("Only on the page" in found.text) is not used


FIELDS = ("author", "image", "articleSection", "headline", "articleBody", "datePublished", "inLanguage", "url", "@id",
          "@graph", "mainEntity", "mainEntityOfPage", "hasPart", "isAccessibleForFree")  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("name", "url", *FIELDS)), inner),
    max_leaves=12,
)


@settings(deadline=None)  # a busy machine is no failure
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_whatever_json_ld_says_the_article_is_found(fields: dict[str, Any]) -> None:
    found = extract(page(json_ld(**{**fields, "articleBody": "x"})), URL)
    assert found.text.startswith(PROSE[0].strip())
    assert all(isinstance(author, str) for author in found.authors)
    for address in (found.image, found.canonical_url):
        assert address is None or address.startswith(("http://", "https://"))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("opening", ["[", '{"name":', '{"url":', '{"@graph":', '{"mainEntity":'])
def test_json_ld_of_any_depth_does_no_harm(field: str, opening: str) -> None:
    for depth in (30, 400, 900):
        value = opening * depth + "1" + {"[": "]", "{": "}"}[opening[0]] * depth
        node = f'{{"@type": "Article", "headline": "Fine", "{field}": {value}}}'
        script = f'<script type="application/ld+json">{node}</script>'
        assert extract(page(script), URL).text.startswith(PROSE[0].strip())


def test_broken_json_ld_is_passed_over() -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", </script>' + json_ld(headline="Fine")
    deep = '<script type="application/ld+json">' + "[" * 100_000 + "</script>"
    assert extract(page(deep + head), URL).title == "Fine"


def test_a_list_that_the_fast_way_takes_for_the_article_sends_the_page_the_thorough_way() -> None:
    sailings = "".join(f"<p>Ferry {hour} sails at {hour}:15</p>" for hour in range(6, 24))
    page = (
        f"<html><body><article>{sailings}</article><div class='hp-block'>{'<br/>'.join(PROSE * 2)}</div></body></html>"
    )
    assert PROSE[0].strip() in extract(page, URL).text


def test_a_class_that_names_what_a_page_contains_takes_nothing_away() -> None:
    prose = "".join(f"<p>{sentence * 2}</p>" for sentence in PROSE)
    source = f'<html><body><div class="post comments related">{prose}</div></body></html>'
    assert PROSE[0].strip() in extract(source, URL).text


def test_a_text_is_never_longer_than_a_message_may_be() -> None:
    source = page(text="".join(f"<p>{number} {PROSE[0] * 20}</p>" for number in range(400)))
    assert len(extract(source, URL).text) <= LONGEST_TEXT


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("plain &amp; simple", "plain & simple"),
        ("<p>One.</p><p>Two <b>bold</b>.</p>", "One.\nTwo bold."),
        ("One.<br/>Two.<br><br>Three.", "One.\nTwo.\nThree."),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<p>Kept.</p><script>x()</script><figure><img><figcaption>Photo</figcaption></figure> tail", "Kept.\ntail"),
        ("<p>News.</p><p>The post <a>News</a> appeared first on <a>Site</a>.</p>", "News."),
        ("<p>Berita.</p><p>Baca juga: Lain</p>", "Berita."),
        ("<p>Новость.</p><p>Читайте также</p>", "Новость."),
        ("A long lead that ends [&hellip;]", "A long lead that ends"),
        ("a\u200bb\u00adc", "abc"),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("", ""),
        ("<p>", ""),
    ],
)
def test_a_fragment_becomes_plain_text(fragment: str, text: str) -> None:
    assert plain_text(fragment) == text


def test_prose_that_begins_like_a_teaser_stays() -> None:
    assert (
        plain_text("<p>Related industries grew by a third last year.</p>")
        == "Related industries grew by a third last year."
    )


TAGS = ("html", "body", "div", "p", "table", "td", "h1", "script", "title", "article", "a", "ul", "li", "form", "b")


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.lists(st.sampled_from(TAGS) | st.text(max_size=30) | st.sampled_from([f"/{tag}" for tag in TAGS])), st.binary()
)
def test_any_soup_of_tags_and_any_bytes_are_read(soup: list[str], junk: bytes) -> None:
    source = "".join(f"<{part}>" if part.lstrip("/") in TAGS else part for part in soup)
    for body in (source, source.encode("utf-8", "replace") + junk, junk):
        found = extract(body, URL)
        assert "\0" not in found.text + found.title
