"""A PostgreSQL server for the tests: the one that WIREWATCH_TEST_POSTGRES_URL names, or a private one."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from pipeline.database import open_engine

SERVER_URL = "WIREWATCH_TEST_POSTGRES_URL"
DEBIAN = Path("/usr/lib/postgresql")
UNSAFE_BUT_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def programs() -> Path | None:
    """Return the folder with initdb and pg_ctl, the newest version first."""
    on_path = shutil.which("initdb")
    if on_path and shutil.which("pg_ctl"):
        return Path(on_path).parent
    versions = [folder for folder in DEBIAN.glob("*/bin") if (folder / "initdb").exists()]
    return max(versions, key=lambda folder: int(folder.parent.name), default=None)


def _account() -> dict[str, Any]:
    """Return the arguments that run a process as somebody else where we are root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = known.get("postgres") or known["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


class Cluster:
    """A private server in a folder of its own, reached by a Unix socket only."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._account = _account()
        self._folder = Path(tempfile.mkdtemp(prefix="wirewatch-pg-"))
        if self._account:
            os.chown(self._folder, self._account["user"], self._account["group"])

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self._folder}"

    def start(self) -> None:
        data = str(self._folder / "data")
        self._run(["initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}' {UNSAFE_BUT_FAST}"
        log = str(self._folder / "log")
        self._run(["pg_ctl", "-D", data, "-w", "-t", "60", "-l", log, "-o", options, "start"])

    def stop(self) -> None:
        self._run(["pg_ctl", "-D", str(self._folder / "data"), "-w", "-m", "immediate", "stop"])
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, command: Sequence[str]) -> None:
        path = str(self._programs / command[0])
        # Its output goes to a file: the server inherits it, so a pipe would never end.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [path, *command[1:]], stdout=output, stderr=output, cwd="/", check=False, **self._account
            )
            output.seek(0)
            assert done.returncode == 0, output.read().decode(errors="replace")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server on which databases may be created."""
    given = os.environ.get(SERVER_URL)
    if given:
        yield given
        return
    found = programs()
    if found is None:
        reason = f"PostgreSQL is not installed (initdb not found) and {SERVER_URL} is not set"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    cluster = Cluster(found)
    cluster.start()
    yield cluster.url
    cluster.stop()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a new, empty database."""
    name = f"test_{uuid.uuid4().hex}"
    server = open_engine(postgres_server).execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    url = sqlalchemy.make_url(postgres_server).set(database=name)
    yield url.render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()
