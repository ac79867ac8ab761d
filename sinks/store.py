"""The archive: every tagged article, whom it names, and the stories, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Table, case, delete, select
from sqlalchemy.sql.elements import ColumnElement

from pipeline.database import Insert, insert_into, writing
from pipeline.messages import LEVELS, StoryEvent, TaggedArticle
from pipeline.stage import Topics
from pipeline.tables import actor_candidates, article_terms, articles, mentions, stories, story_articles, taggings
from pipeline.topics import STORIES, TAGGED
from sinks import rows
from sinks.ledger import utc_now


class Store:
    """Writes a batch in one transaction; whatever the order and however often, the rows end the same.

    Articles and their taggings come from tagged articles alone and the latest of the newest revision replaces what was
    said before; stories
    come from story events alone. So neither waits for the other, and neither undoes the other.
    """

    name = "store"
    reads: Topics = (TAGGED, STORIES)

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime] = utc_now, text: Literal["all", "relevant", "none"] = "all"
    ) -> None:
        """Take the database, and whose `text` is kept there."""
        self._engine = engine
        self._clock = clock
        self._text = text

    def write(self, batch: Sequence[TaggedArticle | StoryEvent], /) -> None:
        """Write all of the batch or none. Raises Retry when the database may come back."""
        latest: dict[str, TaggedArticle] = {}
        for message in batch:
            if isinstance(message, TaggedArticle):
                before = latest.get(message.article.id, message)
                latest[message.article.id] = max(message, before, key=lambda each: each.article.revision)
        events = [message for message in batch if isinstance(message, StoryEvent)]
        with writing(self._engine) as connection:
            # In order of id, here and below, so that two processes cannot wait for each other.
            _write_articles(connection, [self._kept(each) for each in _newest(connection, latest)], self._clock())
            _write_stories(connection, events)

    def _kept(self, tagged: TaggedArticle) -> TaggedArticle:
        """Return the document with as much of its text as is to be kept."""
        relevant = any(tagging.level != "none" for tagging in tagged.taggings)
        if self._text == "all" or (self._text == "relevant" and relevant):
            return tagged
        return tagged.model_copy(update={"article": tagged.article.model_copy(update={"text": ""})})


def _newest(connection: Connection, latest: Mapping[str, TaggedArticle]) -> list[TaggedArticle]:
    """Return the documents in order of id, without those of which a newer revision is stored."""
    known = select(articles.c.id, articles.c.revision).where(articles.c.id.in_(latest)).order_by(articles.c.id)
    stored = {row.id: row.revision for row in connection.execute(known.with_for_update())}
    return [latest[name] for name in sorted(latest) if latest[name].article.revision >= stored.get(name, 0)]


def _write_articles(connection: Connection, documents: Sequence[TaggedArticle], now: datetime) -> None:
    if not documents:
        return
    stored = [rows.article(each, now) for each in documents]
    connection.execute(_replacing(insert_into(connection, articles), articles, keep={"id", "stored"}), stored)
    found_by = [rows.article_terms(row, each) for row, each in zip(stored, documents, strict=True)]
    connection.execute(_finding(insert_into(connection, article_terms)), found_by)
    names = [each.article.id for each in documents]
    for table in (taggings, mentions, actor_candidates):
        connection.execute(delete(table).where(table.c.article.in_(names)))
    _insert_all(connection, taggings, [row for each in documents for row in rows.taggings(each)])
    _insert_all(connection, mentions, [row for each in documents for row in rows.mentions(each)])
    found = [row for each in documents for row in rows.actor_candidates(each)]
    _insert_all(connection, actor_candidates, found)


def _write_stories(connection: Connection, events: Sequence[StoryEvent]) -> None:
    """Write the stories, each led by the article that opened it, also when that is not the first to arrive."""
    for kind, led in (("updated", ()), ("opened", ("title", "url"))):
        found = sorted((rows.story(event) for event in events if event.kind == kind), key=itemgetter("id"))
        if found:
            connection.execute(_widening(insert_into(connection, stories), led), found)
    latest = {(event.watchlist, event.article.id): rows.story_article(event) for event in events}
    if latest:
        members = _replacing(insert_into(connection, story_articles), story_articles, keep={"watchlist", "article"})
        connection.execute(members, [latest[key] for key in sorted(latest)])


def _insert_all(connection: Connection, table: Table, found: Sequence[dict[str, Any]]) -> None:
    if found:
        connection.execute(table.insert(), found)


def _replacing(insert: Insert, table: Table, keep: set[str]) -> Insert:
    """Return the insert that replaces a row of the same key, but for the columns to keep."""
    values = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keep}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)


def _finding(insert: Insert) -> Insert:
    """Return the insert of what an article is found by, in place of what it was found by before."""
    values = {name: insert.excluded[name] for name in ("published", "terms")}
    return insert.on_conflict_do_update(index_elements=[article_terms.c.article], set_=values)


def _widening(insert: Insert, led: Sequence[str]) -> Insert:
    """Return the insert of a story that widens the one there is: earliest, latest, highest level, in any order."""
    new = insert.excluded
    values: dict[str, ColumnElement[Any]] = {
        "opened": case((new.opened < stories.c.opened, new.opened), else_=stories.c.opened),
        "updated": case((new.updated > stories.c.updated, new.updated), else_=stories.c.updated),
        "level": case((_rank(new.level) > _rank(stories.c.level), new.level), else_=stories.c.level),
        **{name: new[name] for name in led},
    }
    return insert.on_conflict_do_update(index_elements=[stories.c.id], set_=values)


def _rank(level: ColumnElement[str]) -> ColumnElement[int]:
    return case({name: rank for rank, name in enumerate(LEVELS)}, value=level, else_=-1)
