"""Stories of the archive, read for a person: which there are, and what one of them consists of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, or_, select

from pipeline.database import reading
from pipeline.errors import InputError
from pipeline.messages import Level
from pipeline.tables import alerts, article_terms, articles, mentions, stories, story_articles, taggings
from sinks.search import Filter, matching

SHORTEST_ID = 4
"""Characters of a story's id that may stand for it."""

CHUNK = 500
"""Stories whose articles are asked for at once."""


@dataclass(frozen=True, slots=True)
class Member:
    """An article in a story; the archive may lack what is None, while its tagged article has not come yet."""

    id: str
    outlet: str
    published: datetime
    copy_of: str | None
    title: str | None
    url: str | None
    country: str | None
    language: str | None
    level: Level | None
    relevance: float | None
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredStory:
    """A story with its articles, first published first."""

    id: str
    watchlist: str
    title: str
    url: str
    level: Level
    opened: datetime
    updated: datetime
    members: tuple[Member, ...]

    @property
    def outlets(self) -> tuple[str, ...]:
        """Return who reports it, first to report first."""
        return tuple(dict.fromkeys(one.outlet for one in self.members))

    @property
    def countries(self) -> tuple[str, ...]:
        """Return the countries of who reports it."""
        return tuple(dict.fromkeys(one.country for one in self.members if one.country))

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages it is reported in."""
        return tuple(dict.fromkeys(one.language for one in self.members if one.language))

    @property
    def copies(self) -> int:
        """Return how many of the articles repeat the text of another."""
        return sum(one.copy_of is not None for one in self.members)

    @property
    def themes(self) -> tuple[str, ...]:
        """Return the themes of its articles, most often found first."""
        counts = Counter(theme for one in self.members for theme in one.themes)
        return tuple(theme for theme, _ in counts.most_common())


@dataclass(frozen=True, slots=True)
class StoryActor:
    """An actor that articles of a story name."""

    id: str
    name: str
    side: str | None
    articles: int


@dataclass(frozen=True, slots=True)
class StoryQuote:
    """Somebody's words in an article of a story."""

    speaker: str | None
    text: str
    outlet: str
    published: datetime


@dataclass(frozen=True, slots=True)
class StoryAlert:
    """What the ledger says of an alert of a story."""

    id: str
    rule: str
    kind: str
    channel: str
    state: str
    created: datetime
    sent: datetime | None
    problem: str | None


@dataclass(frozen=True)
class StoryDetail:
    """A story with all that is stored of it."""

    story: StoredStory
    actors: Sequence[StoryActor] = field(default=())
    quotes: Sequence[StoryQuote] = field(default=())
    alerts: Sequence[StoryAlert] = field(default=())


def list_stories(engine: Engine, wanted: Filter, most: int | None = None) -> list[StoredStory]:
    """Return the stories that were updated in the time and have an article of the kind, latest first. Raises Retry."""
    with reading(engine) as connection:
        found = connection.execute(_listing(wanted, most, connection.dialect.name)).mappings().all()
        members = _members(connection, [row["id"] for row in found])
    # One that lost all its articles, to another story or since a new rule finds none of them relevant, is no story.
    return [StoredStory(**row, members=tuple(members[row["id"]])) for row in found if row["id"] in members]


SHOWN = tuple(stories.c[name] for name in ("id", "watchlist", "title", "url", "level", "opened", "updated"))


def _listing(wanted: Filter, most: int | None, dialect: str) -> Select[Any]:
    query = select(*SHOWN).order_by(stories.c.updated.desc(), stories.c.id).limit(most)
    if wanted.since is not None:
        query = query.where(stories.c.updated >= wanted.since)
    if wanted.until is not None:
        query = query.where(stories.c.opened < wanted.until)
    if wanted.watchlist is not None:
        query = query.where(stories.c.watchlist == wanted.watchlist)
    if wanted.levels:
        query = query.where(stories.c.level.in_(wanted.levels))
    asked = wanted.of_articles().query()
    if asked.answerable:
        has = (
            select(story_articles.c.article)
            .join(article_terms, article_terms.c.article == story_articles.c.article)
            .where(story_articles.c.story == stories.c.id, matching(asked, dialect))
        )
        query = query.where(has.exists())
    return query


