"""The sample site through Kafka, each stage a process of its own, beside the embedded run in one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import database
from tests.brokers import KafkaCluster
from tests.e2e.harness import Result, command, eventually, expected, result, settings_for, stages
from wirewatch.site import SampleSite
from wirewatch.stages import STAGES


def _embedded(folder: Path, site: SampleSite) -> Result:
    folder.mkdir()
    engine = database.open_engine(f"sqlite:///{folder / 'wirewatch.sqlite'}")
    database.migrate(engine)
    with stages(["run"], settings_for(folder, site), folder):
        eventually("the embedded run is through", lambda: result(engine, site) == expected(site))
    return result(engine, site)


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_stages_on_kafka_and_postgresql_come_to_the_same_stories_and_alerts_as_the_embedded_run(
    tmp_path: Path, kafka_server: KafkaCluster, postgres_url: str
) -> None:
    with SampleSite.load() as site:
        site.start(speed=4.0)
        embedded = _embedded(tmp_path / "embedded", site)
        folder = tmp_path / "kafka"
        folder.mkdir()
        environment = settings_for(folder, site) | {
            "WIREWATCH_BUS": "kafka",
            "WIREWATCH_KAFKA__BOOTSTRAP_SERVERS": kafka_server.bootstrap_servers,
            "WIREWATCH_DATABASE_URL": postgres_url,
        }
        for preparation in (["topics", "create"], ["migrate"]):
            assert command(preparation, environment, folder / "prepare.log").wait(60) == 0
        engine = database.open_engine(postgres_url)
        with stages(list(STAGES), environment, folder):
            eventually("the run on Kafka is through", lambda: result(engine, site) == expected(site))
        on_kafka = result(engine, site)
        engine.dispose()
    assert on_kafka == embedded
