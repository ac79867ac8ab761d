from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pipeline import database
from pipeline.messages import StoryEvent, Surge
from pipeline.testing import NOON, make_article, make_story_event
from processors.surge import compared, excess
from processors.surge_counts import SurgeCounts
from processors.surges import Surges

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Surges]:
    url = f"sqlite:///{tmp_path / 'surges.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine: Engine = database.open_engine(url)
    database.migrate(engine)
    yield Surges(
        SurgeCounts(engine), {"asean-russia": {"asean-russia": "ASEAN-Russia relations", "diplomacy": "Talks"}}
    )
    engine.dispose()


def event(name: str, at: datetime, *, late: timedelta = timedelta(0), kind: str = "updated") -> StoryEvent:
    article = make_article(url=f"https://news.example/{name}", published=at, discovered=at + late, title=name)
    return make_story_event(article=article, kind=kind)


def told(stage: Surges, *events: StoryEvent) -> list[Surge]:
    return [surge for each in events for surge in stage(each)]


def burst(at: datetime, count: int, **how: object) -> list[StoryEvent]:
    return [event(f"burst{at:%d%H}{number}", at + timedelta(minutes=number), **how) for number in range(count)]  # type: ignore[arg-type]  # as event has them


def usual(days: int) -> list[StoryEvent]:
    """One article a day, some hours before."""
    return [event(f"usual{day}", NOON - day * DAY - timedelta(hours=5)) for day in range(days, 0, -1)]


def test_a_surge_is_told_with_the_article_that_makes_it_one_and_once(stage: Surges) -> None:
    told(stage, *usual(20))
    surges = told(stage, *burst(NOON, 12))
    first = surges[0]
    assert (first.scope, first.subject, first.name) == ("watchlist", "asean-russia", "ASEAN-Russia relations")
    assert (first.counted, first.count, first.expected, first.hour) == ("articles", 6, 0.0, NOON)
    assert first.title.startswith("burst")
    assert {(one.scope, one.subject) for one in surges} == {
        ("watchlist", "asean-russia"),
        ("actor", "asean"),
        ("actor", "russia"),
        ("theme", "diplomacy"),
    }
    assert len(surges) == 4
    assert told(stage, *burst(NOON + timedelta(hours=1), 12)) == []


def test_what_is_usual_is_no_surge(stage: Surges) -> None:
    for day in range(20, 0, -1):
        told(stage, *burst(NOON - day * DAY, 6))
    assert told(stage, *burst(NOON, 7)) == []


def test_a_short_history_keeps_quiet(stage: Surges) -> None:
    told(stage, *usual(12))
    assert told(stage, *burst(NOON, 40)) == []


def test_stories_are_counted_apart_from_articles(stage: Surges) -> None:
    told(stage, *usual(20))
    counted = [one.counted for one in told(stage, *burst(NOON, 5, kind="opened"))]
    assert set(counted) == {"stories"}


def test_a_redelivery_counts_nothing_and_tells_the_same_surge_again(stage: Surges) -> None:
    told(stage, *usual(20))
    events = burst(NOON, 6)
    first = told(stage, *events)
    assert first
    assert told(stage, *events[:5], *events[:5]) == []
    assert {one.id for one in stage(events[5])} == {one.id for one in first}


def test_old_news_counts_and_never_surges(stage: Surges) -> None:
    told(stage, *usual(20))
    assert told(stage, *burst(NOON, 12, late=timedelta(days=1))) == []
    assert told(stage, event("now", NOON))[0].count == 13


def test_a_story_that_ends_is_not_counted(stage: Surges) -> None:
    told(stage, *usual(20))
    assert told(stage, *burst(NOON, 12, kind="closed")) == []


def test_an_hour_is_compared_with_the_same_hour_of_days_of_its_kind() -> None:
    friday = compared(NOON)
    assert len(friday) == 10
    assert NOON - timedelta(days=7) in friday
    assert NOON - timedelta(days=5) not in friday
    saturday = compared(NOON + DAY)
    assert len(saturday) == 4
    assert NOON + DAY - timedelta(days=6) in saturday


def test_one_odd_hour_of_the_past_raises_no_expectation() -> None:
    odd = dict.fromkeys(compared(NOON), 2) | {NOON - timedelta(days=7): 90}
    assert excess(NOON, 12, odd).expected == 2
    assert excess(NOON, 12, odd).deviations > 4
