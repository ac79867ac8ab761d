"""What a feed says, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.advertised import NOTHING, Advertised
from pipeline.errors import WirewatchError


class ParseError(WirewatchError):
    """The bytes are no feed; the message says what they are instead, and what to do."""


class NoNews(ParseError):
    """A sitemap of pages that are not marked as news."""


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """One item: an absolute URL, a title in plain text, summary and content as HTML, its time in UTC."""

    url: str
    guid: str | None = None
    title: str = ""
    summary: str = ""
    content: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SitemapLink:
    """A sitemap that an index names, and when the index says that it changed."""

    url: str
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed: `format` as in rss20, atom10, json-feed, news-sitemap or sitemap-index; `ttl` in seconds.

    `problems` are in words; `sitemaps` are what an index leads to, and it alone has them. As the readers return it, and
    until `sift` has chosen, its entries are all that it states, their links as written, to be seen from `base`.
    """

    format: str
    title: str = ""
    language: str | None = None
    ttl: float | None = None
    advertised: Advertised = NOTHING
    entries: tuple[ParsedEntry, ...] = ()
    problems: tuple[str, ...] = ()
    sitemaps: tuple[SitemapLink, ...] = ()
    base: str = ""
