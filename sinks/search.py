"""Articles of the archive by their words: the same for SQLite's FTS5 and PostgreSQL's tsvector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Select, Text, cast, column, literal, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from pipeline.database import reading
from pipeline.errors import InputError
from pipeline.messages import LEVELS, Level
from pipeline.tables import article_terms, articles, story_articles, taggings
from pipeline.term_query import TermQuery, parse
from pipeline.terms import mark
from pipeline.terms_type import FULL_TEXT

RELEVANT: tuple[Level, ...] = ("passing", "direct")


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for beside words; of several values of one kind any will do."""

    since: datetime | None = None
    until: datetime | None = None
    watchlist: str | None = None
    levels: Sequence[Level] = ()
    actors: Sequence[str] = ()
    themes: Sequence[str] = ()
    countries: Sequence[str] = ()
    languages: Sequence[str] = ()
    outlets: Sequence[str] = ()

    def of_articles(self) -> Filter:
        """Return what of the filter says something of an article, whatever any watchlist thinks of it, at any time."""
        return replace(self, since=None, until=None, watchlist=None, levels=())

    def query(self, text: str = "") -> TermQuery:
        """Return the words, and what of the filter the full-text index itself can be asked for."""
        levels: Sequence[str] = self.levels
        if self.watchlist is not None:
            levels = [f"{self.watchlist}/{level}" for level in self.levels or RELEVANT]
        asked = {
            "level": levels,
            "actor": self.actors,
            "theme": self.themes,
            "country": self.countries,
            "language": self.languages,
            "outlet": self.outlets,
        }
        return parse(text, ([mark(kind, value) for value in values] for kind, values in asked.items()))


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found: the highest level that a watchlist gave it, and the stories it is in."""

    id: str
    url: str
    title: str
    outlet: str
    country: str | None
    language: str
    published: datetime
    level: Level
    stories: tuple[str, ...]


def search(engine: Engine, text: str, wanted: Filter, most: int) -> list[Hit]:
    """Return the articles with all the words, newest first. Raises InputError for no word at all, Retry."""
    query = wanted.query(text)
    if not any(not clause.negated for clause in query.clauses):
        remedy = 'Give words, "words in this order", begin* or -without.'
        raise InputError("search", f"{text!r} holds no word to look for", remedy)
    with reading(engine) as connection:
        found = connection.execute(hits(query, wanted, most, connection.dialect.name)).mappings().all()
        names = [row["id"] for row in found]
        levels = _levels(connection, names)
        stories = _stories(connection, names)
    return [Hit(**row, level=levels.get(row["id"], "none"), stories=stories.get(row["id"], ())) for row in found]


def hits(query: TermQuery, wanted: Filter, most: int, dialect: str) -> Select[Any]:
    """Return the statement that finds the newest articles."""
    first = (
        select(article_terms.c.article, article_terms.c.published)
        .where(matching(query, dialect), *period(article_terms.c.published, wanted))
        .order_by(article_terms.c.published.desc(), article_terms.c.article)
        .limit(most)
        .subquery()
    )
    shown = (articles.c[name] for name in ("id", "url", "title", "outlet", "country", "language", "published"))
    return (
        select(*shown)
        .join_from(first, articles, articles.c.id == first.c.article)
        .order_by(first.c.published.desc(), first.c.article)
    )


def period(moment: Column[datetime], wanted: Filter) -> list[ColumnElement[bool]]:
    """Return the conditions that a moment lies in the time that is looked at."""
    conditions = [moment >= wanted.since] if wanted.since is not None else []
    return [*conditions, moment < wanted.until] if wanted.until is not None else conditions


def matching(query: TermQuery, dialect: str) -> ColumnElement[bool]:
    """Return the condition that an article's terms answer the query."""
    if dialect == "postgresql":
        return article_terms.c.terms.bool_op("@@")(cast(query.tsquery(), TSQUERY))
    full_text = table(FULL_TEXT, column("rowid"), column(FULL_TEXT))
    asked = full_text.c[FULL_TEXT].bool_op("MATCH")(literal(query.fts5(), Text))
    return article_terms.c.number.in_(select(full_text.c.rowid).where(asked))


def _levels(connection: Connection, names: Sequence[str]) -> dict[str, Level]:
    found: dict[str, Level] = {}
    query = select(taggings.c.article, taggings.c.level).where(taggings.c.article.in_(names))
    for article, level in connection.execute(query):
        found[article] = max(found.get(article, "none"), level, key=LEVELS.index)
    return found


def _stories(connection: Connection, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    query = select(story_articles.c.article, story_articles.c.story).where(story_articles.c.article.in_(names))
    for article, story in connection.execute(query.order_by(story_articles.c.watchlist)):
        found[article] = (*found.get(article, ()), story)
    return found
