"""The rules of Prometheus name only what the program measures, fire and stay silent, and lead to a runbook."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.expressions import known_metrics, problems
from tests.deploy.places import DASHBOARDS, PROMETHEUS, ROOT, RULES, program, read_dashboard, read_yaml

CASES = sorted((PROMETHEUS / "tests").glob("*.yml"))
TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def rules() -> Iterator[dict[str, Any]]:
    for path in RULES:
        for group in read_yaml(path)["groups"]:
            yield from group["rules"]


ALERTS = [rule for rule in rules() if "alert" in rule]


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [program("promtool", "prometheus"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def outcomes(alert: str) -> list[bool]:
    """Return of each case of an alert whether it is to fire."""
    return [
        bool(asked["exp_alerts"])
        for path in CASES
        for case in read_yaml(path)["tests"]
        for asked in case["alert_rule_test"]
        if asked["alertname"] == alert
    ]


def anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_the_rules_are_valid() -> None:
    done = promtool("check", "rules", *RULES)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_loads_every_file_of_rules() -> None:
    assert read_yaml(PROMETHEUS / "prometheus.yml")["rule_files"] == [path.name for path in RULES]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_rule_fires_and_is_silent_as_its_cases_say(path: Path) -> None:
    done = promtool("test", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_has_a_case_for_firing_and_one_for_silence() -> None:
    assert {rule["alert"]: set(outcomes(rule["alert"])) for rule in ALERTS} == {
        rule["alert"]: {True, False} for rule in ALERTS
    }


def test_a_rule_with_another_threshold_fails_its_cases(tmp_path: Path) -> None:
    copy = tmp_path / "prometheus"
    shutil.copytree(PROMETHEUS, copy)
    file = copy / "alerts.yml"
    text = file.read_text(encoding="utf-8")
    assert text.count("wirewatch_feeds:failing:ratio > 0.25") == 1
    file.write_text(text.replace("wirewatch_feeds:failing:ratio > 0.25", "wirewatch_feeds:failing:ratio > 0.5"))
    assert promtool("test", "rules", copy / "tests" / "sources.yml").returncode != 0


def test_every_expression_names_metrics_and_labels_that_exist() -> None:
    known = known_metrics()
    found = {rule.get("alert") or rule["record"]: problems(rule["expr"], known) for rule in rules()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_has_a_severity_a_runbook_and_words(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket", "info")
    assert rule["annotations"].keys() >= {"summary", "description", "dashboard"}
    place, _, name = rule["annotations"]["runbook_url"].partition("#")
    assert place == "docs/operations.md"
    assert name == anchor(rule["alert"])
    assert rule["annotations"]["dashboard"] in {read_dashboard(path)["uid"] for path in DASHBOARDS}
    assert name in {anchor(heading) for heading in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)}
