"""The story index in the database, shared by all processes that group stories."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, RowMapping

from pipeline.database import insert_into, writing
from pipeline.messages import Change
from pipeline.tables import story_bands, story_index, story_keys, story_states, story_terms
from processors.fingerprint import Fingerprint
from processors.marks import Marks
from processors.profile import Profile
from processors.slots import Slots
from processors.story_index import POSTINGS, SIMILAR, Placed, StoryState

ALL = ""
"""The term that every article has which is no copy."""


class SqlStoryIndex:
    """A story index in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextlib.contextmanager
    def shelf(self, watchlist: str) -> Iterator[SqlShelf]:
        """Give the articles of a watchlist in one transaction; others wait. Raises Retry."""
        with writing(self._engine) as connection:
            yield locked_shelf(connection, watchlist)


def locked_shelf(connection: Connection, watchlist: str) -> SqlShelf:
    """Return the articles of a watchlist, which no other transaction has meanwhile."""
    if connection.dialect.name == "postgresql":
        # SQLite has one writer at a time; PostgreSQL is asked for the same, per watchlist.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(watchlist))))
    return SqlShelf(connection, watchlist)


class SqlShelf:
    """The placed articles of one watchlist, inside a transaction."""

    def __init__(self, connection: Connection, watchlist: str) -> None:
        self._connection = connection
        self._watchlist = watchlist

    def _select(self, *conditions: sa.ColumnElement[bool]) -> list[Placed]:
        query = sa.select(story_index).where(story_index.c.watchlist == self._watchlist, *conditions)
        rows = self._connection.execute(query.order_by(story_index.c.published, story_index.c.article)).mappings()
        return [_placed(row) for row in rows]

    def find(self, article: str) -> Placed | None:
        """Return an article that was placed before."""
        return next(iter(self._select(story_index.c.article == article)), None)

    def similar(self, bands: Sequence[str], since: datetime, until: datetime) -> Sequence[Placed]:
        """Return the articles of that time which share a band, first published first, `SIMILAR` at most."""
        sharing = sa.select(story_bands.c.article).where(
            story_bands.c.watchlist == self._watchlist, story_bands.c.band.in_(bands)
        )
        within = story_index.c.published.between(since, until)
        mine = story_index.c.watchlist == self._watchlist
        names = sa.select(story_index.c.article).where(mine, within, story_index.c.article.in_(sharing))
        found = names.order_by(story_index.c.published, story_index.c.article).limit(SIMILAR)
        return self.placed(list(self._connection.execute(found).scalars()))

    def sharing(self, keys: Sequence[str], since: datetime, until: datetime) -> Mapping[str, Sequence[str]]:
        """Return the keys that articles of that time share with these, by article; the latest `POSTINGS` of each."""
        found: dict[str, list[str]] = defaultdict(list)
        if keys:
            named = {f"key{number}": key for number, key in enumerate(keys)}
            asked = {"watchlist": self._watchlist, "since": since, "until": until, **named}
            for row in self._connection.execute(_sharing(len(keys)), asked):
                found[row.article].append(row.key)
        return found

    def placed(self, articles: Sequence[str]) -> Sequence[Placed]:
        """Return those of the articles that were placed, first published first."""
        return self._select(story_index.c.article.in_(articles)) if articles else []

    def frequencies(self, terms: Sequence[str]) -> tuple[int, Mapping[str, int]]:
        """Return how many articles are no copies, and how many of them have each of the terms."""
        asked = story_terms.c.term.in_([ALL, *terms])
        query = sa.select(story_terms.c.term, story_terms.c.articles)
        rows = self._connection.execute(query.where(story_terms.c.watchlist == self._watchlist, asked))
        counts = {row.term: row.articles for row in rows}
        return counts.pop(ALL, 0), counts

    def state(self, story: str) -> StoryState | None:
        """Return how a story stands; one of before there were states, by its articles."""
        return next(iter(self.states([story])), None) or self._derived(story)

    def states(self, stories: Sequence[str]) -> Sequence[StoryState]:
        """Return how those of the stories stand that are known to."""
        return self._states(story_states.c.story.in_(stories)) if stories else []

    def of_story(self, story: str) -> Sequence[Placed]:
        """Return the articles of a story, first published first."""
        return self._select(story_index.c.story == story)

    def move(self, placed: Placed, story: str) -> None:
        """Put an article into another story."""
        self._update(placed, {"story": story, "copy_of": placed.copy_of})

    def drop(self, story: str) -> None:
        """Forget how a story stands."""
        mine = story_states.c.watchlist == self._watchlist, story_states.c.story == story
        self._connection.execute(sa.delete(story_states).where(*mine))

    def _states(self, *conditions: sa.ColumnElement[bool], most: int | None = None) -> list[StoryState]:
        query = sa.select(story_states).where(story_states.c.watchlist == self._watchlist, *conditions)
        rows = self._connection.execute(query.order_by(story_states.c.updated, story_states.c.story).limit(most))
        names = ("story", "opened", "updated", "outlets", "sources", "members", "known", "last_event", "closed_by")
        return [StoryState(**{name: row[name] for name in names}) for row in rows.mappings()]

    def _derived(self, story: str) -> StoryState | None:
        columns = story_index.c
        query = sa.select(columns.article, columns.outlet, columns.published, columns.copy_of)
        mine = columns.watchlist == self._watchlist, columns.story == story
        rows = list(self._connection.execute(query.where(*mine).order_by(columns.published, columns.article)))
        if not rows:
            return None
        state = StoryState(story, rows[0].published, rows[-1].published)
        for row in rows:
            state.outlets.setdefault(row.outlet, row.published.isoformat())
            if row.copy_of is None:
                state.sources.setdefault(row.outlet, row.published.isoformat())
        return state

    def keep(self, state: StoryState) -> None:
        """Keep how a story stands."""
        values = {**vars(state), "watchlist": self._watchlist, "state": "closed" if state.closed_by else "open"}
        insert = insert_into(self._connection, story_states).values(values)
        replaced = {name: insert.excluded[name] for name in values if name not in {"watchlist", "story"}}
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=list(story_states.primary_key), set_=replaced)
        )

    def silent(self, before: datetime, most: int) -> Sequence[StoryState]:
        """Return open stories without an article since then, the longest silent first."""
        return self._states(story_states.c.state == "open", story_states.c.updated < before, most=most)

    def closed_by(self, article: str) -> Sequence[StoryState]:
        """Return the stories that the coming of an article closed."""
        return self._states(story_states.c.closed_by == article)

    def add(self, placed: Placed, keys: Sequence[str]) -> None:
        """Keep a newly placed article, to be found by its bands and keys."""
        names = ("article", "story", "copy_of", "outlet", "published")
        values = {name: getattr(placed, name) for name in names} | _described(placed)
        self._connection.execute(sa.insert(story_index).values(watchlist=self._watchlist, **values))
        self._file(placed, keys)
        if placed.copy_of is None:
            self._count(placed)

    def _count(self, placed: Placed) -> None:
        counted = insert_into(self._connection, story_terms)
        more = counted.on_conflict_do_update(
            index_elements=list(story_terms.primary_key), set_={"articles": story_terms.c.articles + 1}
        )
        terms = sorted({ALL, *placed.marks.profile.terms})
        self._connection.execute(more, [{"watchlist": self._watchlist, "term": term, "articles": 1} for term in terms])

    def replace(self, placed: Placed, keys: Sequence[str]) -> None:
        """Keep a placed article as another revision has it."""
        self._update(placed, _described(placed))
        for table in (story_bands, story_keys):
            mine = table.c.watchlist == self._watchlist, table.c.article == placed.article
            self._connection.execute(sa.delete(table).where(*mine))
        self._file(placed, keys)

    def note(self, placed: Placed) -> None:
        """Keep what a placed article changes."""
        self._update(placed, {"changes": [change.model_dump() for change in placed.changes]})

    def _update(self, placed: Placed, values: Mapping[str, Any]) -> None:
        mine = story_index.c.watchlist == self._watchlist, story_index.c.article == placed.article
        self._connection.execute(sa.update(story_index).where(*mine).values(values))

    def _file(self, placed: Placed, keys: Sequence[str]) -> None:
        mine = {"watchlist": self._watchlist, "article": placed.article}
        bands = [{**mine, "band": band} for band in dict.fromkeys(placed.marks.fingerprint.bands)]
        filed = [{**mine, "key": key, "published": placed.published} for key in dict.fromkeys(keys)]
        if bands:
            self._connection.execute(sa.insert(story_bands), bands)
        if filed:
            self._connection.execute(sa.insert(story_keys), filed)


