"""The nightly backup: a dump from which all comes back, as docs/operations.md says."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline import database
from pipeline.tables import metadata, stories
from tests.deploy.docker import within
from tests.deploy.places import DEPLOY
from tests.postgres import programs

SCRIPT = DEPLOY / "backup.sh"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.postgres

Backup = Callable[..., subprocess.CompletedProcess[str]]


def environment(url: str, folder: Path) -> dict[str, str]:
    parts = sa.make_url(url)
    found = programs()
    path = f"{found}:{os.environ['PATH']}" if found else os.environ["PATH"]
    host, name = str(parts.query.get("host") or parts.host), str(parts.database)
    named = {"PGHOST": host, "PGUSER": str(parts.username), "PGDATABASE": name, "BACKUP_FOLDER": str(folder)}
    return {"PATH": path, **named}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


@pytest.fixture
def backup(postgres_url: str, folder: Path) -> Backup:
    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        given = environment(postgres_url, folder) | settings
        command = ["sh", str(SCRIPT), *arguments]
        return subprocess.run(command, env=given, capture_output=True, text=True, check=False)

    return run


def filled(url: str) -> sa.Engine:
    engine = database.open_engine(url)
    database.migrate(engine)
    row = {"id": "1", "watchlist": "w", "title": "Ханой – ลาว", "url": "https://news.example/1", "level": "direct"}
    with engine.begin() as connection:
        connection.execute(sa.insert(stories).values(**row, opened=NOW, updated=NOW))
    return engine


def content(engine: sa.Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return {table.name: connection.execute(sa.select(table)).all() for table in metadata.sorted_tables}


def test_all_comes_back_from_a_dump(backup: Backup, folder: Path, postgres_url: str) -> None:
    engine = filled(postgres_url)
    before = content(engine)
    done = backup("once")
    assert done.returncode == 0, done.stderr
    (dump,) = folder.iterdir()
    assert dump.stat().st_mode & 0o077 == 0
    with engine.begin() as connection:
        connection.execute(sa.delete(stories))
        connection.execute(sa.insert(stories).values(**{**before["stories"][0]._mapping, "id": "2", "title": "later"}))
    restore = ["pg_restore", "--clean", "--if-exists", "--no-owner", "-d", str(engine.url.database), str(dump)]
    restored = subprocess.run(
        restore, env=environment(postgres_url, folder), capture_output=True, text=True, check=False
    )
    assert (restored.returncode, restored.stderr) == (0, "")
    assert content(engine) == before
    assert len(before["stories"]) == 1
    assert database.is_current(engine)
    engine.dispose()


def test_the_oldest_dumps_go_and_files_of_others_stay(backup: Backup, folder: Path) -> None:
    for day in range(1, 5):
        (folder / f"wirewatch-2020010{day}T030000Z.dump").write_text("old")
    (folder / "notes.txt").write_text("mine")
    assert backup("once", BACKUP_KEEP="2").returncode == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names[:2] == ["notes.txt", "wirewatch-20200104T030000Z.dump"]
    assert len(names) == 3


def test_a_dump_that_fails_is_no_dump_and_costs_no_older_one(backup: Backup, folder: Path) -> None:
    (folder / "wirewatch-20200101T030000Z.dump").write_text("old")
    done = backup("once", PGDATABASE="no_such_database", BACKUP_KEEP="1")
    assert done.returncode == 1
    assert "pg_dump failed; the older dumps stay" in done.stderr
    assert [path.name for path in folder.iterdir() if path.suffix == ".dump"] == ["wirewatch-20200101T030000Z.dump"]


def test_the_check_is_content_with_a_dump_of_the_last_two_days_alone(backup: Backup, folder: Path) -> None:
    assert backup("check").returncode == 1
    assert backup("once").returncode == 0
    assert backup("check").returncode == 0
    for path in folder.iterdir():
        os.utime(path, (NOW.timestamp(), 0))
    assert backup("check").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (["once"], {"BACKUP_KEEP": "0"}, "BACKUP_KEEP is '0'"),
        (["nightly"], {"BACKUP_HOUR": "24"}, "BACKUP_HOUR is '24'"),
        (["nightly"], {"BACKUP_HOUR": "at three"}, "BACKUP_HOUR is 'at three'"),
        ([], {}, "say once, nightly or check"),
    ],
)
def test_bad_settings_are_refused(backup: Backup, arguments: list[str], settings: dict[str, str], words: str) -> None:
    done = backup(*arguments, **settings)
    assert (done.returncode, words in done.stderr) == (2, True)


def test_a_first_dump_is_made_at_once_and_the_wait_for_the_night_ends_by_a_signal(
    folder: Path, postgres_url: str
) -> None:
    command = ["sh", str(SCRIPT), "nightly"]
    with subprocess.Popen(command, env=environment(postgres_url, folder), start_new_session=True) as process:
        within(30, "a first dump", lambda: bool(list(folder.glob("*.dump"))))
        process.terminate()
        assert process.wait(10) == 0
        os.killpg(process.pid, signal.SIGKILL)
