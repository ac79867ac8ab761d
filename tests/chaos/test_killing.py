"""Poller and fetcher die at random moments: nothing is lost and nothing is stored twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from pipeline.database import migrate, open_engine, reading
from pipeline.tables import feeds
from tests.chaos.killing import ids_on_the_bus, kill, rampage, settings_for
from tests.chaos.newsroom import Newsroom
from tests.e2e.harness import command, eventually


def test_every_entry_is_stored_once_whenever_poller_and_fetcher_are_killed(tmp_path: Path) -> None:
    outcome = rampage(tmp_path, feeds=60, each=3, kills=4, life=3.0)
    assert outcome.kills == {"poller": 2, "fetcher": 2}
    assert outcome.published == outcome.on_the_bus == outcome.stored == 180
    assert (outcome.lost, outcome.stored_twice, outcome.strangers) == (0, 0, 0)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'wirewatch.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


def owners(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return set(connection.scalars(select(feeds.c.lease_owner).where(feeds.c.lease_owner.is_not(None))))


def test_the_feeds_of_a_killed_poller_are_polled_by_another_when_their_lease_ends(
    tmp_path: Path, database_url: str
) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    with Newsroom(feeds=20, each=2, seconds=0.1) as newsroom:
        environment = settings_for(tmp_path, newsroom) | {"WIREWATCH_DATABASE_URL": database_url}
        newsroom.silent = True
        first = command(["poller"], environment | {"WIREWATCH_POLLER__LEASE": "12"}, tmp_path / "first.log")
        second = None
        try:
            eventually("every feed asked", lambda: set(newsroom.asked) == set(range(20)), 60)
            (victim,) = owners(engine)
            second = command(["poller"], environment, tmp_path / "second.log")
            eventually("a second poller", lambda: "stage.started" in (tmp_path / "second.log").read_text(), 60)
            kill(first)
            newsroom.silent = False
            eventually("every feed asked again", lambda: len(newsroom.asked) >= 40, 60)
            eventually("nothing left to the killed one", lambda: victim not in owners(engine), 60)
            eventually("every feed settled", lambda: polled(engine) == 20, 60)
        finally:
            for process in filter(None, (first, second)):
                kill(process)
    engine.dispose()
    assert len(set(ids_on_the_bus(tmp_path))) == 40


def polled(engine: Engine) -> int:
    with reading(engine) as connection:
        return len(connection.scalars(select(feeds.c.url).where(feeds.c.result == "new")).all())