@cache
def _sharing(count: int) -> sa.CompoundSelect[str, str]:
    """Return the query for the latest articles of each of so many keys; to build it takes longer than to run it."""
    parts = []
    for number in range(count):
        key = sa.bindparam(f"key{number}", type_=sa.Text)
        within = story_keys.c.published.between(sa.bindparam("since"), sa.bindparam("until"))
        mine = story_keys.c.watchlist == sa.bindparam("watchlist"), story_keys.c.key == key, within
        latest = sa.select(story_keys.c.article, key.label("key")).where(*mine)
        latest = latest.order_by(story_keys.c.published.desc(), story_keys.c.article).limit(POSTINGS)
        parts.append(sa.select(latest.subquery()))
    return sa.union_all(*parts)


def _described(placed: Placed) -> dict[str, Any]:
    """Return the columns that a revision replaces."""
    marks = placed.marks
    return {
        "fingerprint": marks.fingerprint.to_bytes(),
        "slots": marks.slots.to_bytes(),
        "profile": {"language": marks.profile.language, "terms": dict(marks.profile.terms)},
        "revision": placed.revision,
        "changes": [change.model_dump() for change in placed.changes],
    }


def _placed(row: RowMapping) -> Placed:
    profile = row["profile"] or {"language": "", "terms": {}}
    marks = Marks(
        Fingerprint.from_bytes(row["fingerprint"]),
        Slots.from_bytes(row["slots"] or b""),
        Profile(profile["language"], profile["terms"]),
    )
    return Placed(
        row["article"],
        row["story"],
        row["outlet"],
        row["published"],
        marks,
        row["copy_of"],
        row["revision"],
        tuple(Change.model_validate(change) for change in row["changes"] or ()),
    )
