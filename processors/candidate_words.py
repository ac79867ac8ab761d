"""The words that show somebody's name to follow, by language: titles, what belongs to them, kinds of organisations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import cache, cached_property
from importlib.resources import as_file, files

from pydantic import BaseModel, ConfigDict, TypeAdapter

from pipeline.located import read_yaml
from processors.fold import UPPER, fold_name
from processors.names import forms_of
from processors.scan import Scanner

FILE = "candidate_words.yaml"
MOST_WORDS = 6
"""Words of a person's name."""

MOST_LETTERS = 30
"""Letters and marks of a name in a script that does not part words."""

_LETTERS = r"[^\W\d_]*(?:'(?!s?(?!\w))[^\W\d_]+)*"
_WORD = rf"(?:{UPPER}\.(?!\w)|{UPPER}{_LETTERS})"


class Part(IntEnum):
    """What a phrase is in a title; of phrases that are alike the greater one counts."""

    LINK = 0
    QUALIFIER = 1
    TITLE = 2


class Words(BaseModel):
    """One language's words, as the file has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    titles: tuple[str, ...]
    qualifiers: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    particles: tuple[str, ...] = ()
    not_names: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()
    single: bool = False
    letters: str = ""
    verbs: tuple[str, ...] = ()


class Vocabulary:
    """One language's words, ready to be looked for in folded text."""

    def __init__(self, words: Words, language: str) -> None:
        self.single = words.single
        self.unspaced = bool(words.letters)
        self.not_names = frozenset(_forms(words.not_names, language))
        self._words = words
        self._language = language
        self.person = re.compile(_unspaced(words) if words.letters else _capitalised(words))
        inner = "|".join(re.escape(fold_name(word, language)) for word in words.inner) or "(?!)"
        self.capitals = re.compile(rf"(?<!\w){_WORD}(?: {_WORD}){{0,{MOST_WORDS}}}")
        self.continued = re.compile(rf" (?:{inner}) (?:the )?{_WORD}(?: {_WORD}){{0,3}}")

    @cached_property
    def general(self) -> frozenset[str]:
        """Return the words of which a name consists that is anybody's: "Ministry of Trade and Industry"."""
        words = self._words
        phrases = (*words.titles, *words.qualifiers, *words.links, *words.organisations, *words.inner)
        return frozenset(word for form in _forms(phrases, self._language) for word in form.split())

    @cached_property
    def titles(self) -> Scanner[Part]:
        """Return the scanner of what titles consist of."""
        parts = (
            (Part.TITLE, self._words.titles),
            (Part.QUALIFIER, self._words.qualifiers),
            (Part.LINK, self._words.links),
        )
        return Scanner((form, part) for part, phrases in parts for form in _forms(phrases, self._language))

    @cached_property
    def organisations(self) -> Scanner[bool]:
        """Return the scanner of the kinds of organisations."""
        return Scanner((form, True) for form in _forms(self._words.organisations, self._language))


def _capitalised(words: Words) -> str:
    particles = "|".join(re.escape(word) for word in words.particles) or "(?!)"
    return rf"{_WORD}(?: {{1,2}}(?:(?:{particles}) )?{_WORD}){{0,{MOST_WORDS - 1}}}"


def _unspaced(words: Words) -> str:
    """Return a given and a family name, of which a script without capitals shows the end by a space or a verb."""
    verbs = "|".join(map(re.escape, words.verbs)) or "(?!)"
    run = rf"(?:(?!{verbs})[{words.letters}]){{2,{MOST_LETTERS}}}"
    return rf"{run} {run}(?={verbs}|[^{words.letters}]|\Z)"


def _forms(phrases: Iterable[str], language: str) -> Iterator[str]:
    return (fold_name(form, language).lower() for phrase in phrases for form in sorted(forms_of(phrase, language)))


@cache
def _file() -> dict[str, Words]:
    with as_file(files("processors") / FILE) as path:
        return TypeAdapter(dict[str, Words]).validate_python(read_yaml(path).data)


@cache
def vocabulary(language: str) -> Vocabulary | None:
    """Return the words of a language; None for one that the file does not have."""
    words = _file().get(language)
    return Vocabulary(words, language) if words else None
