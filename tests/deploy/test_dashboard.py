"""The dashboards name only what the program measures, and say what they show."""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.dashboards.write import ALL, text
from tests.deploy.expressions import GROUPING, known_metrics, labels_in, metrics_in, problems
from tests.deploy.places import DASHBOARDS, DATASOURCES, panels, queries, read_dashboard, read_yaml

OF_THE_DATA_SOURCE = "annotations.list."
"""Where the schema leaves it to the data source what a query has."""

plugins.register_default_plugins()

pytestmark = pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)


def test_every_expression_names_metrics_and_labels_that_exist(path: Path) -> None:
    known = known_metrics()
    found = {query.panel: problems(query.expression, known) for query in queries(read_dashboard(path), "prometheus")}
    assert {panel: wrong for panel, wrong in found.items() if wrong} == {}


def test_a_typo_in_any_metric_or_label_is_found(path: Path) -> None:
    known = known_metrics()
    for query in queries(read_dashboard(path), "prometheus"):
        for name in metrics_in(query.expression) | labels_in(query.expression):
            mistyped = re.sub(rf"\b{name}\b", f"{name}x", query.expression)
            assert problems(mistyped, known), mistyped


def test_every_legend_shows_labels_that_the_expression_keeps(path: Path) -> None:
    known = known_metrics()
    for query in queries(read_dashboard(path), "prometheus"):
        if query.panel.startswith("annotation"):
            continue
        kept = {name.strip() for group in GROUPING.findall(query.expression) for name in group.split(",")}
        kept |= set().union(*(known[name] for name in metrics_in(query.expression) if ":" in name))
        shown = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", query.legend))
        assert query.legend, query.panel
        assert shown <= kept, query.panel


def test_every_panel_has_a_title_a_description_a_unit_and_the_provisioned_data_source(path: Path) -> None:
    provisioned = {(source["uid"], source["type"]) for source in data_sources()}
    shown = panels(read_dashboard(path))
    assert shown
    for panel in shown:
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        for asked in (panel, *panel["targets"]):
            assert (asked["datasource"]["uid"], asked["datasource"]["type"]) in provisioned, panel["title"]


def test_every_panel_says_what_it_waits_for_while_it_is_empty(path: Path) -> None:
    for panel in panels(read_dashboard(path)):
        assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]


def test_links_lead_to_dashboards_and_variables_that_there_are(path: Path) -> None:
    dashboards = {found["uid"]: found for found in map(read_dashboard, DASHBOARDS)}
    written = path.read_text(encoding="utf-8")
    linked = set(re.findall(r"/d/([\w-]+)\?", written))
    assert dashboards.keys() - {read_dashboard(path)["uid"]} <= linked <= dashboards.keys()
    for uid, rest in re.findall(r'/d/([\w-]+)\?([^"]*)"', written):
        variables = {variable["name"] for variable in dashboards[uid]["templating"]["list"]}
        assert set(re.findall(r"var-(\w+)=", rest)) <= variables


def test_every_variable_that_is_used_is_defined(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    defined = {variable["name"] for variable in read_dashboard(path)["templating"]["list"]}
    assert set(re.findall(r"\$\{(\w+):\w+\}", written)) == defined


def test_times_are_those_of_the_reader(path: Path) -> None:
    assert read_dashboard(path)["timezone"] == "browser"


def test_the_file_is_what_the_code_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == text(ALL[path.stem]), "run: make dashboards"


def test_the_dashboard_is_of_grafanas_schema(path: Path) -> None:
    drawn = read_dashboard(path)
    read = json.loads(json.dumps(Dashboard.from_json(copy.deepcopy(drawn)), cls=JSONEncoder))
    assert [place for place in lost(drawn, read) if not place.startswith(OF_THE_DATA_SOURCE)] == []


def test_a_mistake_in_a_panel_is_none_of_the_schema(path: Path) -> None:
    drawn = read_dashboard(path)
    drawn["panels"][0]["options"]["colourMode"] = "value"
    read = json.loads(json.dumps(Dashboard.from_json(copy.deepcopy(drawn)), cls=JSONEncoder))
    assert "panels.0.options.colourMode" in lost(drawn, read)


def data_sources() -> list[dict[str, Any]]:
    return [source for file in sorted(DATASOURCES.glob("*.yaml")) for source in read_yaml(file)["datasources"]]


def lost(given: Any, read: Any, place: str = "") -> list[str]:
    """Return the places of what the schema does not know, and of what it reads as something else."""
    if isinstance(given, dict) and isinstance(read, dict):
        items: Iterable[tuple[Any, Any]] = given.items()
        there = read
    elif isinstance(given, list) and isinstance(read, list):
        items, there = enumerate(given), dict(enumerate(read))
    else:
        return [] if given == read else [place]
    found = []
    for key, value in items:
        inside = f"{place}.{key}".lstrip(".")
        found += lost(value, there[key], inside) if key in there else [inside]
    return found


def test_the_panels_have_ids_of_their_own_and_do_not_overlap(path: Path) -> None:
    drawn = read_dashboard(path)["panels"]
    assert len({panel["id"] for panel in drawn}) == len(drawn)
    for first, second in itertools.combinations(drawn, 2):
        assert not _overlap(first["gridPos"], second["gridPos"]), (first["title"], second["title"])
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in drawn)


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    def apart(start: str, size: str) -> bool:
        return bool(one[start] + one[size] <= other[start] or other[start] + other[size] <= one[start])

    return not (apart("x", "w") or apart("y", "h"))
