"""Where the story of an article is looked up: in the database, or in memory for a batch."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from pipeline.database import writing
from pipeline.tables import story_bands, story_index
from processors.fingerprint import Fingerprint


@dataclass(frozen=True)
class Placed:
    """An article in its story; `copy_of` is the article whose text it repeats."""

    article: str
    story: str
    outlet: str
    published: datetime
    fingerprint: Fingerprint
    copy_of: str | None = None
    revision: int = 0


class StoryShelf(Protocol):
    """The placed articles of one watchlist, held while one more is placed."""

    def find(self, article: str) -> Placed | None:
        """Return an article that was placed before."""

    def similar(self, bands: Sequence[str], since: datetime, until: datetime) -> Sequence[Placed]:
        """Return the articles of that time which share a band, first published first."""

    def outlets(self, story: str) -> Sequence[str]:
        """Return the outlets that carry a story, first to publish first."""

    def add(self, placed: Placed) -> None:
        """Keep a newly placed article."""

    def replace(self, placed: Placed) -> None:
        """Keep a placed article with the text of another revision."""


class StoryIndex(Protocol):
    """Every placed article."""

    def shelf(self, watchlist: str) -> AbstractContextManager[StoryShelf]:
        """Give the articles of a watchlist to one caller at a time."""


class MemoryStoryIndex:
    """A story index that lives as long as the process."""

    def __init__(self) -> None:
        self._shelves: dict[str, MemoryShelf] = defaultdict(MemoryShelf)

    @contextlib.contextmanager
    def shelf(self, watchlist: str) -> Iterator[StoryShelf]:
        """Give the articles of a watchlist; for one thread only."""
        yield self._shelves[watchlist]


class MemoryShelf:
    """The placed articles of one watchlist, in memory."""

    def __init__(self) -> None:
        self._placed: dict[str, Placed] = {}
        self._bands: dict[str, list[str]] = defaultdict(list)

    def find(self, article: str) -> Placed | None:
        """Return an article that was placed before."""
        return self._placed.get(article)

    def similar(self, bands: Sequence[str], since: datetime, until: datetime) -> Sequence[Placed]:
        """Return the articles of that time which share a band, first published first."""
        names = {name for band in bands for name in self._bands.get(band, ())}
        found = (self._placed[name] for name in names)
        within = [placed for placed in found if since <= placed.published <= until]
        return sorted(within, key=lambda placed: (placed.published, placed.article))

    def outlets(self, story: str) -> Sequence[str]:
        """Return the outlets that carry a story, first to publish first."""
        members = [placed for placed in self._placed.values() if placed.story == story]
        members.sort(key=lambda placed: (placed.published, placed.article))
        return tuple(dict.fromkeys(placed.outlet for placed in members))

    def add(self, placed: Placed) -> None:
        """Keep a newly placed article."""
        self._placed[placed.article] = placed
        for band in placed.fingerprint.bands:
            self._bands[band].append(placed.article)

    def replace(self, placed: Placed) -> None:
        """Keep a placed article with the text of another revision."""
        for band in self._placed[placed.article].fingerprint.bands:
            self._bands[band].remove(placed.article)
        self.add(placed)


class SqlStoryIndex:
    """A story index in the database, shared by all processes that group stories."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextlib.contextmanager
    def shelf(self, watchlist: str) -> Iterator[StoryShelf]:
        """Give the articles of a watchlist in one transaction; others wait. Raises Retry."""
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                # SQLite has one writer at a time; PostgreSQL is asked for the same, per watchlist.
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(watchlist))))
            yield SqlShelf(connection, watchlist)


class SqlShelf:
    """The placed articles of one watchlist, inside a transaction."""

    def __init__(self, connection: Connection, watchlist: str) -> None:
        self._connection = connection
        self._watchlist = watchlist

    def _select(self, *conditions: sa.ColumnElement[bool]) -> list[Placed]:
        mine = story_index.c.watchlist == self._watchlist
        query = sa.select(story_index).where(mine, *conditions)
        rows = self._connection.execute(query.order_by(story_index.c.published, story_index.c.article)).mappings()
        return [
            Placed(
                row["article"],
                row["story"],
                row["outlet"],
                row["published"],
                Fingerprint.from_bytes(row["fingerprint"]),
                row["copy_of"],
                row["revision"],
            )
            for row in rows
        ]

    def find(self, article: str) -> Placed | None:
        """Return an article that was placed before."""
        return next(iter(self._select(story_index.c.article == article)), None)

    def similar(self, bands: Sequence[str], since: datetime, until: datetime) -> Sequence[Placed]:
        """Return the articles of that time which share a band, first published first."""
        sharing = sa.select(story_bands.c.article).where(
            story_bands.c.watchlist == self._watchlist, story_bands.c.band.in_(bands)
        )
        return self._select(story_index.c.article.in_(sharing), story_index.c.published.between(since, until))

    def outlets(self, story: str) -> Sequence[str]:
        """Return the outlets that carry a story, first to publish first."""
        members = sa.select(story_index.c.outlet).where(
            story_index.c.watchlist == self._watchlist, story_index.c.story == story
        )
        rows = self._connection.execute(members.order_by(story_index.c.published, story_index.c.article))
        return tuple(dict.fromkeys(rows.scalars()))

    def add(self, placed: Placed) -> None:
        """Keep a newly placed article."""
        self._connection.execute(
            sa.insert(story_index).values(
                watchlist=self._watchlist,
                article=placed.article,
                story=placed.story,
                copy_of=placed.copy_of,
                outlet=placed.outlet,
                fingerprint=placed.fingerprint.to_bytes(),
                published=placed.published,
                revision=placed.revision,
            )
        )
        self._add_bands(placed)

    def replace(self, placed: Placed) -> None:
        """Keep a placed article with the text of another revision."""
        mine = story_index.c.watchlist == self._watchlist, story_index.c.article == placed.article
        values = {"fingerprint": placed.fingerprint.to_bytes(), "revision": placed.revision}
        self._connection.execute(sa.update(story_index).where(*mine).values(values))
        old = story_bands.c.watchlist == self._watchlist, story_bands.c.article == placed.article
        self._connection.execute(sa.delete(story_bands).where(*old))
        self._add_bands(placed)

    def _add_bands(self, placed: Placed) -> None:
        rows = [
            {"watchlist": self._watchlist, "band": band, "article": placed.article} for band in placed.fingerprint.bands
        ]
        if rows:
            self._connection.execute(sa.insert(story_bands), rows)
