"""A replay of the archive through Kafka, as the containers run it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline import database
from pipeline.tables import alerts, stories, taggings
from pipeline.testing import make_article, make_tagged, make_tagging
from sinks.store import Store
from tests.brokers import KafkaCluster
from tests.e2e.harness import command

DEAL = "Vietnam and Russia signed an energy accord in Hanoi, the Russian foreign ministry said. " * 5
ARTICLES = 30


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_articles_are_judged_again_through_kafka_and_nobody_is_alerted(
    tmp_path: Path, kafka_server: KafkaCluster, postgres_url: str
) -> None:
    environment = {
        "WIREWATCH_DATA": str(tmp_path),
        "WIREWATCH_BUS": "kafka",
        "WIREWATCH_KAFKA__BOOTSTRAP_SERVERS": kafka_server.bootstrap_servers,
        "WIREWATCH_DATABASE_URL": postgres_url,
        "WIREWATCH_METRICS__ENABLED": "false",
    }
    for preparation in (["topics", "create"], ["migrate"]):
        assert command(preparation, environment, tmp_path / "prepare.log").wait(120) == 0
    engine = database.open_engine(postgres_url)
    now = datetime.now(UTC)
    for number in range(ARTICLES):
        url, published = f"https://news.example/{number}", now - timedelta(hours=number + 1)
        article = make_article(url=url, title=f"Accord {number}", text=DEAL, published=published, discovered=published)
        none = make_tagging(watchlist="asean-russia", level="none", relevance=0.0, actors=(), themes=())
        Store(engine).write([make_tagged(article=article, taggings=(none,))])
    assert command(["replay", "--since", "30d"], environment, tmp_path / "replay.log").wait(240) == 0
    said = (tmp_path / "replay.log").read_text(encoding="utf-8")
    assert f"{ARTICLES} articles went through the stages" in said
    with database.reading(engine) as connection:
        assert set(connection.execute(sa.select(taggings.c.level)).scalars()) == {"direct"}
        assert connection.execute(sa.select(sa.func.count()).select_from(stories)).scalar_one() == 1
        assert connection.execute(sa.select(sa.func.count()).select_from(alerts)).scalar_one() == 0
    engine.dispose()
