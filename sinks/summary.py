"""A stretch of time in the archive, summed up: stories, actors, themes, who reported and who did not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, func, select

from pipeline.database import reading
from pipeline.tables import articles, mentions, taggings
from sinks.search import Filter
from sinks.stored import PAGE
from sinks.stored_stories import StoredStory, list_stories


@dataclass(frozen=True, slots=True)
class Day:
    """A day in UTC: relevant articles published on it, by their level."""

    day: date
    direct: int
    passing: int


@dataclass(frozen=True, slots=True)
class NamedActor:
    """An actor, and how many relevant articles name it."""

    id: str
    name: str
    side: str | None
    articles: int


@dataclass(frozen=True, slots=True)
class Reporter:
    """An outlet: how many articles of it came in, how many of them are relevant, and in how many stories they are."""

    name: str
    country: str | None
    articles: int
    relevant: int
    stories: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What the archive has of a time; of one watchlist, or of all of them together."""

    begin: datetime
    end: datetime
    watchlist: str | None
    articles: int
    relevant: int
    stories: Sequence[StoredStory]
    days: Sequence[Day]
    actors: Sequence[NamedActor]
    themes: Sequence[tuple[str, int]]
    outlets: Sequence[Reporter]

    @property
    def reported(self) -> Sequence[Reporter]:
        """Return the outlets with relevant articles, those with most first."""
        return [one for one in self.outlets if one.relevant]

    @property
    def silent(self) -> Sequence[Reporter]:
        """Return the outlets whose articles came in, none of them relevant."""
        return [one for one in self.outlets if not one.relevant]

    @property
    def countries(self) -> Sequence[tuple[str, int]]:
        """Return the countries of the outlets, with their relevant articles, most first."""
        counts: Counter[str] = Counter()
        for one in self.reported:
            counts[one.country or "unknown"] += one.relevant
        return _ranked(counts)


def summary(engine: Engine, begin: datetime, end: datetime, watchlist: str | None = None) -> Summary:
    """Return the sum of what was published from `begin` up to, and without, `end`. Raises Retry."""
    stories = list_stories(engine, Filter(since=begin, until=end, watchlist=watchlist))
    stories = [one for one in stories if any(begin <= member.published < end for member in one.members)]
    stories.sort(key=lambda one: (-len(one.outlets), -len(one.members), one.opened, one.id))
    with reading(engine) as connection:
        relevant = _relevant(connection, begin, end, watchlist)
        outlets = _outlets(connection, begin, end)
        return Summary(
            begin=begin,
            end=end,
            watchlist=watchlist,
            articles=sum(row.articles for row in outlets),
            relevant=len(relevant.levels),
            stories=stories,
            days=relevant.days(begin, end),
            actors=_actors(connection, begin, end, watchlist),
            themes=_ranked(relevant.themes),
            outlets=_reporters(outlets, relevant.outlets, stories),
        )


class _Relevant:
    """The relevant articles of a time, counted; one that two watchlists find relevant counts once."""

    def __init__(self, rows: Iterator[Row[Any]]) -> None:
        self.levels: dict[str, tuple[date, str]] = {}
        self.themes: Counter[str] = Counter()
        self.outlets: Counter[tuple[str, str | None]] = Counter()
        seen: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            known = self.levels.get(row.id)
            if known is None:
                self.outlets[row.outlet, row.country] += 1
            if known is None or row.level == "direct":
                self.levels[row.id] = row.published.date(), row.level
            self.themes.update(set(row.themes) - seen[row.id])
            seen[row.id].update(row.themes)

    def days(self, begin: datetime, end: datetime) -> list[Day]:
        counts = Counter(self.levels.values())
        span = (end - timedelta(microseconds=1)).date() - begin.date()
        listed = (begin.date() + timedelta(days=number) for number in range(span.days + 1))
        return [Day(day, counts[day, "direct"], counts[day, "passing"]) for day in listed]


def _relevant(connection: Connection, begin: datetime, end: datetime, watchlist: str | None) -> _Relevant:
    query = (
        select(articles.c.id, articles.c.outlet, articles.c.country, articles.c.published)
        .add_columns(taggings.c.level, taggings.c.themes)
        .join_from(articles, taggings, taggings.c.article == articles.c.id)
        .where(articles.c.published >= begin, articles.c.published < end, taggings.c.level != "none")
        .order_by(articles.c.id, taggings.c.watchlist)
    )
    if watchlist is not None:
        query = query.where(taggings.c.watchlist == watchlist)
    return _Relevant(iter(connection.execute(query, execution_options={"yield_per": PAGE})))


def _outlets(connection: Connection, begin: datetime, end: datetime) -> Sequence[Row[Any]]:
    query = (
        select(articles.c.outlet, articles.c.country, func.count().label("articles"))
        .where(articles.c.published >= begin, articles.c.published < end)
        .group_by(articles.c.outlet, articles.c.country)
    )
    return connection.execute(query).all()


def _reporters(
    outlets: Sequence[Row[Any]], relevant: Counter[tuple[str, str | None]], stories: Sequence[StoredStory]
) -> list[Reporter]:
    storied = Counter(name for story in stories for name in story.outlets)
    found = [
        Reporter(row.outlet, row.country, row.articles, relevant[row.outlet, row.country], storied[row.outlet])
        for row in outlets
    ]
    return sorted(found, key=lambda one: (-one.relevant, -one.articles, one.name, one.country or ""))


def _actors(connection: Connection, begin: datetime, end: datetime, watchlist: str | None) -> list[NamedActor]:
    judged = and_(taggings.c.article == mentions.c.article, taggings.c.watchlist == mentions.c.watchlist)
    many = func.count(mentions.c.article.distinct()).label("many")
    query = (
        select(mentions.c.actor, func.min(mentions.c.name).label("name"), func.min(mentions.c.side).label("side"), many)
        .join(taggings, judged)
        .join(articles, articles.c.id == mentions.c.article)
        .where(articles.c.published >= begin, articles.c.published < end, taggings.c.level != "none")
        .group_by(mentions.c.actor)
        .order_by(many.desc(), mentions.c.actor)
    )
    if watchlist is not None:
        query = query.where(mentions.c.watchlist == watchlist)
    return [NamedActor(row.actor, row.name, row.side, row.many) for row in connection.execute(query)]


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))
