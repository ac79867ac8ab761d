"""Bytes to a feed, whatever the format. The only module that imports feedparser."""

from __future__ import annotations

import html
import io
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import feedparser  # type: ignore[import-untyped]

from ingest.advertised import read_advertised
from ingest.charset import possible, recode
from ingest.entities import expanded
from ingest.json_feed import parse_json_feed
from ingest.limits import (
    LONGEST_TEXT,
    READ_AS_TREE,
    READ_BY_FEEDPARSER,
    Moments,
    check,
    closed,
    short_namespaces,
    shortened,
    tamed,
)
from ingest.not_a_feed import describe
from ingest.parsed import ParsedEntry, ParsedFeed, ParseError
from ingest.sift import absolute, bounded, language_tag, plain, sift, ttl_seconds
from ingest.sitemap import parse_sitemap, parse_sitemap_index
from ingest.strict import parse_strict

PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*+", re.DOTALL | re.IGNORECASE)
PREFIX = rb"(?:[\w.\x80-\xff-]+:)?"
ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
FEED_ROOT = re.compile(rb"<" + PREFIX + rb"(rss|rdf|feed|urlset|sitemapindex)[\s>]", re.IGNORECASE)
CLOSED = re.compile(rb"</" + PREFIX + rb"(?:rss|rdf|feed|urlset|sitemapindex)\s*>", re.IGNORECASE)
FEEDS = {"rss", "rdf", "feed", "urlset", "sitemapindex", "channel"}
ENTRY_END = re.compile(rb"</" + PREFIX + rb"(?:item|entry|url|sitemap)\s*>", re.IGNORECASE)
GZIP = b"\x1f\x8b"
NETSCAPE = b"netscape.com/"
"""In the DOCTYPE of Netscape's RSS 0.91, which differs from Userland's."""

LARGEST = 10 * 1024 * 1024
"""Bytes of an unpacked feed, at most."""

LOOK = 65536
"""Bytes in which the feed may begin."""

TAIL = 4096
"""Bytes in which the feed must end."""

CHANNEL = re.compile(r"<channel[\s>]", re.IGNORECASE)
"""The root of CDF, which feedparser does not count as a version while it has no entries."""

OPEN_LINK = re.compile(
    r"<((?:[\w.-]+:)?link\b[^<>]*)(?:(?<!/)>|(?=<))([^<]*)(?=<(?!/(?:[\w.-]+:)?link\b|!\[CDATA\[))", re.IGNORECASE
)
"""The start tag and the text of a link that another tag follows before its end."""

SHOWN = 100


def parse_feed(body: bytes, url: str, *, charset: str | None = None, language: str | None = None) -> ParsedFeed:
    """Return the feed in the bytes: RSS, Atom, JSON Feed, a news sitemap or a sitemap index, well-formed or nearly.

    `url` is where the bytes came from, the base of relative links; `charset` and `language` are what the transport
    declared. Raises ParseError, and nothing else, when the bytes are no feed.
    """
    try:
        return sift(read_feed(body, url, charset=charset, language=language))
    except ParseError:
        raise
    except Exception as error:
        # The libraries raise what they please on bytes nobody foresaw; to a poller all of it means one thing.
        raise ParseError(f"a feed that cannot be read: {type(error).__name__}: {str(error)[:SHOWN]}") from error


def read_feed(body: bytes, url: str, *, charset: str | None = None, language: str | None = None) -> ParsedFeed:
    """Return all that the feed in the bytes states, before `sift` chooses what can be published.

    Arguments are those of `parse_feed`. Raises ParseError, and whatever the libraries do.
    """
    feed = _parse(unpacked(body), url, charset)
    return feed if feed.language else replace(feed, language=language_tag(language))


def unpacked(body: bytes) -> bytes:
    """Return the bytes of a .gz file, which some sitemaps are, or the bytes as they are."""
    if not body.startswith(GZIP):
        return body
    try:
        return zlib.decompressobj(31).decompress(body, LARGEST)
    except zlib.error as error:
        raise ParseError(f"a packed file that cannot be unpacked: {error}") from error


def _parse(body: bytes, url: str, charset: str | None) -> ParsedFeed:
    # One name for the text on its way, and UTF-8 all the way: of a large feed no second copy is kept, and none that
    # takes four bytes a character.
    text, problems = recode(body, charset)
    del body
    text = text.strip()
    if not text:
        raise ParseError("an empty answer, not a feed")
    if text.startswith((b"{", b"[")):
        feed = parse_json_feed(text, url)
        return replace(feed, problems=(*problems, *feed.problems))
    start, root, before = _root(text, url)
    # What stands before the root is cut off, and with it what a DOCTYPE declares: its entities may be bombs.
    prolog, text = text[:start], text[start:]
    text, entities = expanded(text, prolog)
    text = possible(text)
    text, cut = _complete(text)
    feed = READERS.get(root, _parse_xml)(text, url)
    if feed.format == "rss091u" and NETSCAPE in prolog.lower():
        feed = replace(feed, format="rss091n")
    problems = (*problems, *before, *entities, *cut, *feed.problems)
    return replace(feed, problems=problems, advertised=read_advertised(text))


