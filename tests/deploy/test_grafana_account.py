"""The account that Grafana reads the database with can read everything and write nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.exc import DBAPIError

from pipeline.database import migrate, open_engine
from tests.deploy.places import DEPLOY
from tests.postgres import programs

SCRIPT = DEPLOY / "postgres" / "grafana.sh"

pytestmark = pytest.mark.postgres


def run_script(url: str, password: Path) -> None:
    """Run the script as PostgreSQL's image does, though on the test's own server."""
    found, parts = programs(), sqlalchemy.make_url(url)
    assert found is not None
    environment = {
        "PATH": f"{found}:{os.environ['PATH']}",
        "PGHOST": str(parts.query.get("host") or parts.host),
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_DB": parts.database or "",
        "GRAFANA_PASSWORD_FILE": str(password),
    }
    done = subprocess.run(["sh", str(SCRIPT)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_reads_what_there_is_and_what_will_be_and_writes_nothing(postgres_url: str, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("it's secret")
    run_script(postgres_url, password)
    run_script(postgres_url, password)  # once more changes nothing
    owner = open_engine(postgres_url)
    migrate(owner)  # the tables come later
    reader = open_engine(
        sqlalchemy.make_url(postgres_url).set(username="grafana").render_as_string(hide_password=False)
    )
    with reader.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM articles").scalar_one() == 0
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "30s"
    for statement in ("DELETE FROM articles", "SET default_transaction_read_only = off; DELETE FROM articles"):
        with reader.connect() as connection, pytest.raises(DBAPIError, match=r"read-only|permission denied"):
            connection.exec_driver_sql(statement)
    reader.dispose()
    owner.dispose()