def _members(connection: Connection, names: Sequence[str]) -> dict[str, list[Member]]:
    """Return the articles of stories; one that its watchlist does not find relevant any more is left out."""
    found: dict[str, list[Member]] = {}
    judged = and_(taggings.c.article == story_articles.c.article, taggings.c.watchlist == story_articles.c.watchlist)
    shown = (articles.c[name] for name in ("title", "url", "country", "language"))
    query = (
        select(story_articles, *shown, taggings.c.level, taggings.c.relevance, taggings.c.themes)
        .join(articles, articles.c.id == story_articles.c.article, isouter=True)
        .join(taggings, judged, isouter=True)
        .where(or_(taggings.c.level.is_(None), taggings.c.level != "none"))
        .order_by(story_articles.c.published, story_articles.c.article)
    )
    for start in range(0, len(names), CHUNK):
        for row in connection.execute(query.where(story_articles.c.story.in_(names[start : start + CHUNK]))).mappings():
            member = Member(
                row["article"],
                themes=tuple(row["themes"] or ()),
                **{name: row[name] for name in Member.__slots__ if name not in {"id", "themes"}},
            )
            found.setdefault(row["story"], []).append(member)
    return found


def show_story(engine: Engine, name: str) -> StoryDetail:
    """Return the story with this id, or whose id alone begins so. Raises InputError for none and for several, Retry."""
    remedy = "See the ids with: wirewatch stories list"
    if len(name) < SHORTEST_ID:
        raise InputError("story", f"{name!r} is too short for an id", f"Give {SHORTEST_ID} characters or more.")
    with reading(engine) as connection:
        query = select(*SHOWN).where(stories.c.id.startswith(name.lower(), autoescape=True)).order_by(stories.c.id)
        found = connection.execute(query.limit(2)).mappings().all()
        if not found:
            raise InputError("story", f"there is no story {name!r}", remedy)
        if len(found) > 1:
            raise InputError("story", f"the ids of several stories begin with {name!r}", "Give more of the id.")
        row = found[0]
        members = _members(connection, [row["id"]]).get(row["id"], [])
        story = StoredStory(**row, members=tuple(members))
        return StoryDetail(story, _actors(connection, story), _quotes(connection, story), _alerts(connection, story.id))


def _actors(connection: Connection, story: StoredStory) -> list[StoryActor]:
    named: dict[str, StoryActor] = {}
    counts: Counter[str] = Counter()
    query = select(mentions.c.actor, mentions.c.name, mentions.c.side).where(
        mentions.c.watchlist == story.watchlist, mentions.c.article.in_([one.id for one in story.members])
    )
    for row in connection.execute(query.order_by(mentions.c.actor)):
        counts[row.actor] += 1
        named[row.actor] = StoryActor(row.actor, row.name, row.side, counts[row.actor])
    return [named[actor] for actor, _ in counts.most_common()]


def _quotes(connection: Connection, story: StoredStory) -> list[StoryQuote]:
    """Return the quotes of the articles that are no copies, each once, in the order of publication."""
    own = [one for one in story.members if one.copy_of is None]
    query = select(taggings.c.article, taggings.c.quotes).where(
        taggings.c.watchlist == story.watchlist, taggings.c.article.in_([one.id for one in own])
    )
    said: dict[str, Iterable[dict[str, Any]]] = {row.article: row.quotes for row in connection.execute(query)}
    quotes: dict[tuple[str | None, str], StoryQuote] = {}
    for one in own:
        for quote in said.get(one.id, ()):
            key = (quote.get("speaker"), quote["text"])
            quotes.setdefault(key, StoryQuote(*key, one.outlet, one.published))
    return list(quotes.values())


def _alerts(connection: Connection, story: str) -> list[StoryAlert]:
    shown = (alerts.c[name] for name in StoryAlert.__slots__)
    query = select(*shown).where(alerts.c.story == story).order_by(alerts.c.created, alerts.c.id)
    return [StoryAlert(**row) for row in connection.execute(query).mappings()]
