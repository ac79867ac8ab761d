"""The dashboards name only what the program measures, and say what they show."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.expressions import GROUPING, known_metrics, labels_in, metrics_in, problems
from tests.deploy.places import DASHBOARDS, DATASOURCE, panels, queries, read_dashboard, read_yaml

pytestmark = pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)


def test_every_expression_names_metrics_and_labels_that_exist(path: Path) -> None:
    known = known_metrics()
    found = {query.panel: problems(query.expression, known) for query in queries(read_dashboard(path))}
    assert {panel: wrong for panel, wrong in found.items() if wrong} == {}


def test_a_typo_in_any_metric_or_label_is_found(path: Path) -> None:
    known = known_metrics()
    for query in queries(read_dashboard(path)):
        for name in metrics_in(query.expression) | labels_in(query.expression):
            mistyped = re.sub(rf"\b{name}\b", f"{name}x", query.expression)
            assert problems(mistyped, known), mistyped


def test_every_legend_shows_labels_that_the_expression_keeps(path: Path) -> None:
    for query in queries(read_dashboard(path)):
        kept = {name.strip() for group in GROUPING.findall(query.expression) for name in group.split(",")}
        shown = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", query.legend))
        assert query.legend, query.panel
        assert shown <= kept, query.panel


def test_every_panel_has_a_title_a_description_a_unit_and_the_provisioned_data_source(path: Path) -> None:
    provisioned = {source["uid"] for source in read_yaml(DATASOURCE)["datasources"]}
    shown = panels(read_dashboard(path))
    assert shown
    for panel in shown:
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"]["uid"] in provisioned, panel["title"]


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
