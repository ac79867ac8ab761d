"""docs/operations.md lists what there is."""

from __future__ import annotations

import re

from pipeline.settings import Group, Settings
from pipeline.telemetry import Telemetry
from tests.deploy.places import ROOT

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SUFFIXES = {"counter": "_total", "info": "_info", "gauge": "", "histogram": ""}


def test_the_table_of_metrics_is_complete_and_has_the_right_labels() -> None:
    registry = Telemetry().registry
    made = {
        family.name + SUFFIXES[family.type]: set(registry._names_to_collectors[family.name]._labelnames) or set()
        for family in registry.collect()
        if family.name.startswith("wirewatch_")
    }
    made["wirewatch_build_info"] = {"version"}
    rows = re.findall(r"^\| `(wirewatch_\w+)` \| ([^|]*)\|", TEXT, re.MULTILINE)
    assert {name: set(re.findall(r"\w+", labels)) for name, labels in rows} == made


def test_every_group_of_settings_is_explained() -> None:
    groups = {name for name, field in Settings.model_fields.items() if isinstance(field.default, Group)}
    explained = set(re.findall(r"^\| `(\w+)` \| [^|]+\|$", TEXT, re.MULTILINE))
    assert groups <= explained


def test_every_file_it_points_to_exists() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / "docs" / target).resolve().exists(), target
    for name in re.findall(r"\bdeploy/[\w./-]+\w", TEXT):
        assert (ROOT / name).exists(), name
