from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from pipeline.database import _config, is_current, migrate, open_engine, passing_errors, reading, writing
from pipeline.errors import InputError, Retry
from pipeline.tables import metadata
from pipeline.terms_type import FULL_TEXT


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    sqlite = f"sqlite:///{tmp_path / 'new folder' / 'test.db'}"
    engine = open_engine(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield engine
    engine.dispose()


def listed(name: str | None) -> bool:
    """Return whether it is a table of the list, and none that SQLite's full-text search keeps its own things in."""
    return not str(name).startswith(FULL_TEXT)


def test_the_migrations_build_exactly_the_tables_of_the_list(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        own = {"article_terms.terms": "postgresql"}  # SQLite has the full-text index in place of this one

        def meant(thing: Any, _name: str, kind: str, *_: object) -> bool:
            columns = [f"{column.table.name}.{column.name}" for column in thing.columns] if kind == "index" else []
            return all(own.get(column, engine.dialect.name) == engine.dialect.name for column in columns)

        opts = {
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, *_: listed(name),
            "include_object": meant,
        }
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []


def test_the_migrations_can_be_taken_back_and_applied_again(engine: Engine) -> None:
    migrate(engine)
    migrate(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrate(engine)
    assert set(filter(listed, inspect(engine).get_table_names())) == {"alembic_version", *metadata.tables}


def test_a_migrated_database_is_current_and_migrating_again_changes_nothing(engine: Engine) -> None:
    assert not is_current(engine)
    migrate(engine)
    assert is_current(engine)
    migrate(engine)
    assert is_current(engine)


def test_an_error_inside_a_transaction_leaves_nothing_behind(engine: Engine) -> None:
    migrate(engine)
    row = "INSERT INTO story_bands (watchlist, band, article) VALUES ('w', 'b', 'a')"

    def write_and_fail() -> None:
        with writing(engine) as connection:
            connection.execute(text(row))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM story_bands")).scalar_one() == 0


@pytest.mark.postgres
def test_a_statement_that_can_never_work_is_not_retried(postgres_url: str) -> None:
    with pytest.raises(ProgrammingError), writing(open_engine(postgres_url)) as connection:
        connection.execute(text("SELECT * FROM no_such_table"))


def test_a_database_that_cannot_be_reached_is_retried_for_ever(tmp_path: Path) -> None:
    engine = open_engine(f"postgresql://nobody@/nowhere?host={tmp_path}")
    with pytest.raises(Retry) as raised, reading(engine):
        pass
    assert raised.value.forever


def test_a_locked_sqlite_database_is_retried(tmp_path: Path) -> None:
    error = OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked"))
    with pytest.raises(Retry, match="database is locked"), passing_errors():
        raise error


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "mysql://localhost/news",
        "sqlite",
        "oracle+none://x",
        "http://x",
        "postgresql+psycopg2://host/news",
    ],
)
def test_a_url_of_no_known_database_is_an_input_error_that_names_the_remedy(url: str) -> None:
    with pytest.raises(InputError, match="sqlite:///FILE or postgresql://") as raised:
        open_engine(url)
    assert raised.value.place == "database_url"


def test_the_short_forms_of_a_postgresql_url_use_the_driver_that_is_installed() -> None:
    for url in ("postgres://me@host/news", "postgresql://me@host/news", "postgresql+psycopg://me@host/news"):
        assert open_engine(url).dialect.driver == "psycopg"


def test_the_password_of_a_database_is_not_shown(tmp_path: Path) -> None:
    assert "hunter2" not in repr(open_engine("postgresql://me:hunter2@host/news"))


def test_a_reader_of_sqlite_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    migrate(engine)
    with writing(engine) as writer:
        writer.execute(text("INSERT INTO story_bands (watchlist, band, article) VALUES ('w', 'b', 'a')"))
        with reading(engine) as reader:
            assert reader.execute(text("SELECT count(*) FROM story_bands")).scalar_one() == 0


OLD_ALERT = """
INSERT INTO alerts (id, watchlist, story, channel, state, body, attempts, next_attempt, created)
VALUES (:id, 'w', 's', 'red', :state, '{}', :attempts, '2026-03-01 12:00:00', '2026-03-01 12:00:00')
"""


def to_revision(engine: Engine, revision: str) -> None:
    with writing(engine) as connection:
        command.downgrade(_config(connection), revision)


def test_alerts_of_before_there_were_rules_keep_their_ids_and_are_of_the_default_rule(engine: Engine) -> None:
    migrate(engine, "0011")
    rows = [("new", "pending", 0), ("tried", "pending", 3), ("told", "sent", 1), ("lost", "dead", 20)]
    with writing(engine) as connection:
        for name, state, attempts in rows:
            connection.execute(text(OLD_ALERT), {"id": name, "state": state, "attempts": attempts})
    migrate(engine)
    with writing(engine) as connection:
        found = connection.execute(text("SELECT id, rule, kind, state FROM alerts")).all()
        assert {tuple(row) for row in found} == {
            ("new", "default", "story", "pending"),
            ("tried", "default", "story", "failed"),
            ("told", "default", "story", "sent"),
            ("lost", "default", "story", "dead"),
        }
        for name, state in (("new", "held"), ("told", "acknowledged")):
            connection.execute(text("UPDATE alerts SET state = :state WHERE id = :id"), {"id": name, "state": state})
    to_revision(engine, "0011")
    with reading(engine) as connection:
        found = connection.execute(text("SELECT id, state FROM alerts")).all()
        assert {tuple(row) for row in found} == {(name, state) for name, state, _ in rows}
