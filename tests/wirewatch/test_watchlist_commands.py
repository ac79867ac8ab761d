"""The commands of the watchlists, and the published schema of their files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import seeds
from tests.processors.conftest import SMALL
from tests.wirewatch.conftest import Wirewatch

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((Path(str(seeds.__file__)).parent / "watchlists").glob("*.yaml"))
EXAMPLES = """\
examples:
  must match:
    - {text: Vietnam and Russia signed an oil deal after talks. Russia and Vietnam are pleased., language: en}
  must not:
    - {title: Russian dolls, text: A Russian doll was sold at the fair on Sunday., language: en, actors: [russia]}
"""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_watchlist_passes_its_own_examples(wirewatch: Wirewatch, path: Path) -> None:
    ran = wirewatch("watchlist", "test", str(path))
    assert ran.code == 0, ran.out
    assert "examples passed" in ran.out


def test_a_failing_example_is_shown_and_ends_with_1(wirewatch: Wirewatch, tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(SMALL + EXAMPLES.replace("A Russian doll", "A Russian car"), encoding="utf-8")
    ran = wirewatch("watchlist", "test", str(path))
    assert ran.code == 1
    for shown in ("must not 1", "Russian dolls", "actor russia is found", "1 of 2 examples passed"):
        assert shown in " ".join(ran.out.split())


def test_a_watchlist_without_examples_is_told_how_to_have_some(wirewatch: Wirewatch, tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(SMALL, encoding="utf-8")
    ran = wirewatch("watchlist", "test", str(path))
    assert ran.code == 2
    assert "has no examples" in ran.err


def schema() -> Draft202012Validator:
    found = json.loads((ROOT / "docs/schemas/watchlist.v1.json").read_bytes())
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def document(text: str) -> Any:
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_published_schema_accepts_the_shipped_watchlists(path: Path) -> None:
    assert [error.message for error in schema().iter_errors(document(path.read_text(encoding="utf-8")))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: country", "kind: contry"),
        ("side: south", "sied: south"),
        ("{en: [China]}", "{EN: [China]}"),
        ("sides: [south, north]", "sides: [south]"),
    ],
)
def test_the_published_schema_refuses_mistakes(old: str, new: str) -> None:
    assert schema().is_valid(document(SMALL))
    assert not schema().is_valid(document(SMALL.replace(old, new, 1)))


def test_a_relation_is_optional_in_the_schema_too() -> None:
    assert schema().is_valid(document(SMALL[: SMALL.index("relation:")]))
