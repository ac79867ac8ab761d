"""The pipeline on the sample site, with PostgreSQL behind it and Prometheus watching it."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy
import yaml
from pydantic import SecretStr
from sqlalchemy import Engine

from pipeline.database import migrate, open_engine
from pipeline.settings import AlertSettings, MetricsSettings
from pipeline.topics import ENTRIES
from tests.deploy.places import RULES, SCRAPE_CONFIG, program, read_yaml
from wirewatch.demo import settings_for
from wirewatch.demo_view import Progress
from wirewatch.service import Service, running
from wirewatch.site import SampleSite
from wirewatch.stages import STAGES

DEADLINE = 120.0
"""Seconds for the sample site to come through and be scraped; it publishes for some twelve."""


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    address: str

    def values(self, expression: str) -> list[float]:
        """Return the value of each series that the expression has now; nothing while the server starts."""
        return [float(series["value"][1]) for series in self._ask("query", query=expression)]

    def ranges(self, expression: str, since: datetime, until: datetime, step: float) -> list[Mapping[str, Any]]:
        """Return each series with its values over time."""
        times = {"start": since.timestamp(), "end": until.timestamp(), "step": step}
        return self._ask("query_range", query=expression, **times)

    def exemplars(self, expression: str, since: datetime, until: datetime) -> list[Mapping[str, Any]]:
        """Return the series that have exemplars."""
        found = self._ask("query_exemplars", query=expression, start=since.timestamp(), end=until.timestamp())
        return [series for series in found if series["exemplars"]]

    def _ask(self, kind: str, **arguments: Any) -> list[Any]:
        url = f"{self.address}/api/v1/{kind}?{urllib.parse.urlencode(arguments)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                found = json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return []
            raise AssertionError(f"{arguments['query']}: {error.read().decode()}") from None
        except urllib.error.URLError:
            return []
        return list(found["result"] if isinstance(found, dict) else found)


@dataclass(frozen=True)
class Demonstration:
    """What a dashboard can ask while the pipeline runs."""

    prometheus: Prometheus
    engine: Engine

    def rows(self, query: str) -> list[Mapping[str, Any]]:
        """Return the rows of a query, asked with the rights of Grafana's account."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("SET ROLE grafana")
            return [dict(row) for row in connection.exec_driver_sql(query).mappings()]


def eventually(condition: Callable[[], bool], deadline: float = DEADLINE) -> None:
    """Look until the condition holds, or the deadline has passed."""
    end = time.monotonic() + deadline
    while not condition() and time.monotonic() < end:
        time.sleep(0.5)


@contextlib.contextmanager
def demonstration(folder: Path, database_url: str) -> Iterator[Demonstration]:
    """Run everything on the sample site until it has come through, and keep it running."""
    port = free_port()
    engine = open_engine(database_url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(READER))
    try:
        with _prometheus(port, folder) as prometheus:
            eventually(lambda: bool(prometheus.values("vector(1)")))
            with _pipeline(port, folder, database_url):
                yield Demonstration(prometheus, engine)
    finally:
        engine.dispose()


READER = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana') THEN CREATE ROLE grafana; END IF;
END $$;
GRANT pg_read_all_data TO grafana;
"""
"""The rights that deploy/postgres/grafana.sh gives."""


@contextlib.contextmanager
def _pipeline(port: int, folder: Path, database_url: str) -> Iterator[None]:
    with SampleSite.load() as site:
        catalogue = folder / "site.opml"
        catalogue.write_text(site.opml(), encoding="utf-8")
        alerts = AlertSettings(terminal=False, jsonl=folder / "alerts.jsonl")
        settings = settings_for(folder / "data", catalogue, alerts).model_copy(
            update={"metrics": MetricsSettings(port=port), "database_url": SecretStr(database_url)}
        )
        with running(settings, list(STAGES)) as service:
            site.start()
            progress = Progress(service.wiring, site, time.monotonic())
            eventually(progress.complete)
            _send_what_no_stage_can_handle(service)
            eventually(lambda: bool(service.wiring.telemetry.total("stage_dead_letters_total")))
            yield


def _send_what_no_stage_can_handle(service: Service) -> None:
    with contextlib.closing(service.wiring.broker.connect("test")) as bus:
        bus.publish(ENTRIES.name, b"key", b"no entry")
        bus.flush()


@contextlib.contextmanager
def _prometheus(port: int, folder: Path) -> Iterator[Prometheus]:
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(_local_config(port)), encoding="utf-8")
    listen = f"127.0.0.1:{free_port()}"
    command = [
        program("prometheus", "prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={listen}",
        "--enable-feature=exemplar-storage",
        "--log.level=warn",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield Prometheus(f"http://{listen}")
    finally:
        process.terminate()
        process.wait(30)


def _local_config(port: int) -> dict[str, object]:
    """Return the configuration of the containers, for one process on this machine that holds all stages."""
    config = read_yaml(SCRAPE_CONFIG)
    job = next(job for job in config["scrape_configs"] if job["job_name"] == "wirewatch")
    del job["dns_sd_configs"], job["relabel_configs"]
    job["static_configs"] = [{"targets": [f"127.0.0.1:{port}"], "labels": {"service": "all"}}]
    often = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    return {"global": often, "rule_files": [str(path) for path in RULES], "scrape_configs": [job]}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
