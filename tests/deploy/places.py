"""Where the files under test lie, how they are read, and the programs that some tests need."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = ROOT / "docker-compose.yml"
CLUSTER = ROOT / "docker-compose.cluster.yml"
ENV_EXAMPLE = ROOT / ".env.example"
PROMETHEUS = DEPLOY / "prometheus"
SCRAPE_CONFIG = PROMETHEUS / "prometheus.yml"
RULES = [PROMETHEUS / "recording.yml", PROMETHEUS / "alerts.yml"]
DATASOURCES = DEPLOY / "grafana" / "provisioning" / "datasources"
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))


@dataclass(frozen=True)
class Query:
    """One expression of a dashboard, with the title of its panel; `source` is prometheus or postgres."""

    panel: str
    source: str
    expression: str
    legend: str = ""


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read_dashboard(path: Path) -> dict[str, Any]:
    """Return a dashboard."""
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(dashboard, dict), f"{path} is not a JSON object"
    return dashboard


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels that show something: rows are headings."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(dashboard: dict[str, Any], source: str) -> list[Query]:
    """Return every expression that a dashboard asks of a data source: of panels, variables and annotations."""
    return [query for query in _queries(dashboard) if query.source == source]


def _queries(dashboard: dict[str, Any]) -> Iterator[Query]:
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield _query(panel["title"], target["datasource"]["uid"], target)
    for variable in dashboard["templating"]["list"]:
        yield Query(f"variable {variable['name']}", variable["datasource"]["uid"], variable["query"])
    for annotation in dashboard["annotations"]["list"]:
        yield _query(
            f"annotation {annotation['name']}", annotation["datasource"]["uid"], annotation.get("target", annotation)
        )


def _query(panel: str, source: str, target: dict[str, Any]) -> Query:
    return Query(panel, source, target.get("rawSql") or target["expr"], target.get("legendFormat", ""))


def program(name: str, package: str) -> str:
    """Return the path of a program; skip the test where it is not installed, or fail it where CI is true."""
    path = shutil.which(name)
    if path is None:
        reason = f"{name} is not installed (Debian: apt-get install {package})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
