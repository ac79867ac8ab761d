"""docs/alerts.md is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sinks.rule_model import Condition, Quiet, Rule
from sinks.rule_reader import Known, read_rules

GUIDE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")


def test_the_example_of_the_guide_is_valid(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    path = tmp_path / "rules.yaml"
    path.write_text(example, encoding="utf-8")
    assert [rule.id for rule in read_rules(path, Known(channels=["slack-1", "webhook", "mailto-1"])).rules] == [
        "desk",
        "energy-from-russia",
        "surges",
    ]


@pytest.mark.parametrize("model", [Rule, Condition, Quiet])
def test_every_key_is_explained(model: type[Rule | Condition | Quiet]) -> None:
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert {key for key in keys if f"`{key}`" not in GUIDE} == set()
