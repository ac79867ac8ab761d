"""Shows each panel with the data of the demonstration, as one page: python -m tests.deploy.preview [FILE].

It starts what it needs: the pipeline on the sample site, PostgreSQL, Prometheus. Grafana it does not need.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jinja2

from tests.deploy import drawing
from tests.deploy.demonstration import Demonstration, demonstration
from tests.deploy.grafana import Shown, look
from tests.deploy.places import DASHBOARDS, read_dashboard
from tests.postgres import Cluster, programs

TEMPLATE = Path(__file__).with_suffix(".html")
BACK = timedelta(minutes=2)
"""What graphs of Prometheus show: it has watched for no longer."""

WEEK = timedelta(days=7)


def page(demo: Demonstration, now: datetime) -> str:
    """Return the page of all dashboards."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    shown = [_dashboard(demo, read_dashboard(path), now) for path in DASHBOARDS]
    return template.render(dashboards=shown, made=now.strftime("%d %B %Y %H:%M UTC"))


def _dashboard(demo: Demonstration, dashboard: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    screen = look(dashboard, demo.rows, now - WEEK, now, interval=timedelta(seconds=2), rate_interval="30s")
    variables = [
        {"name": variable["name"], "shown": ", ".join(screen.values[variable["name"]])}
        for variable in dashboard["templating"]["list"]
    ]
    drawn = [_panel(demo, panel, screen, now) for panel in dashboard["panels"]]
    return {**dashboard, "variables": variables, "panels": drawn}


def _panel(demo: Demonstration, panel: Mapping[str, Any], screen: Shown, now: datetime) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": panel["type"], "title": panel["title"], "width": panel["gridPos"]["w"]}
    if panel["type"] == "row":
        return shown
    defaults = panel["fieldConfig"]["defaults"]
    drawn = DRAWN[panel["type"]](demo, panel, screen, now)
    empty = None if any(drawn.values()) else defaults["noValue"]
    blank = {"bars": [], "lines": [], "guides": [], "legend": [], "least": "", "most": "", "since": "", "until": ""}
    return {**blank, **shown, "description": panel["description"], "empty": empty, **drawn}


def _figure(demo: Demonstration, panel: Mapping[str, Any], screen: Shown, now: datetime) -> dict[str, Any]:
    (target,) = panel["targets"]
    if "rawSql" in target:
        values = [float(row["value"]) for row in demo.rows(screen.sql(target["rawSql"])) if row["value"] is not None]
    else:
        values = demo.prometheus.values(screen.promql(target["expr"]))
    defaults = panel["fieldConfig"]["defaults"]
    if defaults["unit"] == "short" and "decimals" in defaults:
        values = [round(value, defaults["decimals"]) for value in values]
    return {"figure": drawing.figure(values, defaults["unit"], now)}


def _table(demo: Demonstration, panel: Mapping[str, Any], screen: Shown, now: datetime) -> dict[str, Any]:
    (target,) = panel["targets"]
    return drawing.rows(demo.rows(screen.sql(target["rawSql"])), panel, now)


def _graph(demo: Demonstration, panel: Mapping[str, Any], screen: Shown, now: datetime) -> dict[str, Any]:
    defaults = panel["fieldConfig"]["defaults"]
    series: dict[str, list[drawing.Point]] = {}
    step = 2.0
    for target in panel["targets"]:
        if "rawSql" in target:
            step = screen.interval.total_seconds()
            for row in demo.rows(screen.sql(target["rawSql"])):
                series.setdefault(str(row["metric"]), []).append((float(row["time"]), float(row["value"])))
            continue
        for found in demo.prometheus.ranges(screen.promql(target["expr"]), now - BACK, now, step):
            name = target["legendFormat"]
            for label, value in found["metric"].items():
                name = name.replace(f"{{{{{label}}}}}", value)
            series[name] = [(float(time), float(value)) for time, value in found["values"]]
    stacked = "stacking" in defaults["custom"]
    return drawing.chart(series, defaults["unit"], now, stacked=stacked, step=step)


DRAWN = {"stat": _figure, "table": _table, "timeseries": _graph}


def main(file: Path) -> None:
    """Write the page."""
    found = programs()
    if found is None:
        sys.exit("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    cluster = Cluster(found)
    cluster.start()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="wirewatch-preview-") as folder,
            demonstration(Path(folder), cluster.url) as demo,
        ):
            text = page(demo, datetime.now(UTC))
    finally:
        cluster.stop()
    file.write_text(text, encoding="utf-8")
    print(f"wrote {file}: open it in a browser")  # noqa: T201  # it is a command


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "dashboards.html"))
