"""The one database: engines, migrations, and which of its errors may pass by themselves."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError

from pipeline.errors import InputError, Retry

Insert = postgresql.Insert | sqlite.Insert

MIGRATIONS = Path(__file__).parent / "migrations"
SQLITE_BUSY_SECONDS = 30.0


def open_engine(url: str) -> Engine:
    """Return an engine for a SQLAlchemy URL: SQLite or PostgreSQL; nothing connects yet.

    Raises InputError when the URL is none.
    """
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.partition("://")[2]
    try:
        parsed = sqlalchemy.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _open_sqlite(parsed)
        if parsed.get_backend_name() == "postgresql":
            return sqlalchemy.create_engine(parsed, pool_pre_ping=True, pool_size=5, max_overflow=10)
    except (ArgumentError, NoSuchModuleError, ImportError):
        pass  # not a URL, or one of a driver that is not installed
    raise InputError(
        "database_url", "not a database this program knows", "Give sqlite:///FILE or postgresql://USER@HOST/NAME."
    )


def _open_sqlite(url: sqlalchemy.URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy.create_engine(url, connect_args={"timeout": SQLITE_BUSY_SECONDS, "isolation_level": None})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A deferred transaction that reads and then writes fails at once when another writer was faster.
        reads = connection.get_execution_options().get("reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


@contextlib.contextmanager
def passing_errors() -> Iterator[None]:
    """Turn a database error that may pass by itself (connection lost, locked, deadlock) into Retry, for ever."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        if getattr(error.orig, "sqlite_errorname", None) == "SQLITE_ERROR":
            raise  # a fault in the statement or the tables, which waiting does not mend
        raise Retry(f"database: {str(error.orig).partition(chr(10))[0]}", forever=True) from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise Retry("database: connection lost", forever=True) from error


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose transaction only reads, so that no writer waits for it."""
    with passing_errors(), engine.connect().execution_options(reads=True) as connection:
        yield connection


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that writes: committed at the end, rolled back on an error."""
    with passing_errors(), engine.begin() as connection:
        yield connection


def in_turn(connection: Connection, what: str) -> None:
    """Let the transactions that do the same, by name, wait for each other to end; those of SQLite do so anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(zlib.crc32(what.encode()))))


def insert_into(connection: Connection, table: Table) -> Insert:
    """Return the insert of the database at hand: both know ON CONFLICT, in the same words."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision, `base` for none. Raises Retry when the database cannot be reached."""
    with writing(engine) as connection:
        config = _config(connection)
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)


def is_current(engine: Engine) -> bool:
    """Return whether every migration was applied."""
    with reading(engine) as connection:
        head = ScriptDirectory.from_config(_config(connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision() == head