def _complete(text: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the text up to its last complete entry where it breaks off, and whether it does, in words.

    A link that was cut is still a link, to another page or none: what is not complete waits for the next poll.
    """
    if CLOSED.search(text, max(0, len(text) - TAIL)) is not None:
        return text, ()
    end = max((end.end() for end in ENTRY_END.finditer(text)), default=0)
    return closed(text[:end]) if end else text, ("it breaks off; only its complete entries are taken",)


def _parse_xml(text: bytes, url: str) -> ParsedFeed:
    text, cut = shortened(text, ENTRY_END, READ_AS_TREE)
    feed = parse_strict(text, url) or parse_with_feedparser(text, url)
    return replace(feed, problems=(*cut, *feed.problems)) if cut else feed


READERS: dict[str, Callable[[bytes, str], ParsedFeed]] = {"urlset": parse_sitemap, "sitemapindex": parse_sitemap_index}


def _root(text: bytes, url: str) -> tuple[int, str, tuple[str, ...]]:
    """Return where the root element of the feed is, its name, and what was wrong before it."""
    prolog = PROLOG.match(text)
    start = prolog.end() if prolog else 0
    root = ROOT.match(text[start : start + LOOK].decode("utf-8", "ignore"))
    name = root[1].lower() if root else ""
    if name in FEEDS:
        return start, name, ()
    found = None if name in {"html", "opml"} else FEED_ROOT.search(text, 0, LOOK)
    if found is None:
        raise ParseError(describe(text[:LOOK].decode("utf-8", "ignore"), name, url))
    before = len(text[: found.start()].decode())
    return found.start(), found[1].decode().lower(), (f"{before} characters stand before the feed",)


def parse_with_feedparser(given: bytes, url: str) -> ParsedFeed:
    """Return the feed, given from its root element on, as feedparser reads it. Raises ParseError when it finds none."""
    given, cut = shortened(given, ENTRY_END, READ_BY_FEEDPARSER)
    text = given.decode()
    del given
    check(text)
    text, tame = tamed(text)
    text = short_namespaces(text)
    result = _by_feedparser(text)
    head: dict[str, Any] = result.feed
    if not result.version and not result.entries and not CHANNEL.match(text):
        raise ParseError(describe(text, "", url))
    home = absolute(_text(head, "link"), url) if result.version.startswith("rss") else None
    # An entry of Atom without an author has those of its feed (RFC 4287, 4.2.1); RSS names its editor there.
    authors = _authors(head) if result.version.startswith("atom") else ()
    moments = Moments()
    problems = (*cut, *tame)
    if result.bozo and result.get("bozo_exception") is not None:
        problems = (*problems, f"not well-formed: {str(result.bozo_exception)[:SHOWN]}")
    return ParsedFeed(
        format=result.version or "unknown",
        title=plain(_html(dict.get(head, "title_detail") or {"value": _text(head, "title")})),
        language=language_tag(_text(head, "language")),
        ttl=ttl_seconds(_text(head, "ttl")),
        entries=bounded(_entry(item, authors, moments) for item in result.entries),
        problems=problems,
        base=home or url,
    )


def _by_feedparser(text: str) -> Any:
    try:
        return _feedparser(text)
    except KeyError:
        # It looks for the address of a link in the entry that began inside the link, and finds none.
        return _feedparser(OPEN_LINK.sub(r"<\1>\2</link>", text))


def _feedparser(text: str) -> Any:
    # A stream, never a string: feedparser opens strings as files or addresses. Links and HTML are dealt with by us.
    stream = io.BytesIO(text.encode("utf-8", "replace"))
    return feedparser.parse(stream, sanitize_html=False, resolve_relative_uris=False)


def _entry(item: dict[str, Any], authors: tuple[str, ...], moments: Moments) -> ParsedEntry:
    guid = _text(item, "id")
    content = max((_html(part) for part in dict.get(item, "content") or ()), key=len, default="")
    summary = _html(dict.get(item, "summary_detail") or {"value": _text(item, "summary")})
    return ParsedEntry(
        url=_text(item, "feedburner_origlink") or _text(item, "link") or (guid if guid.startswith("http") else ""),
        guid=guid or None,
        title=_html(dict.get(item, "title_detail") or {"value": _text(item, "title")}),
        summary="" if summary == content else summary,
        content=content,
        authors=_authors(item) or authors,
        published=next(
            filter(None, (moments.read(_text(item, name)) for name in ("published", "updated", "created"))), None
        ),
        language=_text(item, "language") or None,
    )


def _text(item: dict[str, Any], name: str) -> str:
    # Past feedparser's own look-up, which answers one name with another and warns.
    value = dict.get(item, name)
    return value[:LONGEST_TEXT].strip() if isinstance(value, str) else ""


def _html(part: dict[str, Any]) -> str:
    value = _text(part, "value")
    return html.escape(value, quote=False) if dict.get(part, "type") == "text/plain" else value


def _authors(item: dict[str, Any]) -> tuple[str, ...]:
    named = [plain(_text(person, "name")) for person in dict.get(item, "authors") or () if isinstance(person, dict)]
    author = dict.get(item, "author_detail")
    named = [name for name in named if name] or [plain(_text(author or {}, "name") or _text(item, "author"))]
    return tuple(dict.fromkeys(filter(None, named)))
