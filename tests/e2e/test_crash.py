"""kill -9 in the middle of everything: nothing is lost, nothing is told twice under different keys."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from pipeline import database
from pipeline.tables import articles
from tests.e2e.harness import Receiver, command, eventually, expected, result, settings_for
from wirewatch.site import SampleSite


def test_a_killed_run_that_is_started_again_loses_no_article_and_repeats_no_alert(tmp_path: Path) -> None:
    with SampleSite.load() as site, Receiver() as receiver:
        site.start(speed=4.0)
        environment = settings_for(tmp_path, site, receiver.url)
        engine = database.open_engine(f"sqlite:///{tmp_path / 'wirewatch.sqlite'}")
        database.migrate(engine)

        def stored() -> int:
            with engine.connect() as connection:
                return connection.execute(sa.select(sa.func.count()).select_from(articles)).scalar_one()

        def complete() -> bool:
            return result(engine, site, "webhook") == expected(site)

        for least in (1, 20, 40):
            process = command(["run"], environment, tmp_path / "run.log")
            eventually(f"{least} articles stored", lambda least=least: stored() >= least)
            process.kill()
            process.wait()
        process = command(["run"], environment, tmp_path / "run.log")
        try:
            eventually("every article stored and every story told", complete)
            process.terminate()
            assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait()
        told = [set(urls) for urls in receiver.received.values()]
        found = result(engine, site, "webhook")
        engine.dispose()

    assert found == expected(site)
    assert receiver.forged == []
    assert len(told) == len(found.alerted), "one key for each story"
    assert all(len(urls) == 1 for urls in told), "a key never stands for two stories"
