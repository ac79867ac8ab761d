"""Where a watchlist's names stand in an article: spaCy's tokens, or grapheme clusters where words have no spaces."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import spacy
from spacy.attrs import (  # type: ignore[import-not-found]  # compiled, without a stub
    IS_SPACE,
    LOWER,
    NORM,
)
from spacy.language import Language
from spacy.matcher import PhraseMatcher

from pipeline.errors import InputError
from processors.candidate_names import CandidateKind
from processors.candidates import Entity
from processors.fold import single_spaced
from processors.names import Name, case_fits
from processors.reading import Field, Reading
from processors.references import Candidate
from processors.scan import Scanner
from processors.vietnamese import is_given_name
from processors.watchlist import CompiledWatchlist, Lexicon

# spaCy's own tokenizers that need no further package. Those for Indonesian and Malay add only thousands of hyphenated
# words, which folding splits anyway, and take seconds to build.
_TOKENIZED = frozenset({"de", "en", "es", "fr", "pt", "ru", "tl", "uk"})
_ANY = "xx"
_UNSPACED = frozenset({"th", "lo", "km", "my", "zh", "ja"})
# Articles name much the same, in much the same words: a few thousand are most of what is ever asked.
_REMEMBERED = 10_000

_SHORT = 200
"""Characters around a name that are remembered: a page without spaces must not fill the memory."""


_ENTITIES: dict[str, CandidateKind] = {"PERSON": "person", "PER": "person", "ORG": "organisation"}
"""What spaCy's pipelines call persons and organisations."""

_MODELLED = 50_000
"""Characters of a text that a model reads: a model is slow, and its memory grows with the text."""


class ModelFinder:
    """Finds persons and organisations by a spaCy pipeline, in articles of its language."""

    def __init__(self, model: str) -> None:
        """Load a pipeline that is installed, by its name, or by its folder. Raises InputError when there is none."""
        try:
            self._nlp = spacy.load(model)
        except (OSError, ImportError, ValueError):
            problem = f"{model!r} is no spaCy pipeline that is installed, nor the folder of one"
            raise InputError("tagger.model", problem, "Install it beside wirewatch, or unset the setting.") from None

    def __call__(self, reading: Reading) -> Iterator[Entity]:
        """Yield the names with their places in the original title and text."""
        if self._nlp.lang not in {reading.language, _ANY}:
            return
        for field in reading.fields:
            with self._nlp.memory_zone():
                for entity in self._nlp(field.original[:_MODELLED]).ents:
                    if kind := _ENTITIES.get(entity.label_):
                        yield kind, field.name, entity.start_char, entity.end_char


class MentionFinder:
    """Finds the names of one watchlist."""

    def __init__(self, watchlist: CompiledWatchlist) -> None:
        self._watchlist = watchlist
        self._matchers: dict[str, _Matcher] = {}

    def candidates(self, reading: Reading) -> tuple[Candidate, ...]:
        """Return every name in title and text, overlapping ones included, in the order of their ends."""
        lexicon = self._watchlist.lexicon(reading.language)
        search = self._scanned if reading.language in _UNSPACED else self._matched
        return tuple(
            Candidate(field.name, start, end, name)
            for field in reading.fields
            for start, end, names in search(field, lexicon)
            for name in names
            if case_fits(" ".join(field.text[start:end].split()), name.form)
            and not (reading.language == "vi" and " " not in name.form and is_given_name(*_original(field, start)))
        )

    @staticmethod
    def _scanned(field: Field, lexicon: Lexicon) -> Iterator[tuple[int, int, list[Name]]]:
        for paragraph in field.paragraphs:
            for start, end, names in lexicon.name_scanner.hits(field.lowered[paragraph.start : paragraph.end]):
                yield paragraph.start + start, paragraph.start + end, names

    def _matched(self, field: Field, lexicon: Lexicon) -> Iterator[tuple[int, int, list[Name]]]:
        for paragraph in field.paragraphs:
            lowered, _ = single_spaced(field.lowered[paragraph.start : paragraph.end])
            windows = _windows(lowered, lexicon.name_scanner)
            if not windows:
                continue
            words, place = single_spaced(field.text[paragraph.start : paragraph.end])
            for first, last in windows:
                for start, end in self._matcher(lexicon).spans(words[first:last]):
                    names = lexicon.names.get(lowered[first + start : first + end], [])
                    yield paragraph.start + place(first + start), paragraph.start + place(first + end - 1) + 1, names

    def _matcher(self, lexicon: Lexicon) -> _Matcher:
        if lexicon.language not in self._matchers:
            self._matchers[lexicon.language] = _Matcher(self._watchlist.id, lexicon)
        return self._matchers[lexicon.language]


def _windows(lowered: str, scanner: Scanner[list[Name]]) -> list[tuple[int, int]]:
    """Return (start, end) of the words, as spaces part them, around each place where the scanner finds names."""
    windows: list[tuple[int, int]] = []
    for start, end in sorted({(start, end) for start, end, _ in scanner.hits(lowered)}):
        first = lowered.rfind(" ", 0, start) + 1
        last = lowered.find(" ", end)
        last = last if last >= 0 else len(lowered)
        if windows and first < windows[-1][1]:
            first, last = windows[-1][0], max(last, windows[-1][1])
            windows.pop()
        windows.append((first, last))
    return windows


class _Matcher:
    """Finds the names of one lexicon in a few words, at the boundaries of spaCy's tokens."""

    def __init__(self, key: str, lexicon: Lexicon) -> None:
        self._nlp = _pipeline(lexicon.language)
        self._matcher = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        # The one key stands for all names: what matched is looked up by its own form.
        self._matcher.add(key, [self._nlp.tokenizer(name) for name in lexicon.names])
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._spans)

    def spans(self, words: str) -> tuple[tuple[int, int], ...]:
        """Return (start, end) of the names in words with single spaces, overlapping ones included."""
        return self._remembered(words) if len(words) <= _SHORT else self._spans(words)

    def _spans(self, words: str) -> tuple[tuple[int, int], ...]:
        with self._nlp.memory_zone():
            doc = self._nlp.tokenizer(words)
            return tuple(
                (doc[first].idx, doc[last - 1].idx + len(doc[last - 1])) for _, first, last in self._matcher(doc)
            )


def _original(field: Field, start: int) -> tuple[str, int]:
    """Return the original text and the place in it, for what folding hides: a dash is no space."""
    return field.original, field.folded.span(start, start + 1)[0]


@cache
def _pipeline(language: str) -> Language:
    nlp = spacy.blank(language if language in _TOKENIZED else _ANY)
    # What else spaCy works out for each new word, such as whether it looks like a number, is a third of its time.
    vocab: Any = nlp.vocab
    vocab.lex_attr_getters = {key: vocab.lex_attr_getters[key] for key in (LOWER, NORM, IS_SPACE)}
    return nlp
