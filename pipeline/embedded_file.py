"""The file of the embedded log: opening, migrating, transactions, and its errors in our words."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import BusError, InputError

Connection = sqlite3.Connection

APPLICATION_ID = 0x77697265
"""Marks an SQLite file as a log of this program: the letters "wire"."""

BUSY_SECONDS = 10.0
"""Seconds to wait for a writer in another process."""

RETRY_SECONDS = 0.02
"""Seconds between two attempts at switching a new file to WAL, which SQLite's own waiting does not cover."""

WAL_BYTES = 64 * 1024 * 1024
"""Size to which the write-ahead log is cut back after a burst."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE topics (name TEXT PRIMARY KEY, retention_ms INTEGER NOT NULL) WITHOUT ROWID",
        """CREATE TABLE partitions (
            id INTEGER PRIMARY KEY, topic TEXT NOT NULL REFERENCES topics, number INTEGER NOT NULL,
            first INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
            UNIQUE (topic, number))""",
        """CREATE TABLE records (
            position INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL,
            key BLOB NOT NULL, value BLOB NOT NULL, headers TEXT)""",
        "CREATE TABLE groups (name TEXT PRIMARY KEY, generation INTEGER NOT NULL) WITHOUT ROWID",
        """CREATE TABLE members (
            id TEXT PRIMARY KEY, group_name TEXT NOT NULL REFERENCES groups, process TEXT NOT NULL,
            topics TEXT NOT NULL, seen REAL NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE cursors (
            group_name TEXT NOT NULL REFERENCES groups, partition INTEGER NOT NULL REFERENCES partitions,
            committed INTEGER NOT NULL DEFAULT 0, member TEXT, epoch INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (group_name, partition)) WITHOUT ROWID""",
    ),
)
"""The statements that lead from each version of the file (PRAGMA user_version) to the next."""


class LogFile:
    """One SQLite file that several threads and processes of one machine write; each thread opens its own connection.

    Writers of one process queue on a lock, since SQLite's own waiting is a sleep.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = threading.Lock()

    def open(self) -> Connection:
        """Return a connection to the migrated file, made if missing.

        Raises InputError when the file is no log or of a newer version, BusError when it cannot be opened.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BusError(f"{self.path.parent}: cannot hold the embedded log: {error.strerror}") from error
        with self.translated():
            connection = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
            )
        try:
            with self.translated():
                self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: Connection) -> None:
        # A file of somebody else is looked at before anything could change it.
        version = self._version(connection)
        _use_wal(connection)
        # NORMAL does not sync each commit: a killed process loses nothing, and a power cut may lose the last commits,
        # outputs and offsets alike, so that they are worked out again. FULL costs eight times the time of an append.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        if version < len(MIGRATIONS):
            with self.writing(connection):
                self._migrate(connection)

    def _version(self, connection: Connection) -> int:
        # All three of one moment: another process may be making the tables just now.
        connection.execute("BEGIN")
        try:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            application = _pragma(connection, "application_id")
            version = _pragma(connection, "user_version")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if application != APPLICATION_ID and (tables or application or version):
            raise self._no_log("is an SQLite database of another program")
        if version > len(MIGRATIONS):
            raise InputError(
                str(self.path),
                f"is a log of version {version}, this program knows up to {len(MIGRATIONS)}",
                "Upgrade wirewatch, or set another data folder.",
            )
        return version

    def _migrate(self, connection: Connection) -> None:
        # Another process may have migrated while this one waited for the lock.
        for number in range(_pragma(connection, "user_version"), len(MIGRATIONS)):
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    @contextlib.contextmanager
    def writing(self, connection: Connection) -> Iterator[None]:
        """Run a block as one write transaction, rolled back on an error. Raises BusError."""
        with self.translated(), self._writer:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors, a full disk among them.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Turn the errors of SQLite into BusError, and a file that is none of its own into InputError."""
        try:
            yield
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
                raise self._no_log("is not an SQLite database") from error
            raise BusError(f"{self.path}: {error}") from error

    def _no_log(self, problem: str) -> InputError:
        return InputError(
            str(self.path), f"{problem}, not an embedded log", "Move it away, or set another data folder."
        )


def _pragma(connection: Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def data_version(connection: Connection) -> int:
    """Return a number that changes whenever another connection has committed to the file."""
    return _pragma(connection, "data_version")


def _use_wal(connection: Connection) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return
