"""The parts of a dashboard in the form that Grafana reads: queries, panels, variables, annotations, links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

PROMETHEUS: Json = {"type": "prometheus", "uid": "prometheus"}
POSTGRES: Json = {"type": "grafana-postgresql-datasource", "uid": "postgres"}
COLUMNS = 24
"""Widths of a row of panels add up to it."""

EMPTY = "Nothing in the time shown"
DASHBOARDS = ("coverage", "pipeline", "sources", "alerts")


def prom(expression: str, legend: str, *, instant: bool = False, exemplar: bool = False) -> Json:
    """Return a query of Prometheus; an `instant` one asks for the latest value only."""
    target: Json = {"datasource": PROMETHEUS, "expr": expression, "legendFormat": legend, "editorMode": "code"}
    if instant:
        return target | {"instant": True, "range": False, "format": "table"}
    return target | {"range": True} | ({"exemplar": True} if exemplar else {})


def sql(query: str, *, series: bool = False) -> Json:
    """Return a query of PostgreSQL: rows, or with `series` a time, the name of a series and its value."""
    form = "time_series" if series else "table"
    return {"datasource": POSTGRES, "editorMode": "code", "format": form, "rawQuery": True, "rawSql": query.strip()}


def percentiles(histogram: str, by: str = "") -> list[Json]:
    """Return the queries for the 50th, 90th and 99th percentile of a histogram, with exemplars."""
    rate = f"sum by (le) (rate(wirewatch_{histogram}_bucket{by}[$__rate_interval]))"
    return [
        prom(f"histogram_quantile({share}, {rate})", f"{name} %", exemplar=share == "0.99")
        for share, name in (("0.5", "50"), ("0.9", "90"), ("0.99", "99"))
    ]


def panel(  # noqa: PLR0913  # what a panel has is named by the caller
    kind: str,
    title: str,
    description: str,
    targets: Sequence[Json],
    *,
    unit: str = "short",
    size: tuple[int, int] = (12, 8),
    empty: str = EMPTY,
    defaults: Mapping[str, Any] | None = None,
    custom: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    overrides: Sequence[Json] = (),
    links: Sequence[Json] = (),
    more: Mapping[str, Any] | None = None,
) -> Json:
    """Return a panel; its place follows from its size, its id from its place among the others."""
    lettered = [{"refId": chr(ord("A") + index), **target} for index, target in enumerate(targets)]
    width, height = size
    config: Json = {"unit": unit, "noValue": empty, **(defaults or {}), "custom": dict(custom or {})}
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": lettered[0]["datasource"],
        "targets": lettered,
        "gridPos": {"w": width, "h": height},
        "fieldConfig": {"defaults": config, "overrides": list(overrides)},
        "options": dict(options or {}),
        "links": list(links),
        **(more or {}),
    }


def graph(title: str, description: str, targets: Sequence[Json], *, stacked: bool = False, **more: Any) -> Json:
    """Return a panel of lines over time; what adds up is drawn as stacked bars."""
    custom: Json = {"drawStyle": "line", "fillOpacity": 10, "lineWidth": 1, "showPoints": "auto", "spanNulls": False}
    if stacked:
        stacking = {"mode": "normal", "group": "A"}
        custom |= {"drawStyle": "bars", "fillOpacity": 80, "lineWidth": 0, "stacking": stacking}
    options = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return panel("timeseries", title, description, targets, custom=custom, options=options, **more)


def figure(
    title: str, description: str, target: Json, *, steps: Sequence[tuple[float | None, str]] = (), **more: Any
) -> Json:
    """Return a panel of one number; `steps` are the values from which on it has another colour."""
    marks = [{"value": value, "color": colour} for value, colour in steps or ((None, "text"),)]
    defaults = {"thresholds": {"mode": "absolute", "steps": marks}, **more.pop("defaults", {})}
    options = {
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "textMode": "value",
        "wideLayout": True,
    }
    given = {"size": (4, 4), "empty": "0"} | more
    return panel("stat", title, description, [target], defaults=defaults, options=options, **given)


def table(title: str, description: str, target: Json, **more: Any) -> Json:
    """Return a panel of rows."""
    options = {
        "showHeader": True,
        "cellHeight": "sm",
        "footer": {"show": False, "reducer": ["sum"], "countRows": False},
    }
    custom = {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False, "filterable": True}
    return panel("table", title, description, [target], custom=custom, options=options, **more)


def column(name: str, **properties: Any) -> Json:
    """Return how one column of a table differs from the others; `__` in a property's name stands for a dot."""
    listed = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": listed}


