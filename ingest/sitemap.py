"""The readers of news sitemaps, <urlset> with <news:news>, and of indexes of sitemaps."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.dates import parse_moment
from ingest.parsed import NoNews, ParsedEntry, ParsedFeed, ParseError, SitemapLink
from ingest.sift import absolute, sift

FORMAT = "news-sitemap"
INDEX_FORMAT = "sitemap-index"

MOST_SITEMAPS = 50_000
"""Sitemaps in one index, by the protocol at sitemaps.org."""


def parse_sitemap(text: str, url: str) -> ParsedFeed:
    """Return the news of a sitemap, given from its root element on. Raises NoNews for a sitemap of other pages."""
    root, problems = _read(text)
    pages = [element for element in root.iter("{*}url") if element.find("{*}loc") is not None]
    news = [page for page in pages if page.find("{*}news") is not None]
    if pages and not news:
        raise NoNews(f"a sitemap of {len(pages)} pages without news elements; give the address of a news sitemap")
    entries, more = sift((entry for page in news for entry in _entry(page)), url)
    languages = {entry.language for entry in entries}
    return ParsedFeed(
        format=FORMAT,
        title=_text(root, ".//{*}publication/{*}name"),
        language=languages.pop() if len(languages) == 1 else None,
        entries=entries,
        problems=(*problems, *more),
    )


def parse_sitemap_index(text: str, url: str) -> ParsedFeed:
    """Return an index of sitemaps, given from its root element on. Raises ParseError when it leads nowhere."""
    root, problems = _read(text)
    found: dict[str, SitemapLink] = {}
    for element in root.iter("{*}sitemap"):
        address = absolute(_text(element, "{*}loc"), url)
        if address and len(found) < MOST_SITEMAPS:
            found.setdefault(address, SitemapLink(address, parse_moment(_text(element, "{*}lastmod"))))
    if not found:
        raise ParseError("an index of sitemaps that names none; give the address of a news sitemap")
    return ParsedFeed(format=INDEX_FORMAT, problems=problems, sitemaps=tuple(found.values()))


def _read(text: str) -> tuple[etree._Element, tuple[str, ...]]:
    """Return the root element and, in words, what was wrong with the XML."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is None:
        raise ParseError("a sitemap that cannot be read: its XML is broken from the start")
    if not parser.error_log:
        return root, ()
    first = parser.error_log[0]
    return root, (f"not well-formed XML: {first.message} (line {first.line})",)


def _entry(page: etree._Element) -> Iterator[ParsedEntry]:
    location = _text(page, "{*}loc")
    yield ParsedEntry(
        url=location,
        guid=location,
        title=_text(page, "{*}news/{*}title"),
        published=parse_moment(_text(page, "{*}news/{*}publication_date") or _text(page, "{*}lastmod")),
        language=_text(page, "{*}news/{*}publication/{*}language") or None,
    )


def _text(element: etree._Element, path: str) -> str:
    found = element.find(path)
    return "" if found is None else "".join(map(str, found.itertext())).strip()
