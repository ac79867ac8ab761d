"""The readers of news sitemaps, <urlset> with <news:news>, and of indexes of sitemaps."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from lxml import etree

from ingest.limits import LONGEST_NAME, MARKS, MOST_NODES, MOST_REFERENCES, Moments
from ingest.parsed import NoNews, ParsedEntry, ParsedFeed, ParseError, SitemapLink
from ingest.sift import absolute, bounded, language_tag, plain

FORMAT = "news-sitemap"
INDEX_FORMAT = "sitemap-index"

MOST_SITEMAPS = 50_000
"""Sitemaps in one index, by the protocol at sitemaps.org."""

MOST_TAGS = 1_000_000
"""Tags of a sitemap: its 50,000 pages, by the same protocol, with ten elements each."""

MOST_PARTS = 20_000
"""Elements of one page of a sitemap, or between two: a page with 1000 images, as Google allows, has 5000."""

BOUNDS = {b"<": MOST_TAGS, b"=": MOST_NODES, b"&": MOST_REFERENCES}


def parse_sitemap(text: bytes, url: str) -> ParsedFeed:
    """Return the news of a sitemap, given from its root element on. Raises NoNews for a sitemap of other pages."""
    titles: list[str] = []
    pages = 0
    moments = Moments()
    reading = _Reading(text, "url")

    def news() -> Iterator[ParsedEntry]:
        nonlocal pages
        for page in reading:
            pages += page.find("{*}loc") is not None
            if page.find("{*}news") is not None:
                titles.append(_text(page, "{*}news/{*}publication/{*}name"))
                yield _entry(page, moments)

    entries = bounded(news())
    if pages and not titles:
        raise NoNews(f"a sitemap of {pages} pages without news elements; give the address of a news sitemap")
    languages = {language_tag(entry.language) for entry in entries}
    return ParsedFeed(
        format=FORMAT,
        title=next(filter(None, titles), ""),
        language=languages.pop() if len(languages) == 1 else None,
        entries=entries,
        problems=reading.problems(),
        base=url,
    )


def parse_pages(text: bytes, url: str) -> Iterator[ParsedEntry]:
    """Yield every page of a sitemap, news or not, with the time it is of. Raises ParseError."""
    moments = Moments()
    for page in _Reading(text, "url"):
        entry = _entry(page, moments)
        address = absolute(entry.url, url)
        if address:
            yield replace(
                entry, url=address, guid=address, title=plain(entry.title), language=language_tag(entry.language)
            )


def parse_sitemap_index(text: bytes, url: str) -> ParsedFeed:
    """Return an index of sitemaps, given from its root element on. Raises ParseError when it leads nowhere."""
    found: dict[str, SitemapLink] = {}
    moments = Moments()
    reading = _Reading(text, "sitemap")
    for element in islice(reading, MOST_SITEMAPS):
        address = absolute(_text(element, "{*}loc"), url)
        if address:
            found.setdefault(address, SitemapLink(address, moments.read(_text(element, "{*}lastmod"))))
    if not found:
        raise ParseError("an index of sitemaps that names none; give the address of a news sitemap")
    return ParsedFeed(format=INDEX_FORMAT, problems=reading.problems(), sitemaps=tuple(found.values()))


class _Reading:
    """Iterates over the elements of one name in XML, each forgotten when the next is asked for."""

    def __init__(self, text: bytes, name: str) -> None:
        for mark, most in BOUNDS.items():
            if text.count(mark) > most:
                raise ParseError(f"a sitemap with more than {most} {MARKS[mark]}; give the address of a news sitemap")
        self._name = name
        self._events = etree.iterparse(
            io.BytesIO(text),
            events=("start-ns", "end"),
            recover=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )

    def __iter__(self) -> Iterator[etree._Element]:
        parts = 0
        try:
            for event, element in self._events:
                if event == "start-ns":
                    _need_short(element[1])
                    continue
                parts += 1
                if parts > MOST_PARTS:
                    raise ParseError(f"a sitemap with {parts} elements in one place; no page needs so many")
                if element.tag.rpartition("}")[2] == self._name:
                    yield element
                    element.clear()
                    parent = element.getparent()
                    while parent is not None and element.getprevious() is not None:
                        del parent[0]
                    parts = 0
        except etree.XMLSyntaxError as error:
            raise ParseError(f"a sitemap that cannot be read: {error.msg}") from error

    def problems(self) -> tuple[str, ...]:
        """Return, in words, what was wrong with the XML."""
        log = self._events.error_log
        return (f"not well-formed XML: {log[0].message} (line {log[0].line})",) if log else ()


def _need_short(namespace: str) -> None:
    """Raise ParseError for a namespace without end: each element's name would be a copy of it."""
    if len(namespace) > LONGEST_NAME:
        raise ParseError(f"a sitemap with a namespace of {len(namespace)} characters; no sitemap needs such a one")


def _entry(page: etree._Element, moments: Moments) -> ParsedEntry:
    location = _text(page, "{*}loc")
    return ParsedEntry(
        url=location,
        guid=location,
        title=_text(page, "{*}news/{*}title"),
        published=moments.read(_text(page, "{*}news/{*}publication_date") or _text(page, "{*}lastmod")),
        language=_text(page, "{*}news/{*}publication/{*}language") or None,
    )


def _text(element: etree._Element, path: str) -> str:
    found = element.find(path)
    return "" if found is None else "".join(map(str, found.itertext())).strip()
