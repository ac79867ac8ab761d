"""What came instead of a feed, in words that lead to the feed."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from ingest.sift import absolute, plain

FEED_LINK = re.compile(
    r"<link\b[^<>]*\btype\s*=\s*[\"']?application/(?:rss|atom|feed)\+(?:xml|json)[^<>]*>", re.IGNORECASE
)
HREF = re.compile(r"\bhref\s*=\s*[\"']?([^\"'<>\s]+)", re.IGNORECASE)
TITLE = re.compile(r"<title[^<>]*>([^<]{1,200})", re.IGNORECASE)
LOOK = 65536
"""Characters in which the head of a page is looked for."""

NAMED = 3
SHOWN = 60

BEGINNINGS = (
    ("%PDF", "a PDF document"),
    ("\x89PNG", "an image"),
    ("ÿØÿ", "an image"),
    ("GIF8", "an image"),
    ("PK", "a ZIP file"),
)
ROOTS = {
    "opml": "an OPML catalogue, not a feed; give it as the catalogue",
    "error": "an error message in XML, not a feed",
    "svg": "an image, not a feed",
}


def describe(text: str, root: str, url: str) -> str:
    """Return what the text is, given the name of its root element in lower case, or an empty one."""
    if root in ROOTS:
        return ROOTS[root]
    head = text[:LOOK]
    if root in {"html", "head", "body"} or re.match(r"\s*<!doctype\s+html", head, re.IGNORECASE):
        return _page(head, url)
    for beginning, what in BEGINNINGS:
        if text.startswith(beginning):
            return f"{what}, not a feed"
    return (
        f"XML that is no feed: its root is <{root[:SHOWN]}>" if root else f"not a feed: it begins with {text[:SHOWN]!r}"
    )


def _page(head: str, url: str) -> str:
    title = TITLE.search(head)
    named = f" titled {plain(title[1])[:SHOWN]!r}" if title else ""
    links = [HREF.search(link[0]) for link in FEED_LINK.finditer(head)]
    feeds = [absolute(html.unescape(link[1]), url) for link in links if link]
    others = [feed for feed in dict.fromkeys(feeds) if feed and urlsplit(feed) != urlsplit(url)][:NAMED]
    return f"an HTML page{named}, not a feed" + (f"; it names these feeds: {', '.join(others)}" if others else "")
