"""The reader of JSON Feed, versions 1 and 1.1."""

from __future__ import annotations

import html
import json
import sys
from typing import Any

from ingest.limits import LARGEST_JSON, LONGEST_TEXT, MOST_JSON, Moments
from ingest.parsed import ParsedEntry, ParsedFeed, ParseError
from ingest.sift import bounded, language_tag, plain

FORMAT = "json-feed"


def parse_json_feed(data: bytes, url: str) -> ParsedFeed:
    """Return the feed that JSON text holds. Raises ParseError for JSON that is broken or no feed."""
    if sum(map(data.count, (b"{", b"[", b","))) > MOST_JSON:
        raise ParseError(f"JSON with more than {MOST_JSON} values; no feed needs so many")
    text = data.decode()
    if sys.getsizeof(text) > LARGEST_JSON:
        raise ParseError(f"JSON of {len(text)} characters; no feed needs so many")
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"JSON that cannot be read: {error}") from error
    del text
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise ParseError("JSON without a list of items: not a JSON Feed")
    readable = [item for item in items if isinstance(item, dict)]
    authors, moments = _authors(feed), Moments()
    others = len(items) - len(readable)
    return ParsedFeed(
        format=FORMAT,
        title=plain(_text(feed, "title")),
        language=language_tag(feed.get("language")),
        entries=bounded(_entry(item, authors, moments) for item in readable),
        problems=(f"{others} items are no objects",) if others else (),
        base=url,
    )


def _entry(item: dict[str, Any], authors: tuple[str, ...], moments: Moments) -> ParsedEntry:
    return ParsedEntry(
        url=_text(item, "url") or _text(item, "external_url") or _address(_text(item, "id")),
        guid=_text(item, "id") or None,
        title=html.escape(_text(item, "title")),
        summary=html.escape(_text(item, "summary")),
        content=_text(item, "content_html") or html.escape(_text(item, "content_text")),
        authors=_authors(item) or authors,
        published=moments.read(_text(item, "date_published") or _text(item, "date_modified")),
        language=_text(item, "language") or None,
    )


def _authors(item: dict[str, Any]) -> tuple[str, ...]:
    listed = item.get("authors")
    people = listed if isinstance(listed, list) else [item.get("author")]
    return tuple(filter(None, (_text(person, "name") for person in people if isinstance(person, dict))))


def _address(identity: str) -> str:
    return identity if identity.startswith(("http://", "https://")) else ""


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return str(value)[:LONGEST_TEXT].strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
