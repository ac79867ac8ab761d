"""What an article is about in words that no language owns: a visit, a ship, a loan, an earthquake."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

from pydantic import TypeAdapter

from pipeline.located import read_yaml
from processors.fold import fold, fold_name
from processors.scan import PREFIX, Scanner

FILE = "concepts.yaml"
FALLBACK = "en"


@cache
def _file() -> dict[str, dict[str, tuple[str, ...]]]:
    with as_file(files("processors") / FILE) as path:
        return TypeAdapter(dict[str, dict[str, tuple[str, ...]]]).validate_python(read_yaml(path).data)


@cache
def _scanner(language: str) -> Scanner[str]:
    return Scanner(
        (_folded(word, language), concept)
        for concept, words in _file().items()
        for word in words.get(language, words[FALLBACK])
    )


def concepts(text: str, language: str) -> dict[str, int]:
    """Return how often a text names each concept; in a language that the file lacks, by the English words."""
    counts: dict[str, int] = {}
    for _, _, concept in _scanner(language).hits(fold(text, language).text.lower()):
        counts[concept] = counts.get(concept, 0) + 1
    return counts


def _folded(word: str, language: str) -> str:
    stem = fold_name(word.removesuffix(PREFIX), language)
    return stem + PREFIX if word.endswith(PREFIX) else stem
