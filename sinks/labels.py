"""What a person says of articles: judgements kept in the archive, and the articles that are worth one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, and_, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from pipeline.database import insert_into, reading, writing
from pipeline.messages import Level
from pipeline.tables import articles, labels, taggings
from sinks.stored import COLUMNS, PAGE, StoredArticle


@dataclass(frozen=True, slots=True)
class Label:
    """The level, and perhaps the themes, that a person gave an article for a watchlist, and when."""

    watchlist: str
    article: str
    level: Level
    themes: tuple[str, ...]
    judged: datetime


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """A label with its article, None where the archive does not have it."""

    label: Label
    article: StoredArticle | None


def save(engine: Engine, given: Sequence[Label]) -> None:
    """Keep labels; of two for one article and watchlist the later one holds. Raises Retry."""
    if not given:
        return
    rows = [
        {
            "watchlist": each.watchlist,
            "article": each.article,
            "level": each.level,
            "themes": list(each.themes),
            "judged": each.judged,
        }
        for each in sorted(given, key=lambda each: (each.watchlist, each.article, each.judged))
    ]
    with writing(engine) as connection:
        insert = insert_into(connection, labels)
        new = insert.excluded
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=list(labels.primary_key),
                set_={"level": new.level, "themes": new.themes, "judged": new.judged},
                where=new.judged >= labels.c.judged,
            ),
            rows,
        )


def labelled(engine: Engine, watchlist: str | None = None) -> Iterator[LabelledArticle]:
    """Yield the labels, of one watchlist or of all, with their articles as they are stored. Raises Retry."""
    own = and_(taggings.c.article == labels.c.article, taggings.c.watchlist == labels.c.watchlist)
    query = (
        select(labels, taggings.c.level.label("found"), *(articles.c[name].label(f"of_{name}") for name in COLUMNS))
        .join_from(labels, articles, articles.c.id == labels.c.article, isouter=True)
        .join(taggings, own, isouter=True)
        .order_by(labels.c.watchlist, labels.c.judged, labels.c.article)
    )
    if watchlist is not None:
        query = query.where(labels.c.watchlist == watchlist)
    with reading(engine) as connection:
        for row in connection.execution_options(yield_per=PAGE).execute(query).mappings():
            label = Label(row["watchlist"], row["article"], row["level"], tuple(row["themes"]), row["judged"])
            found = {name: row[f"of_{name}"] for name in COLUMNS}
            yield LabelledArticle(label, StoredArticle(**found, level=row["found"]) if found["id"] else None)


def unlabelled(
    engine: Engine, watchlist: str, limits: Sequence[float], since: datetime, most: int
) -> list[StoredArticle]:
    """Return articles without a label, those whose relevance is nearest to one of the `limits` first.

    Those of relevance 0, which name one side at most, come last; articles without text are left out. Raises Retry.
    """
    own = and_(labels.c.article == taggings.c.article, labels.c.watchlist == taggings.c.watchlist)
    query = (
        select(*(articles.c[name] for name in COLUMNS), taggings.c.level)
        .join_from(taggings, articles, articles.c.id == taggings.c.article)
        .join(labels, own, isouter=True)
        .where(taggings.c.watchlist == watchlist, labels.c.article.is_(None), articles.c.published >= since)
        .where(func.trim(articles.c.text) != "")
        .order_by(case((taggings.c.relevance > 0, 0), else_=1), _distance(limits), articles.c.id)
        .limit(most)
    )
    with reading(engine) as connection:
        return [StoredArticle(**row) for row in connection.execute(query).mappings()]


def _distance(limits: Sequence[float]) -> ColumnElement[Any]:
    """Return how far the relevance of a tagging is from the nearest limit."""
    first, *others = (func.abs(taggings.c.relevance - limit) for limit in limits)
    nearest: ColumnElement[Any] = first
    for other in others:
        nearest = case((other < nearest, other), else_=nearest)
    return nearest
