"""The test kit: builders of every message with sensible defaults, and the bus in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pipeline.memory import MemoryBroker
from pipeline.messages import (
    Actor,
    Alert,
    Article,
    Entry,
    Evidence,
    Mention,
    Outlet,
    StoryEvent,
    Surge,
    TaggedArticle,
    Tagging,
    url_id,
)

__all__ = [
    "MemoryBroker",
    "make_alert",
    "make_article",
    "make_entry",
    "make_story_event",
    "make_surge",
    "make_tagged",
    "make_tagging",
]

NOON = datetime(2025, 3, 14, 12, 0, tzinfo=UTC)
"""When the built messages happen."""

URL = "https://www.example.com/news/ministers-meet"
TITLE = "Ministers of ASEAN and Russia meet in Kuala Lumpur"
TEXT = (
    "Ministers of ASEAN and Russia met in Kuala Lumpur on Friday.\n\n"
    "They agreed to buy more rice and to open a shipping line."
)
OUTLET = Outlet(name="Example Times", country="MY", kind="private")


def make_entry(**overrides: Any) -> Entry:
    """Return an entry; the id follows the URL unless it is given too."""
    url = overrides.get("url", URL)
    fields: dict[str, Any] = {
        "id": url_id(url),
        "url": url,
        "domain": "example.com",
        "feed_url": "https://www.example.com/feed.xml",
        "outlet": OUTLET,
        "guid": url,
        "title": TITLE,
        "summary": "<p>Ministers of ASEAN and Russia met in Kuala Lumpur on Friday.</p>",
        "language": "en",
        "published": NOON,
        "discovered": NOON,
    }
    return Entry(**(fields | overrides))


def make_article(**overrides: Any) -> Article:
    """Return an article; id and entry id follow the URL unless they are given too."""
    url = overrides.get("url", URL)
    fields: dict[str, Any] = {
        "id": url_id(url),
        "url": url,
        "entry_id": url_id(url),
        "feed_url": "https://www.example.com/feed.xml",
        "outlet": OUTLET,
        "title": TITLE,
        "text": TEXT,
        "text_source": "page",
        "language": "en",
        "published": NOON,
        "published_basis": "meta",
        "discovered": NOON,
        "fetched": NOON,
    }
    return Article(**(fields | overrides))


def make_tagging(**overrides: Any) -> Tagging:
    """Return what a watchlist found in the default article: two actors, one sentence of evidence."""
    fields: dict[str, Any] = {
        "watchlist": "asean-russia",
        "watchlist_version": "0123456789abcdef",
        "relevance": 0.9,
        "level": "direct",
        "themes": ("diplomacy",),
        "actors": (_actor("asean", "ASEAN", "organisation", "asean"), _actor("russia", "Russia", "country", "russia")),
        "evidence": (
            Evidence(field="title", start=0, end=len(TITLE), text=TITLE, reasons=("both sides in the title",)),
        ),
        "score": {"both sides in the title": 0.9},
    }
    return Tagging(**(fields | overrides))


def make_tagged(**overrides: Any) -> TaggedArticle:
    """Return a tagged article; its id is that of the article."""
    article = overrides.get("article") or make_article()
    fields: dict[str, Any] = {
        "id": article.id,
        "article": article,
        "language": article.language or "und",
        "taggings": (make_tagging(),),
    }
    return TaggedArticle(**(fields | overrides))


def make_story_event(**overrides: Any) -> StoryEvent:
    """Return the event of a story that the article opens."""
    article = overrides.get("article") or make_article()
    tagging = overrides.get("tagging") or make_tagging()
    fields: dict[str, Any] = {
        "id": url_id(f"{article.url}#{tagging.watchlist}"),
        "kind": "opened",
        "story": url_id(f"{article.url}#story"),
        "watchlist": tagging.watchlist,
        "article": article,
        "language": article.language or "und",
        "tagging": tagging,
        "outlets": (article.outlet.name,),
    }
    return StoryEvent(**(fields | overrides))


def make_surge(**overrides: Any) -> Surge:
    """Return a surge of articles on the default watchlist."""
    fields: dict[str, Any] = {
        "id": url_id("asean-russia#surge"),
        "watchlist": "asean-russia",
        "scope": "watchlist",
        "subject": "asean-russia",
        "name": "ASEAN-Russia relations",
        "counted": "articles",
        "hour": NOON,
        "count": 12,
        "expected": 2.0,
        "deviations": 6.7,
        "title": TITLE,
        "url": URL,
    }
    return Surge(**(fields | overrides))


def make_alert(**overrides: Any) -> Alert:
    """Return the alert of the default story to a webhook."""
    fields: dict[str, Any] = {
        "id": url_id(f"{URL}#alert"),
        "channel": "webhook",
        "watchlist": "asean-russia",
        "story": url_id(f"{URL}#story"),
        "title": TITLE,
        "url": URL,
        "outlet": OUTLET,
        "language": "en",
        "level": "direct",
        "relevance": 0.9,
        "published": NOON,
        "discovered": NOON,
        "created": NOON,
        "themes": ("diplomacy",),
        "actors": ("ASEAN", "Russia"),
    }
    return Alert(**(fields | overrides))


def _actor(id_: str, name: str, kind: str, side: str) -> Actor:
    start = TITLE.index(name)
    mention = Mention(field="title", start=start, end=start + len(name), text=name)
    return Actor(id=id_, name=name, kind=kind, side=side, count=1, mentions=(mention,))
