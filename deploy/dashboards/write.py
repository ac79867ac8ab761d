"""Writes the dashboards as Grafana reads them: python -m deploy.dashboards.write."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.dashboards.alerts import ALERTS
from deploy.dashboards.coverage import COVERAGE
from deploy.dashboards.parts import Json
from deploy.dashboards.pipeline import PIPELINE
from deploy.dashboards.sources import SOURCES

FOLDER = Path(__file__).parents[1] / "grafana" / "dashboards"
ALL: dict[str, Json] = {"coverage": COVERAGE, "pipeline": PIPELINE, "sources": SOURCES, "alerts": ALERTS}


def text(dashboard: Json) -> str:
    """Return the file of a dashboard."""
    return json.dumps(dashboard, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every dashboard."""
    for name, dashboard in ALL.items():
        (FOLDER / f"{name}.json").write_text(text(dashboard), encoding="utf-8")


if __name__ == "__main__":
    main()
