"""The sitemaps that an index leads to: which of them a poll follows, and what they bring together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ingest.parsed import ParsedEntry, ParsedFeed, SitemapLink
from ingest.sitemap import INDEX_FORMAT
from ingest.urls import same_site

FOLLOWED = 3
"""Sitemaps of an index that one poll asks: an outlet's archive may have hundreds."""

SPACING = 1.0
"""Seconds between two requests of one poll."""

TIME = 60.0
"""Seconds that all sitemaps of a poll may take together, well within the lease of the feed."""

NEWS = re.compile(r"news", re.IGNORECASE)
ASIDE = re.compile(
    r"video|image|photo|galler|audio|podcast|tag|topic|categor|section|author|page|static|product", re.IGNORECASE
)
DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-_/.]?(0[1-9]|1[0-2])(?:[-_/.]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)")
NUMBER = re.compile(r"\d{1,9}")


def choose(links: Iterable[SitemapLink], index: str) -> tuple[str, ...]:
    """Return the addresses to follow: of the index's own site, those named for news or else all, the newest first."""
    near = [link for link in links if same_site(link.url, index)]
    named = [link for link in near if NEWS.search(_name(link.url))]
    return tuple(link.url for link in sorted(named or near, key=_rank, reverse=True)[:FOLLOWED])


def _rank(link: SitemapLink) -> tuple[bool, datetime, datetime, int]:
    """Return what is larger the likelier a sitemap holds today's news."""
    name = _name(link.url)
    dated = _date(name)
    numbers = NUMBER.findall(name)
    # A name without a date is that of the current one among archives named by the month.
    return not ASIDE.search(name), link.modified or dated, dated, int(numbers[-1]) if numbers else 0


def _date(name: str) -> datetime:
    """Return the last date in a name, the end of its month or year where it says no more."""
    dates = DATE.findall(name)
    if not dates:
        return datetime.max.replace(tzinfo=UTC)
    year, month, day = dates[-1]
    return datetime(int(year), int(month or 12), min(int(day or 28), 28), tzinfo=UTC)


def _name(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def together(feeds: Sequence[ParsedFeed], problems: Iterable[str]) -> ParsedFeed:
    """Return the sitemaps of one index as one feed; an entry in two of them is taken once."""
    entries: dict[str, ParsedEntry] = {}
    for feed in feeds:
        for entry in feed.entries:
            entries.setdefault(entry.url, entry)
    languages = {feed.language for feed in feeds}
    return ParsedFeed(
        format=INDEX_FORMAT,
        title=next((feed.title for feed in feeds if feed.title), ""),
        language=languages.pop() if len(languages) == 1 else None,
        entries=tuple(entries.values()),
        problems=(*problems, *(problem for feed in feeds for problem in feed.problems)),
    )
