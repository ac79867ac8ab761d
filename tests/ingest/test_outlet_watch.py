from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from ingest.extract import Extracted
from ingest.outlet_health import RECENT
from ingest.outlet_watch import OutletWatch, health_of_outlets
from pipeline.database import migrate, open_engine, writing
from pipeline.errors import Retry
from pipeline.telemetry import Telemetry
from tests.ingest.feeding import NOON, FakeClock

FULL = Extracted(text="x" * 3000, title="Fog", published=NOON)
STUB = Extracted(text="x" * 100, title="Fog", published=NOON)


def show(watch: OutletWatch, outlet: str, found: Extracted, times: int) -> None:
    for _ in range(times):
        watch.see(outlet, found)


def unhealthy(telemetry: Telemetry, problem: str = "text-short") -> float:
    return telemetry.total("outlets_unhealthy", problem=problem)


def test_a_layout_change_shows_in_the_record_of_its_outlet_and_as_a_metric(
    any_engine: Engine, telemetry: Telemetry, clock: FakeClock
) -> None:
    watch = OutletWatch(any_engine, telemetry, clock=clock)
    for outlet in ("The News", "Other"):
        show(watch, outlet, FULL, 60)
    watch.save()
    assert unhealthy(telemetry) == 0
    clock.advance(3600)
    show(watch, "The News", STUB, RECENT)
    watch.save()
    health = health_of_outlets(any_engine)
    assert health["The News"].problems == (
        "20 of the last 20 articles are far shorter than usual: half have up to 100 characters, used to have 3,000",
    )
    assert (health["The News"].articles, health["The News"].since) == (80, NOON + timedelta(hours=1))
    assert (health["Other"].problems, health["Other"].since) == ((), None)
    assert unhealthy(telemetry) == 1
    assert unhealthy(telemetry, "title-missing") == 0
    show(watch, "The News", FULL, RECENT)
    watch.save()
    assert health_of_outlets(any_engine)["The News"].problems == ()
    assert unhealthy(telemetry) == 0


def test_several_fetchers_share_what_they_know_of_an_outlet(any_engine: Engine, clock: FakeClock) -> None:
    watches = [OutletWatch(any_engine, Telemetry(), clock=clock) for _ in range(2)]
    for watch in watches * 3:
        show(watch, "The News", FULL, 10)
        watch.save()
    assert health_of_outlets(any_engine)["The News"].articles == 60


def test_what_cannot_be_saved_is_kept_in_order(engine: Engine, clock: FakeClock, telemetry: Telemetry) -> None:
    watch = OutletWatch(engine, telemetry, clock=clock)
    show(watch, "The News", FULL, 60)
    show(watch, "The News", STUB, RECENT)
    broken = OutletWatch(open_engine("postgresql://nobody@/nowhere?host=/nonexistent"), telemetry, clock=clock)
    broken._waiting.extend(watch._waiting)
    with pytest.raises(Retry):
        broken.save()
    assert list(broken._waiting) == list(watch._waiting)


def test_the_thread_saves_what_is_left_when_it_is_stopped(engine: Engine, telemetry: Telemetry) -> None:
    with OutletWatch(engine, telemetry) as watch:
        show(watch, "The News", FULL, 3)
    assert health_of_outlets(engine)["The News"].articles == 3


def test_an_outlet_nobody_saw_has_no_record(engine: Engine) -> None:
    assert health_of_outlets(engine) == {}
    migrate(engine)
    with writing(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM outlet_health")).scalar_one() == 0
