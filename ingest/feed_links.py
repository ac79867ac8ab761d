"""Where the feeds of a site may be: the links of a page, and the usual places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HTMLParser

from ingest.sift import absolute
from ingest.urls import same_site

FEED_TYPES = re.compile(r"^(?:application|text)/(?:(?:rss|atom|rdf)\+xml|feed\+json)\b", re.IGNORECASE)
"""Media types under which a page names its feeds; a bare application/json is WordPress's interface, no feed."""

FEED_PATH = re.compile(
    r"(?:^|[/._=-])(?:rss\d?|rdf|atom|feeds?)(?:[/._=&-]|$)|(?:^|/)feed\.json$|\.(?:rss|rdf|atom)$", re.IGNORECASE
)
ASIDE = re.compile(r"comment|podcast|\boembed\b", re.IGNORECASE)
"""What feeds that are no news have in their addresses."""

HOSTED = ("feeds.feedburner.com", "feeds2.feedburner.com")
"""Hosts that carry other sites' feeds."""

USUAL_FEEDS = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")
USUAL_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap.xml")


def linked_feeds(page: bytes, url: str) -> Iterator[tuple[str, str]]:
    """Yield the feeds that a page names (`link`), then those it links to (`page`): the way found, and the address."""
    root = etree.fromstring(page, HTMLParser(remove_comments=True)) if page.strip() else None
    if root is None:
        return
    base = urljoin(url, next((str(found.get("href")) for found in root.iter("base") if found.get("href")), ""))
    for link in root.iter("link"):
        types = FEED_TYPES.match((link.get("type") or "").strip())
        if types and "alternate" in (link.get("rel") or "").lower().split():
            yield from _usable("link", link.get("href"), base)
    for anchor in root.iter("a"):
        for way, address in _usable("page", anchor.get("href"), base):
            parts = urlsplit(address)
            host = parts.netloc.lower()
            promising = host.startswith("rss.") or FEED_PATH.search(f"{parts.path}?{parts.query}")
            if host in HOSTED or (promising and same_site(address, url)):
                yield way, address


def _usable(way: str, href: str | None, base: str) -> Iterator[tuple[str, str]]:
    address = absolute(href.partition("#")[0], base) if href and href.strip() else None
    if address and not ASIDE.search(address):
        yield way, address


def usual_places(url: str, *, sitemaps: bool) -> Iterator[tuple[str, str]]:
    """Yield the addresses where sites keep feeds, or sitemaps of news, without naming them."""
    for path in USUAL_SITEMAPS if sitemaps else USUAL_FEEDS:
        yield "usual", urljoin(url, path)
