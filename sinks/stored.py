"""What the archive holds, read for a person: articles as they were judged, who is named and on no watchlist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, Row, and_, select

from pipeline.database import reading
from pipeline.messages import Level
from pipeline.tables import actor_candidates, articles, taggings

PAGE = 500
"""Rows held in memory at once."""

COLUMNS = ("id", "url", "outlet", "title", "text", "language", "published")
"""What of an article is read."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article of the archive, in the language the tagger found, and the level that one watchlist gave it, if any."""

    id: str
    url: str
    outlet: str
    title: str
    text: str
    language: str
    published: datetime
    level: Level | None


def stored_articles(engine: Engine, since: datetime, watchlist: str) -> Iterator[StoredArticle]:
    """Yield the articles published since then, in that order, with what the watchlist said of them. Raises Retry."""
    own = and_(taggings.c.article == articles.c.id, taggings.c.watchlist == watchlist)
    query = (
        select(*(articles.c[name] for name in COLUMNS), taggings.c.level)
        .join_from(articles, taggings, own, isouter=True)
        .where(articles.c.published >= since)
        .order_by(articles.c.published, articles.c.id)
    )
    with reading(engine) as connection:
        for row in connection.execution_options(yield_per=PAGE).execute(query):
            yield StoredArticle(**row._mapping)  # noqa: SLF001  # the public name of a row's mapping


def judging_watchlists(engine: Engine) -> tuple[str, ...]:
    """Return the ids of the watchlists that have judged articles of the archive. Raises Retry."""
    with reading(engine) as connection:
        return tuple(
            connection.execute(select(taggings.c.watchlist).distinct().order_by(taggings.c.watchlist)).scalars()
        )


@dataclass
class SeenCandidate:
    """A candidate as the archive knows it: how often it is named, in how many articles, and the newest of these."""

    watchlist: str
    name: str
    kind: str
    basis: str
    first_seen: datetime
    last_seen: datetime
    example_title: str
    example_url: str
    example_outlet: str
    title: str | None = None
    count: int = 0
    articles: int = 0
    languages: list[str] = field(default_factory=list)


def seen_candidates(engine: Engine, since: datetime | None, watchlist: str | None) -> list[SeenCandidate]:
    """Return the candidates in articles published since then, most often named first. Raises Retry."""
    query = (
        select(actor_candidates, articles.c.title.label("headline"), articles.c.url, articles.c.outlet)
        .add_columns(articles.c.language, articles.c.published)
        .join(articles, articles.c.id == actor_candidates.c.article)
        .order_by(articles.c.published, articles.c.id)
    )
    if since is not None:
        query = query.where(articles.c.published >= since)
    if watchlist is not None:
        query = query.where(actor_candidates.c.watchlist == watchlist)
    found: dict[tuple[str, str], SeenCandidate] = {}
    with reading(engine) as connection:
        for row in connection.execution_options(yield_per=PAGE).execute(query):
            _add(found, row)
    return sorted(found.values(), key=lambda seen: (-seen.count, seen.name))


def _add(found: dict[tuple[str, str], SeenCandidate], row: Row[tuple[object, ...]]) -> None:
    example = {"example_title": row.headline, "example_url": row.url, "example_outlet": row.outlet}
    seen = found.get((row.watchlist, row.key))
    if seen is None:
        seen = found[row.watchlist, row.key] = SeenCandidate(
            row.watchlist, row.name, row.kind, row.basis, row.published, row.published, **example
        )
    seen.title = row.title or seen.title
    seen.count += row._mapping["count"]  # noqa: SLF001  # a row is a tuple too, with a method of that name
    seen.articles += 1
    seen.last_seen = row.published
    seen.example_title, seen.example_url, seen.example_outlet = example.values()
    if row.language not in seen.languages:
        seen.languages.append(row.language)
