"""The column of an article's search terms: a tsvector in PostgreSQL, a text for SQLite's FTS5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import DDL, Dialect, Table, Text, TypeDecorator, event
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.types import TypeEngine

from pipeline.terms import BREAK, MARK

FULL_TEXT = "article_search"
"""The virtual table of FTS5 over the column; its rowid is the column `number`."""

_FORGET = "INSERT INTO article_search(article_search, rowid, terms) VALUES ('delete', old.number, old.terms);"
_LEARN = "INSERT INTO article_search(rowid, terms) VALUES (new.number, new.terms);"

FTS5 = (
    """CREATE VIRTUAL TABLE article_search
    USING fts5(terms, content='article_terms', content_rowid='number', tokenize='ascii')""",
    f"CREATE TRIGGER article_terms_insert AFTER INSERT ON article_terms BEGIN {_LEARN} END",
    f"CREATE TRIGGER article_terms_delete AFTER DELETE ON article_terms BEGIN {_FORGET} END",
    f"CREATE TRIGGER article_terms_update AFTER UPDATE ON article_terms BEGIN {_FORGET} {_LEARN} END",
)
"""The index of SQLite and what keeps it true: <https://www.sqlite.org/fts5.html#external_content_tables>."""

FTS5_DROP = "DROP TABLE article_search"


class Terms(TypeDecorator[Sequence[str]]):
    """Terms in their order, and marks in any; read back as the database writes them."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that the database has for it."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        """Return the terms as the database takes them."""
        if value is None:
            return None
        return tsvector(value) if dialect.name == "postgresql" else " ".join(value)


def tsvector(terms: Sequence[str]) -> str:
    """Return terms in PostgreSQL's notation: each with its places, what nobody asks the place of without."""
    places: dict[str, list[str]] = {}
    for place, term in enumerate(terms, start=1):
        known = places.setdefault(term, [])
        if not term.startswith((BREAK, MARK)):
            known.append(str(place))
    return " ".join(f"'{term}':{','.join(at)}" if at else f"'{term}'" for term, at in places.items())


def index_in_sqlite(table: Table) -> None:
    """Have the full-text index made and kept whenever the table is created in SQLite."""
    for statement in FTS5:
        event.listen(table, "after_create", _in_sqlite(statement))
    event.listen(table, "before_drop", _in_sqlite(FTS5_DROP))


def _in_sqlite(statement: str) -> ExecutableDDLElement:
    made: ExecutableDDLElement = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy left its constructor out
    return made.execute_if(dialect="sqlite")