def linked(name: str, title: str, url: str, **properties: Any) -> Json:
    """Return a column whose cells lead to an address."""
    link = {"title": title, "url": url, "targetBlank": not url.startswith("/d/")}
    return column(name, links=[link], **properties)


def hidden(*names: str) -> list[Json]:
    """Return columns that only links use."""
    return [column(name, custom__hidden=True) for name in names]


def heading(title: str) -> Json:
    """Return a heading over the panels that follow."""
    return {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"w": COLUMNS, "h": 1}}


def to(dashboard: str, variables: str = "") -> Json:
    """Return a link from a panel to another dashboard, in the same time; `variables` are for its address."""
    url = f"/d/wirewatch-{dashboard}?${{__url_time_range}}{variables}"
    return {
        "title": dashboard.capitalize(),
        "type": "link",
        "url": url,
        "icon": "dashboard",
        "tooltip": "",
        "tags": [],
        "asDropdown": False,
        "targetBlank": False,
        "includeVars": False,
        "keepTime": False,
    }


def choice(name: str, label: str, query: str, *, single: bool = False) -> Json:
    """Return a variable whose values come from PostgreSQL: several at once or, if `single`, one or '*' for all."""
    variable: Json = {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": POSTGRES,
        "query": query,
        "refresh": 2,
        "sort": 0,
        "multi": not single,
        "includeAll": True,
        "hide": 0,
        "skipUrlSync": False,
        "options": [],
        "regex": "",
        "current": {"text": "All", "value": "$__all"} if single else {"text": ["All"], "value": ["$__all"]},
    }
    return variable | ({"allValue": "'*'"} if single else {})


def annotation(name: str, colour: str, target: Json, **more: Any) -> Json:
    """Return marks on every graph."""
    return {
        "name": name,
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "datasource": target["datasource"],
        **({"target": {"refId": "Anno", **target}} if "rawSql" in target else {"expr": target["expr"]}),
        **more,
    }


FIRING = annotation(
    "Rules that fire",
    "red",
    prom('ALERTS{alertstate="firing", severity=~"page|ticket"}', ""),
    step="60s",
    titleFormat="{{alertname}}",
    textFormat="{{stage}} {{country}} {{channel}}",
    tagKeys="severity",
)
"""Where a rule of Prometheus fires."""


def dashboard(
    name: str,
    description: str,
    panels: Sequence[Json],
    *,
    variables: Sequence[Json] = (),
    annotations: Sequence[Json] = (FIRING,),
    since: str = "now-24h",
) -> Json:
    """Return a dashboard of panels, from left to right and row by row; times are those of the reader's browser."""
    return {
        "uid": f"wirewatch-{name}",
        "title": name.capitalize(),
        "description": description,
        "tags": ["wirewatch"],
        "schemaVersion": 41,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "browser",
        "weekStart": "",
        "fiscalYearStartMonth": 0,
        "time": {"from": since, "to": "now"},
        "timepicker": {"refresh_intervals": ["30s", "1m", "5m", "15m", "1h"]},
        "refresh": "1m",
        "templating": {"list": list(variables)},
        "annotations": {"list": list(annotations)},
        "links": [to(other) for other in DASHBOARDS if other != name],
        "panels": list(_placed(panels)),
    }


def _placed(panels: Sequence[Json]) -> list[Json]:
    placed, x, y, tallest = [], 0, 0, 0
    for number, each in enumerate(panels, 1):
        width, height = each["gridPos"]["w"], each["gridPos"]["h"]
        if x + width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        placed.append({"id": number, **each, "gridPos": {"x": x, "y": y, "w": width, "h": height}})
        x, tallest = x + width, max(tallest, height)
    return placed
