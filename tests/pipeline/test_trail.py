"""What is kept of messages that are not passed on: once each, before the offset moves, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from pipeline.database import open_engine
from pipeline.errors import Drop, Quarantine, Retry
from pipeline.runner import Runner
from pipeline.tables import metadata, outcomes
from pipeline.testing import make_entry, make_story_event, make_tagged
from pipeline.trail import LONGEST_REASON, Ended, SqlTrail, ended
from tests.pipeline.running import SETTINGS, Bench, Clock, Scripted, inline

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    sqlite = f"sqlite:///{tmp_path / 'test.db'}"
    engine = open_engine(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    metadata.create_all(engine)
    yield engine
    engine.dispose()


class Times:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Unwritable:
    """A trail whose database is away."""

    def __init__(self) -> None:
        self.kept: list[Ended] = []
        self.away = True

    def add(self, ended: Ended) -> None:
        self.kept.append(ended)

    def flush(self) -> bool:
        return not self.away


def rows(engine: Engine) -> list[tuple[str, str, str, int]]:
    columns = (outcomes.c.stage, outcomes.c.outcome, outcomes.c.reason, outcomes.c.attempts)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(outcomes.c.url))]


def told(at: datetime, url: str = "https://www.example.com/a", reason: str = "no-text") -> Ended:
    entry = make_entry(url=url)
    return Ended("fetcher", entry.id, entry.id, url, entry.feed_url, "The Example", "dropped", reason, 1, at)


def test_what_is_not_passed_on_is_kept_with_its_reason_and_what_is_passed_on_is_not(engine: Engine) -> None:
    clock = Clock()
    stage = Scripted(a=Drop("no-text"), b=Quarantine("too deep"), c=Retry("host-down", 3600.0))
    bench = Bench(inline(stage, clock), clock)
    bench.runner = Runner(
        bench.broker, inline(stage, clock), SETTINGS, bench.telemetry, clock=clock, patience=0.0,
        trail=SqlTrail(lambda: engine, timedelta(days=1)),
    )  # fmt: skip
    bench.feed("a", "b", "d", "c")
    bench.step()
    assert rows(engine) == [
        ("scripted", "dropped", "no-text", 1),
        ("scripted", "quarantined", "too deep", 1),
        ("scripted", "retried", "host-down", 1),
    ]
    clock.now += 3601
    stage.answers.clear()
    bench.step()
    assert len(rows(engine)) == 3, "passed on at last: the try before it stays, and the article says the rest"


def test_the_offset_waits_until_the_outcome_is_on_record() -> None:
    clock = Clock()
    stage = Scripted(a=Drop("no-text"))
    bench = Bench(inline(stage, clock), clock)
    trail = Unwritable()
    bench.runner = Runner(
        bench.broker, inline(stage, clock), SETTINGS, bench.telemetry, clock=clock, patience=0.0, trail=trail
    )
    bench.feed("a", "b")
    bench.step()
    assert bench.committed() == 0
    trail.away = False
    bench.step()
    assert bench.committed() == 2
    assert stage.seen == ["a", "b"], "nothing is done twice meanwhile"


def test_a_redelivery_writes_the_same_row_again(engine: Engine) -> None:
    for reason in ("no-text", "gone"):
        trail = SqlTrail(lambda: engine, timedelta(days=1), Times())
        trail.add(told(NOW, reason=reason))
        assert trail.flush()
    assert rows(engine) == [("fetcher", "dropped", "gone", 1)]


def test_rows_are_forgotten_when_they_are_too_old(engine: Engine) -> None:
    times = Times()
    trail = SqlTrail(lambda: engine, timedelta(days=30), times)
    trail.add(told(NOW, "https://www.example.com/old"))
    trail.flush()
    times.now += timedelta(days=31)
    trail.add(told(times.now, "https://www.example.com/new", "gone"))
    trail.flush()
    assert [reason for _, _, reason, _ in rows(engine)] == ["gone"]


def test_a_database_that_is_away_is_no_error_and_nothing_is_lost(tmp_path: Path) -> None:
    away = open_engine("postgresql://nobody@127.0.0.1:1/nothing")
    here = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(here)
    engines = [away, here]
    trail = SqlTrail(lambda: engines.pop(0), timedelta(days=1), Times())
    trail.add(told(NOW))
    assert not trail.flush()
    assert trail.flush()
    assert rows(here) == [("fetcher", "dropped", "no-text", 1)]
    here.dispose()


def test_nothing_to_write_asks_for_no_database() -> None:
    def engine() -> Engine:
        raise AssertionError("asked for a database")

    assert SqlTrail(engine, timedelta(days=1)).flush()


def test_every_document_leads_back_to_its_entry() -> None:
    entry, tagged, event = make_entry(), make_tagged(), make_story_event()
    found = [ended("stage", body, "dropped", "why", 0) for body in (entry, tagged.article, tagged, event)]
    assert {one.entry for one in found if one} == {entry.id}
    assert [one.message for one in found if one] == [entry.id, tagged.article.id, tagged.id, event.id]


def test_a_reason_is_one_short_line() -> None:
    found = ended("stage", make_entry(), "dropped", "a\n\0b " * 500, 1)
    assert found
    assert len(found.reason) == LONGEST_REASON
    assert found.reason.startswith("a b a b")
