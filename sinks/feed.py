"""The stories of a watchlist as feeds that a feed reader subscribes to: Atom and JSON Feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import orjson
from sqlalchemy import Engine, select

from pipeline.database import reading
from pipeline.messages import LEVELS, Level, url_id
from pipeline.tables import articles, taggings
from sinks import inert
from sinks.search import Filter
from sinks.stored_stories import StoredStory, list_stories
from sinks.wording import NAME_LENGTH, NAMES, SENTENCE_LENGTH, SENTENCES, TITLE_LENGTH

ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED = "https://jsonfeed.org/version/1.1"

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without an entry was updated: a time that does not change with each request."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A story as an entry, its text made harmless; `updated` is when its latest article was found."""

    id: str
    title: str
    link: str
    published: datetime
    updated: datetime
    text: str
    outlets: tuple[str, ...]
    tags: tuple[str, ...]
    language: str | None
    level: Level
    key: str


@dataclass(frozen=True, slots=True)
class StoryFeed:
    """The latest stories of a watchlist, the one that was updated last first."""

    watchlist: str
    address: str
    entries: tuple[Entry, ...]

    @property
    def updated(self) -> datetime:
        """Return when the feed was last updated."""
        return max((entry.updated for entry in self.entries), default=BEGINNING)

    @property
    def title(self) -> str:
        """Return what the feed is called."""
        return f"wirewatch: {self.watchlist}"

    def url(self, kind: str) -> str:
        """Return where the feed is: `kind` is atom or json."""
        return f"{self.address}/feeds/{self.watchlist}.{kind}"


def read_feed(engine: Engine, watchlist: str, address: str, most: int, min_level: Level) -> StoryFeed:
    """Return the latest stories of a watchlist, `most` at most. Raises Retry."""
    levels = LEVELS[LEVELS.index(min_level) :]
    found = list_stories(engine, Filter(watchlist=watchlist, levels=levels), most)
    members = [member.id for story in found for member in story.members]
    with reading(engine) as connection:
        times = select(articles.c.id, articles.c.discovered).where(articles.c.id.in_(members))
        seen: dict[str, datetime] = {row.id: row.discovered for row in connection.execute(times)}
        judged = select(taggings.c.article, taggings.c.evidence).where(
            taggings.c.watchlist == watchlist,
            taggings.c.article.in_([story.members[0].id for story in found if story.members]),
        )
        evidence: dict[str, Any] = {row.article: row.evidence for row in connection.execute(judged)}
    entries = [_entry(story, seen, evidence) for story in found]
    return StoryFeed(
        watchlist, address, tuple(sorted(entries, key=lambda entry: (entry.updated, entry.id), reverse=True))
    )


def _entry(story: StoredStory, seen: Mapping[str, datetime], evidence: Mapping[str, Any]) -> Entry:
    known = [seen[member.id] for member in story.members if member.id in seen]
    first = story.members[0] if story.members else None
    return Entry(
        id=f"urn:uuid:{story.id}",
        title=inert.line(story.title, TITLE_LENGTH) or "(no title)",
        link=inert.link(story.url),
        published=story.opened,
        updated=max([story.opened, *known]) if known else story.updated,
        text=_text(story, evidence.get(first.id, ()) if first else ()),
        outlets=tuple(inert.line(name, NAME_LENGTH) for name in story.outlets),
        tags=tuple(inert.line(theme, NAME_LENGTH) for theme in story.themes),
        language=first.language if first else None,
        level=story.level,
        key=story.id,
    )


def _text(story: StoredStory, evidence: Sequence[Mapping[str, Any]]) -> str:
    sentences = [found["text"] for found in evidence if found["field"] == "text"][:SENTENCES]
    lines = [inert.line(sentence, SENTENCE_LENGTH) for sentence in sentences]
    count = len(story.outlets)
    if count > 1:
        own = len({member.outlet for member in story.members if member.copy_of is None})
        more = f" and {count - NAMES} more" if count > NAMES else ""
        named = ", ".join(inert.line(name, NAME_LENGTH) for name in story.outlets[:NAMES])
        lines.append(f"{count} outlets ({own} independent): {named}{more}")
    return "\n".join([*lines, f"{inert.line(story.watchlist, NAME_LENGTH)} · {story.level}"])


def atom(feed: StoryFeed) -> bytes:
    """Return the feed in Atom (RFC 4287); all of its text is of type text, so that nothing in it is markup."""
    root = ET.Element("feed", xmlns=ATOM)
    _add(root, "id", f"urn:uuid:{url_id(f'wirewatch:feed:{feed.watchlist}')}")
    _add(root, "title", feed.title)
    _add(root, "updated", _time(feed.updated))
    _add(root, "link", rel="self", type="application/atom+xml", href=feed.url("atom"))
    _add(root, "generator", "wirewatch")
    _add(_add(root, "author"), "name", "wirewatch")
    for entry in feed.entries:
        _add_entry(root, entry)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _add_entry(root: ET.Element, entry: Entry) -> None:
    element = _add(root, "entry")
    _add(element, "id", entry.id)
    _add(element, "title", entry.title, type="text")
    _add(element, "published", _time(entry.published))
    _add(element, "updated", _time(entry.updated))
    if entry.link:
        _add(element, "link", rel="alternate", href=entry.link)
    for outlet in entry.outlets[:NAMES]:
        _add(_add(element, "author"), "name", outlet)
    for tag in (entry.level, *entry.tags):
        _add(element, "category", term=tag)
    _add(element, "content", entry.text, type="text")


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, attributes)
    element.text = text
    return element


def json_feed(feed: StoryFeed) -> bytes:
    """Return the feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    document = {
        "version": JSON_FEED,
        "title": feed.title,
        "feed_url": feed.url("json"),
        "authors": [{"name": "wirewatch"}],
        "items": [_item(entry) for entry in feed.entries],
    }
    return inert.json_line(orjson.dumps(document)) + b"\n"


def _item(entry: Entry) -> dict[str, Any]:
    item = {
        "id": entry.id,
        "title": entry.title,
        "content_text": entry.text,
        "date_published": _time(entry.published),
        "date_modified": _time(entry.updated),
        "authors": [{"name": outlet} for outlet in entry.outlets[:NAMES] if outlet],
        "tags": [entry.level, *entry.tags],
        "_wirewatch": {"story": entry.key, "level": entry.level, "outlets": len(entry.outlets)},
    }
    known = {"url": entry.link, "language": entry.language}
    return item | {name: value for name, value in known.items() if value}


def _time(moment: datetime) -> str:
    """Return the moment as RFC 3339 writes it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
