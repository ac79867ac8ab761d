"""Moves articles of the archive from story to story, as a person has judged."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.messages import LEVELS
from pipeline.tables import articles, stories, story_articles, taggings


def move(connection: Connection, watchlist: str, moved: Sequence[str], story: str) -> None:
    """Put articles into a story, which is made where it is not there; stories left without an article are deleted."""
    mine = story_articles.c.watchlist == watchlist, story_articles.c.article.in_(moved)
    before = set(connection.execute(select(story_articles.c.story).where(*mine).distinct()).scalars())
    if not before:
        return
    if connection.execute(select(stories.c.id).where(stories.c.id == story)).first() is None:
        _open(connection, watchlist, moved, story)
    connection.execute(update(story_articles).where(*mine).values(story=story))
    for each in sorted({*before, story}):
        _settle(connection, each)


def part(connection: Connection, watchlist: str, moved: Sequence[str]) -> None:
    """Make texts of their own of those articles that repeat one in another story."""
    original = story_articles.alias()
    apart = (
        select(story_articles.c.article)
        .join(original, original.c.article == story_articles.c.copy_of)
        .where(
            story_articles.c.watchlist == watchlist,
            original.c.watchlist == watchlist,
            story_articles.c.article.in_(moved),
            original.c.story != story_articles.c.story,
        )
    )
    names = list(connection.execute(apart).scalars())
    mine = story_articles.c.watchlist == watchlist, story_articles.c.article.in_(names)
    connection.execute(update(story_articles).where(*mine).values(copy_of=None))


def _open(connection: Connection, watchlist: str, moved: Sequence[str], story: str) -> None:
    """Make the row of a story that the first of the articles leads."""
    members = story_articles.c.watchlist == watchlist, story_articles.c.article.in_(moved)
    query = select(articles.c.title, articles.c.url, story_articles.c.published).where(*members)
    led = query.join_from(story_articles, articles, articles.c.id == story_articles.c.article)
    first = connection.execute(led.order_by(story_articles.c.published, articles.c.id).limit(1)).one()
    values = {"id": story, "watchlist": watchlist, "title": first.title, "url": first.url, "level": LEVELS[0]}
    connection.execute(insert(stories).values(**values, opened=first.published, updated=first.published))


def _settle(connection: Connection, story: str) -> None:
    """Bring time and level of a story to what its articles say, or delete it where it has none."""
    query = select(story_articles.c.published, taggings.c.level).where(story_articles.c.story == story)
    judged = (taggings.c.article == story_articles.c.article) & (taggings.c.watchlist == story_articles.c.watchlist)
    rows = connection.execute(query.join_from(story_articles, taggings, judged, isouter=True)).all()
    mine = stories.c.id == story
    if not rows:
        connection.execute(delete(stories).where(mine))
        return
    level = max((row.level or LEVELS[0] for row in rows), key=LEVELS.index)
    times = [row.published for row in rows]
    connection.execute(update(stories).where(mine).values(opened=min(times), updated=max(times), level=level))
