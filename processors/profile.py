"""What an article tells, as weighted terms that can be compared: actors, names, figures, dates, concepts and words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import regex

from pipeline.messages import Actor, Mention
from processors.concepts import concepts
from processors.figures import MONTHS, figures, plain_digits
from processors.fold import fold
from processors.sounds import names, sound

ACTOR, PLACE, NAME, NUMBER, DATE, CONCEPT, WORD = "a", "g", "p", "n", "d", "c", "w"
KINDS = (ACTOR, PLACE, NAME, NUMBER, DATE, CONCEPT, WORD)
"""The kinds of terms, each the letter before the colon of its terms."""

LEAD = 800
"""Characters of the text that count, figures apart: what comes later is background that other events share."""

SMALLEST = 13
"""Smaller whole numbers are in every article."""

_MOST = {ACTOR: 12, PLACE: 12, NAME: 24, NUMBER: 16, DATE: 8, CONCEPT: 16, WORD: 48}
_NO_NAMES = MONTHS.keys() | {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
_PLACES = ("country", "place")
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_UNSPACED = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+|[\p{Han}\p{Hiragana}\p{Katakana}]+")
_STEM = 6
_SHORTEST_WORD = 4
_PIECE, _HAN_PIECE = 5, 2
_TITLE_WEIGHT = 3.0


@dataclass(frozen=True)
class Profile:
    """An article's terms with their weights, by kind the most telling first, and the language it is in."""

    language: str
    terms: Mapping[str, float]

    def of(self, kind: str) -> dict[str, float]:
        """Return the terms of one kind."""
        return {term: weight for term, weight in self.terms.items() if term[0] == kind}


def profile(title: str, text: str, language: str, actors: Sequence[Actor] = ()) -> Profile:
    """Return the profile of an article with the actors that a watchlist found in it."""
    counted: dict[str, dict[str, float]] = {kind: {} for kind in KINDS}
    for actor in actors:
        kind = PLACE if actor.kind in _PLACES else ACTOR
        weight = sum(_weight(mention) for mention in actor.mentions)
        if weight or not actor.mentions:
            counted[kind][actor.id] = max(weight, 1.0)
    for name in names(text[:LEAD]):
        if name.lower() not in _NO_NAMES and (heard := sound(name)):
            _count(counted[NAME], heard)
    for part in (title, text):
        _count_figures(counted, part, language)
    for lead, weight in ((title, _TITLE_WEIGHT), (text[:LEAD], 1.0)):
        for concept, times in concepts(lead, language).items():
            _count(counted[CONCEPT], concept, times * weight)
        for word in _words(lead, language):
            _count(counted[WORD], word, weight)
    return Profile(language, dict(_terms(counted)))


def _weight(mention: Mention) -> float:
    if mention.field == "title":
        return _TITLE_WEIGHT
    return 1.0 if mention.start < LEAD else 0.0


def _count_figures(counted: Mapping[str, dict[str, float]], part: str, language: str) -> None:
    numbers, dates = figures(part, language)
    for number in numbers:
        if not number.is_year and (number.value >= SMALLEST or number.value != int(number.value) or number.percent):
            _count(counted[NUMBER], number.key)
    for month, day in dates:
        _count(counted[DATE], f"{month}-{day}")


def _terms(counted: Mapping[str, Mapping[str, float]]) -> Iterable[tuple[str, float]]:
    for kind, found in counted.items():
        ranked = sorted(found.items(), key=lambda item: -item[1])
        for term, times in ranked[: _MOST[kind]]:
            yield f"{kind}:{term}", round(1.0 + math.log(times), 2)


def _count(counts: dict[str, float], term: str, times: float = 1.0) -> None:
    counts[term] = counts.get(term, 0.0) + times


def _words(text: str, language: str) -> Iterable[str]:
    folded = fold(plain_digits(text), language).text.lower()
    previous = ""
    for word in _WORD.findall(_UNSPACED.sub(" ", folded)):
        if language == "vi":
            # A syllable is no word: most words are two.
            if previous:
                yield f"{previous} {word}"
            previous = word
        elif len(word) >= _SHORTEST_WORD:
            yield word[:_STEM]
    for run in _UNSPACED.findall(folded):
        size = _HAN_PIECE if ord(run[0]) > 0x3000 else _PIECE  # noqa: PLR2004  # where kana and Han begin
        yield from (run[start : start + size] for start in range(len(run) - size + 1))
