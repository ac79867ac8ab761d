"""The ids of articles whose page names another address than their entry, in a table that all fetchers share.

Without it an edited entry would be a second article as soon as its page names another address than before.
"""

from __future__ import annotations

from sqlalchemy import Engine, select

from pipeline.database import insert_into, reading, writing
from pipeline.messages import Entry
from pipeline.tables import article_ids as table


class ArticleIds:
    """Keeps the id that the article of an entry had at first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, entry: Entry, found: str) -> str:
        """Return the id of the entry's article, `found` where there was none before. Raises Retry."""
        if entry.revision == 0:
            with writing(self._engine) as connection:
                row = {"entry": entry.id, "article": found}
                connection.execute(insert_into(connection, table).values(row).on_conflict_do_nothing())
        with reading(self._engine) as connection:
            first = connection.scalar(select(table.c.article).where(table.c.entry == entry.id))
        return found if first is None else str(first)
