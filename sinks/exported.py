"""The archive as rows for other programs: articles, mentions, quotes, stories and alerts, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Engine, RowMapping, Select, and_, select

from pipeline.database import reading
from pipeline.tables import alerts, article_terms, articles, mentions, taggings
from sinks.search import Filter, matching, period
from sinks.stored import PAGE
from sinks.stored_stories import StoredStory, list_stories

What = Literal["articles", "mentions", "quotes", "stories", "alerts"]
Kind = Literal["text", "list", "time", "whole", "number"]
Row = dict[str, Any]

ABOUT: Mapping[str, Kind] = {
    "article": "text",
    "published": "time",
    "outlet": "text",
    "country": "text",
    "language": "text",
    "title": "text",
    "url": "text",
    "watchlist": "text",
    "level": "text",
    "relevance": "number",
}
"""What every row that is of an article begins with."""

COLUMNS: Mapping[What, Mapping[str, Kind]] = {
    "articles": {
        **ABOUT,
        "themes": "list",
        "actors": "list",
        "discovered": "time",
        "kind": "text",
        "authors": "list",
        "text_source": "text",
        "text": "text",
    },
    "mentions": {**ABOUT, "actor": "text", "name": "text", "actor_kind": "text", "side": "text", "count": "whole"},
    "quotes": {**ABOUT, "speaker": "text", "speaker_id": "text", "quote": "text", "start": "whole", "end": "whole"},
    "stories": {
        "story": "text",
        "watchlist": "text",
        "level": "text",
        "title": "text",
        "url": "text",
        "opened": "time",
        "updated": "time",
        "articles": "whole",
        "copies": "whole",
        "outlets": "list",
        "countries": "list",
        "languages": "list",
        "themes": "list",
    },
    "alerts": {
        "alert": "text",
        "rule": "text",
        "kind": "text",
        "watchlist": "text",
        "story": "text",
        "channel": "text",
        "state": "text",
        "created": "time",
        "sent": "time",
        "attempts": "whole",
        "problem": "text",
    },
}
"""The columns of each export, in their order."""


def exported(engine: Engine, what: What, wanted: Filter) -> Iterator[Row]:
    """Yield the rows of an export, oldest first, with the columns that `COLUMNS` has for it. Raises Retry."""
    if what == "stories":
        yield from (_story(one) for one in reversed(list_stories(engine, wanted)))
        return
    with reading(engine) as connection:
        if what == "alerts":
            yield from _alerts(connection, wanted)
        else:
            yield from _of_articles(connection, wanted, EXPANDED[what])


def _of_articles(
    connection: Connection, wanted: Filter, expand: Callable[[Connection, Sequence[Row]], Iterator[Row]]
) -> Iterator[Row]:
    result = connection.execution_options(yield_per=PAGE).execute(_taggings(wanted, connection.dialect.name))
    for page in result.mappings().partitions():
        yield from expand(connection, [dict(row) for row in page])


def _taggings(wanted: Filter, dialect: str) -> Select[Any]:
    """Return the statement for each judgement of each article that is asked for."""
    said = ("id", "published", "outlet", "country", "language", "title", "url")
    also = ("discovered", "kind", "authors", "text_source", "text")
    query = (
        select(*(articles.c[name] for name in (*said, *also)), taggings.c.watchlist, taggings.c.level)
        .add_columns(taggings.c.relevance, taggings.c.themes, taggings.c.quotes)
        .join_from(articles, taggings, taggings.c.article == articles.c.id)
        .where(*period(articles.c.published, wanted))
        .order_by(articles.c.published, articles.c.id, taggings.c.watchlist)
    )
    if wanted.watchlist is not None:
        query = query.where(taggings.c.watchlist == wanted.watchlist)
    if wanted.levels:
        query = query.where(taggings.c.level.in_(wanted.levels))
    asked = wanted.of_articles().query()
    if asked.answerable:
        found = and_(article_terms.c.article == articles.c.id, matching(asked, dialect))
        query = query.join(article_terms, found)
    return query


def _about(row: Row) -> Row:
    return {"article": row["id"], **{name: row[name] for name in ABOUT if name != "article"}}


def _articles(connection: Connection, page: Sequence[Row]) -> Iterator[Row]:
    actors: dict[tuple[str, str], list[str]] = {}
    for found in _mentions(connection, page):
        actors.setdefault((found["article"], found["watchlist"]), []).append(found["actor"])
    also = ("themes", "discovered", "kind", "authors", "text_source", "text")
    for row in page:
        named = actors.get((row["id"], row["watchlist"]), [])
        said = {**_about(row), **{name: row[name] for name in also}, "actors": named}
        yield {name: said[name] for name in COLUMNS["articles"]}


def _named(connection: Connection, page: Sequence[Row]) -> Iterator[Row]:
    judged = {(row["id"], row["watchlist"]): row for row in page}
    for found in _mentions(connection, page):
        row = judged.get((found["article"], found["watchlist"]))
        if row is not None:
            own = {name: found[name] for name in ("actor", "name", "side", "count")}
            yield {**_about(row), **own, "actor_kind": found["kind"]}


def _mentions(connection: Connection, page: Sequence[Row]) -> Sequence[RowMapping]:
    shown = (mentions.c[name] for name in ("article", "watchlist", "actor", "name", "kind", "side", "count"))
    query = select(*shown).where(mentions.c.article.in_({row["id"] for row in page}))
    order = query.order_by(mentions.c.article, mentions.c.watchlist, mentions.c.actor)
    # Read whole: it is a page's, and the connection is in the middle of another result.
    return connection.execute(order, execution_options={"yield_per": PAGE}).mappings().all()


def _quotes(_: Connection, page: Sequence[Row]) -> Iterator[Row]:
    for row in page:
        for quote in row["quotes"]:
            own = {name: quote.get(name) for name in ("speaker", "speaker_id", "start", "end")}
            yield {**_about(row), **own, "quote": quote["text"]}


EXPANDED: Mapping[What, Callable[[Connection, Sequence[Row]], Iterator[Row]]] = {
    "articles": _articles,
    "mentions": _named,
    "quotes": _quotes,
}
"""What a page of judged articles becomes."""


def _story(story: StoredStory) -> Row:
    shown = {name: getattr(story, name) for name in COLUMNS["stories"] if name not in {"story", "articles"}}
    return {"story": story.id, **shown, "articles": len(story.members)}


def _alerts(connection: Connection, wanted: Filter) -> Iterator[Row]:
    shown = [alerts.c[name] for name in COLUMNS["alerts"] if name != "alert"]
    query = select(alerts.c.id.label("alert"), *shown).where(*period(alerts.c.created, wanted))
    if wanted.watchlist is not None:
        query = query.where(alerts.c.watchlist == wanted.watchlist)
    order = query.order_by(alerts.c.created, alerts.c.id)
    for row in connection.execution_options(yield_per=PAGE).execute(order).mappings():
        yield dict(row)
