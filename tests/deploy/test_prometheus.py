"""Every expression of every dashboard returns data from a real Prometheus that scraped the running pipeline."""

from __future__ import annotations

import contextlib
import json
import math
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from pipeline.settings import AlertSettings, MetricsSettings
from pipeline.topics import ENTRIES
from tests.deploy.places import DASHBOARDS, SCRAPE_CONFIG, Query, program, queries, read_dashboard, read_yaml
from wirewatch.demo import settings_for
from wirewatch.service import Service, running
from wirewatch.site import SampleSite
from wirewatch.stages import STAGES

DEADLINE = 90.0
"""Seconds for the sample site to come through and be scraped; it publishes for some twelve."""

IN_GRAFANA = {"$__rate_interval": "2m", "$__range": "5m", "$watchlist": ".*"}
"""What Grafana would put in the place of its variables."""

pytestmark = [pytest.mark.prometheus, pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)]


@dataclass(frozen=True)
class Server:
    """A running Prometheus."""

    address: str

    def values(self, expression: str) -> list[float]:
        """Return the value of each series that the expression has now; nothing while the server starts."""
        for name, value in IN_GRAFANA.items():
            expression = expression.replace(name, value)
        url = f"{self.address}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return [float(series["value"][1]) for series in json.load(answer)["data"]["result"]]
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return []
            raise AssertionError(f"{expression}: {error.read().decode()}") from None
        except urllib.error.URLError:
            return []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], bool]) -> None:
    """Look until the condition holds, or the deadline has passed."""
    deadline = time.monotonic() + DEADLINE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.5)


def local_config(port: int) -> dict[str, object]:
    """Return the scrape configuration of the containers, for one process on this machine that holds all stages."""
    config = read_yaml(SCRAPE_CONFIG)
    job = next(job for job in config["scrape_configs"] if job["job_name"] == "wirewatch")
    del job["dns_sd_configs"], job["relabel_configs"]
    job["static_configs"] = [{"targets": [f"127.0.0.1:{port}"], "labels": {"service": "all"}}]
    return {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": [job]}


@contextlib.contextmanager
def scraping(port: int, folder: Path) -> Iterator[Server]:
    """Run a Prometheus that scrapes the port."""
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(local_config(port)), encoding="utf-8")
    listen = f"127.0.0.1:{free_port()}"
    command = [
        program("prometheus", "prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={listen}",
        "--log.level=warn",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield Server(f"http://{listen}")
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def pipeline_on_the_sample_site(port: int, folder: Path) -> Iterator[Service]:
    """Run every stage, with its metrics on the port."""
    with SampleSite.load() as site:
        catalogue = folder / "site.opml"
        catalogue.write_text(site.opml(), encoding="utf-8")
        alerts = AlertSettings(terminal=False, jsonl=folder / "alerts.jsonl")
        settings = settings_for(folder / "data", catalogue, alerts)
        settings = settings.model_copy(update={"metrics": MetricsSettings(port=port)})
        with running(settings, list(STAGES)) as service:
            yield service


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    with scraping(port, folder) as server:
        eventually(lambda: bool(server.values("vector(1)")))
        with pipeline_on_the_sample_site(port, folder) as service:
            _send_what_no_stage_can_handle(service)
            yield server


def _send_what_no_stage_can_handle(service: Service) -> None:
    with contextlib.closing(service.wiring.broker.connect("test")) as bus:
        bus.publish(ENTRIES.name, b"key", b"no entry")
        bus.flush()


def test_every_expression_returns_data(path: Path, server: Server) -> None:
    waiting: list[Query] = list(queries(read_dashboard(path)))
    assert waiting

    def all_answered() -> bool:
        waiting[:] = [query for query in waiting if all(math.isnan(value) for value in server.values(query.expression))]
        return not waiting

    eventually(all_answered)
    assert waiting == []


def test_a_metric_that_does_not_exist_returns_none(path: Path, server: Server) -> None:
    first = next(queries(read_dashboard(path)))
    assert server.values(first.expression.replace("wirewatch_", "wirewatch_no_")) == []
