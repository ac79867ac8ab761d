"""The case forms of Russian names (pymorphy3), made once when a watchlist is compiled."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
NUMBERS = ("sing", "plur")

# Endings of a masculine name in the five other cases, by its last letter; for surnames no dictionary knows.
_ENDINGS = {"ь": ("я", "ю", "ем", "е"), "й": ("я", "ю", "ем", "е")}
_HARD = ("а", "у", "ом", "ем", "е")
_VOWELS = frozenset("аеёиоуыэюя")


@cache
def _analyzer() -> MorphAnalyzer:
    from pymorphy3 import MorphAnalyzer  # noqa: PLC0415  # its dictionary loads only where a watchlist has Russian names

    return MorphAnalyzer(lang="ru")


def russian_forms(name: str, *, person: bool = False) -> frozenset[str]:
    """Return the name in every case, its own capitals kept; `person` also declines words no dictionary knows."""
    words = name.split()
    forms = {name}
    if len(words) == 1:
        forms |= {_recase(name, form) for form in _lexeme(words[0])}
    else:
        forms |= {" ".join(inflected) for inflected in _agreed(words)}
        if person:
            forms |= {" ".join([*words[:-1], form]) for form in _single(words[-1])}
    if person:
        forms |= {" ".join([*words[:-1], form]) for form in _declined(words[-1])}
    return frozenset(forms)


def _lexeme(word: str) -> Iterator[str]:
    for parse in _nominatives(word):
        yield from (form.word for form in parse.lexeme if form.tag.POS in {"NOUN", "ADJF"} and _plain(form))
    if word.endswith(("ский", "цкий")):
        yield word[:-2] + "о"


def _nominatives(word: str) -> list[Any]:
    """Return the readings of a word as a noun or adjective in its dictionary form, the likeliest kind only."""
    parses = [parse for parse in _analyzer().parse(word) if parse.tag.POS in {"NOUN", "ADJF"}]
    parses = [parse for parse in parses if "nomn" in parse.tag and "Fixd" not in parse.tag]
    proper = [parse for parse in parses if parse.tag.grammemes & {"Geox", "Name", "Surn", "Orgn"}]
    known = [parse for parse in parses if parse.is_known]
    return (known or proper or parses)[:1]


def _plain(form: Any) -> bool:
    """Return whether a form is a usual one: no short, rare or colloquial variant."""
    return not form.tag.grammemes & {"V-oy", "Arch", "Infr", "Slng", "Erro", "voct", "Supr"}


def _single(word: str) -> Iterator[str]:
    for parse in _nominatives(word):
        for case in CASES:
            form = parse.inflect({"sing", case})
            if form is not None:
                yield _recase(word, form.word)


def _agreed(words: list[str]) -> Iterator[list[str]]:
    """Yield the words with the leading nominative ones in each case and number, what depends on them unchanged."""
    parses = _head(words)
    for number in NUMBERS:
        for case in CASES:
            inflected = [parse.inflect({number, case}) for parse in parses]
            if any(form is None for form in inflected):
                continue
            head = [_recase(word, form.word) for word, form in zip(words, inflected, strict=False)]
            yield [*head, *words[len(head) :]]


def _head(words: list[str]) -> list[Any]:
    parses: list[Any] = []
    for word in words:
        likeliest = _analyzer().parse(word)[:1]
        nominative = _nominatives(word)
        proper = bool(nominative and nominative[0].tag.grammemes & {"Geox", "Name", "Surn", "Orgn"})
        if not nominative or ("nomn" not in likeliest[0].tag and not proper):
            break
        if parses and parses[-1].tag.POS == "NOUN" and not (proper or nominative[0].tag.POS == "NOUN"):
            break
        parses.append(nominative[0])
    return parses


def _declined(word: str) -> Iterator[str]:
    last = word[-1:].lower()
    if last in _ENDINGS:
        yield from (word[:-1] + ending for ending in _ENDINGS[last])
    elif last.isalpha() and last not in _VOWELS and not word.isupper():
        yield from (word + ending for ending in _HARD)


def _recase(model: str, form: str) -> str:
    if model.isupper() and len(model) > 1:
        return form.upper()
    return form[:1].upper() + form[1:] if model[:1].isupper() else form


def nominative(words: list[str]) -> list[str]:
    """Return a person's name in the nominative where all its words agree, as it is where they do not."""
    parses = [parse for parse in _analyzer().parse(words[0]) if parse.tag.grammemes & {"Name", "Surn"}]
    # What is declined comes before what never is ("Анне" is Анна, hardly Анне), a given name before a surname.
    for first in sorted(parses, key=lambda parse: ("Fixd" in parse.tag, "Name" not in parse.tag)):
        gender, case = first.tag.gender, first.tag.case
        if gender and case and first.tag.number == "sing":
            rest = [_agreeing(word, gender, case) for word in words[1:]]
            if all(form is not None for form in rest):
                forms = [parse.inflect({"sing", "nomn"}) for parse in (first, *rest)]
                return [
                    _recase(word, form.word if form else word.lower()) for word, form in zip(words, forms, strict=True)
                ]
    return words


def _agreeing(word: str, gender: str, case: str) -> Any:
    """Return the reading of a word as a noun or adjective of that gender and case."""
    agreed = (parse for parse in _analyzer().parse(word) if (parse.tag.gender, parse.tag.case) == (gender, case))
    return next((parse for parse in agreed if parse.tag.number == "sing"), None)
