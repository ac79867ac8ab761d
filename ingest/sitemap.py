"""The reader of news sitemaps: <urlset> with <news:news>."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.dates import parse_moment
from ingest.parsed import ParsedEntry, ParsedFeed, ParseError
from ingest.sift import sift

FORMAT = "news-sitemap"


def parse_sitemap(text: str, url: str) -> ParsedFeed:
    """Return the news of a sitemap, given from its root element on. Raises ParseError for a sitemap of other pages."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is None:
        raise ParseError("a sitemap that cannot be read: its XML is broken from the start")
    pages = [element for element in root.iter("{*}url") if element.find("{*}loc") is not None]
    news = [page for page in pages if page.find("{*}news") is not None]
    if pages and not news:
        raise ParseError(f"a sitemap of {len(pages)} pages without news elements; give the address of a news sitemap")
    entries, problems = sift((entry for page in news for entry in _entry(page)), url)
    if parser.error_log:
        first = parser.error_log[0]
        problems = (f"not well-formed XML: {first.message} (line {first.line})", *problems)
    languages = {entry.language for entry in entries}
    return ParsedFeed(
        format=FORMAT,
        title=_text(root, ".//{*}publication/{*}name"),
        language=languages.pop() if len(languages) == 1 else None,
        entries=entries,
        problems=problems,
    )


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
