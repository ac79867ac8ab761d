"""Texts that a person has reviewed: `pytest --update-golden` writes them anew, `git diff` shows what changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "golden"


def compare(name: str, found: Mapping[str, str], config: pytest.Config) -> None:
    """Compare what was found for each case with the golden file."""
    text = "".join(f"# {visible(case)}\n{visible(shown.strip())}\n\n" for case, shown in found.items())
    path = FOLDER / f"{name}.txt"
    if config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def visible(text: str) -> str:
    """Return the text with every character that is not seen written as its code point."""
    text = text.replace("\r\n", "\n")
    return "".join(each if each.isprintable() or each == "\n" else f"\\u{ord(each):04x}" for each in text)
