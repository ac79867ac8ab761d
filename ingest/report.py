"""A feed and what is wrong with it, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ingest.parse import parse_feed
from ingest.parsed import ParsedEntry
from ingest.urls import canonical_url
from pipeline.messages import url_id


def parse_feed_report(body: bytes, url: str) -> dict[str, Any]:
    """Return a feed with its entries and its problems; `url` is the base of its relative links.

    Times are ISO 8601 in UTC, ttl is in seconds. Raises ParseError when the bytes are no feed.
    """
    feed = parse_feed(body, url)
    return {
        "url": url,
        "format": feed.format,
        "title": feed.title,
        "language": feed.language,
        "ttl": feed.ttl,
        "entries": [_entry(entry) for entry in feed.entries],
        "sitemaps": [{"url": link.url, "modified": _iso(link.modified)} for link in feed.sitemaps],
        "problems": list(feed.problems),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _entry(entry: ParsedEntry) -> dict[str, Any]:
    canonical = canonical_url(entry.url)
    return {
        "id": url_id(canonical) if canonical else None,
        "url": canonical or entry.url,
        "guid": entry.guid,
        "title": entry.title,
        "published": _iso(entry.published),
        "authors": list(entry.authors),
        "language": entry.language,
        "summary": entry.summary,
        "content": entry.content,
    }
