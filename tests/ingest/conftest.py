from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ingest.feeds import Feed
from ingest.poller import Poller
from pipeline.database import migrate, open_engine
from pipeline.settings import PollerSettings
from pipeline.telemetry import Telemetry
from tests.ingest.feeding import FakeClock, FakeFeeds
from tests.ingest.polling import ONE, MakePoller


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "wirewatch.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def engine(migrated: Path, tmp_path: Path) -> Iterator[Engine]:
    """A SQLite database with all tables, empty."""
    path = shutil.copy(migrated, tmp_path / "wirewatch.db")
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database of each kind with all tables, empty."""
    if request.param == "sqlite":
        yield request.getfixturevalue("engine")
        return
    engine = open_engine(request.getfixturevalue("postgres_url"))
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def feeds(clock: FakeClock) -> FakeFeeds:
    return FakeFeeds(clock)


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry()


@pytest.fixture
def make_poller(engine: Engine, feeds: FakeFeeds, clock: FakeClock, telemetry: Telemetry) -> MakePoller:
    def make(*catalogue: Feed, owner: str = "me", waiting: Callable[[], int] = lambda: 0, **settings: Any) -> Poller:
        chosen = PollerSettings(**{"floor": 600.0, "cap": 86400.0, **settings})
        return Poller(
            catalogue or (ONE,),
            engine,
            feeds,
            chosen,
            telemetry,
            max_bytes=1 << 20,
            backlog=waiting,
            owner=owner,
            clock=clock,
            sleep=clock.sleep,
        )

    return make
