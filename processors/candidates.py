"""Who is named in an article and on no watchlist: by a title or a kind of organisation, and by what a model finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from pipeline.messages import ActorCandidate, Mention
from processors.candidate_names import CandidateKind, Hit, Known, names_in
from processors.candidate_words import vocabulary
from processors.fold import fold_name
from processors.morphology import nominative
from processors.names import case_fits
from processors.reading import Field, FieldName, Reading, read
from processors.references import Candidate
from processors.scan import joined
from processors.watchlist import CompiledWatchlist

Entity = tuple[CandidateKind, FieldName, int, int]
"""Kind, field and place, in the original text, of a name that a model finds."""

EntityFinder = Callable[[Reading], Iterable[Entity]]

MOST = 20
"""Candidates of one article."""

MOST_LENGTH = 100
"""Characters of a name; what is longer is none."""

# A text with more names than this is a list, and to decline each of them would take seconds.
_MOST_HITS = 1000
_FORMS = 8
# Folding parts what a hyphen joins: "Jae-in".
_HYPHENATED = re.compile(r"(?:[-\u2010\u2011][^\W\d_]+)+")
_EDGE = " .,'"


@dataclass
class _Record:
    """One candidate, as often as it was met."""

    kind: CandidateKind
    name: str
    mention: Mention
    title: str | None
    basis: Literal["pattern", "model"]
    hits: int = 0
    forms: dict[str, None] = field(default_factory=dict)

    def add(self, form: str) -> None:
        """Count the name once more, as it is written."""
        self.hits += 1
        if len(self.forms) < _FORMS:
            self.forms[form] = None


def unlisted(
    reading: Reading, listed: Sequence[Candidate], watchlist: CompiledWatchlist, entities: EntityFinder | None = None
) -> tuple[ActorCandidate, ...]:
    """Return who is named and not `listed`, those named most often first; takes time in proportion to the text."""
    records: dict[str, _Record] = {}
    words = vocabulary(reading.language)
    known = {part.name: Known(part, listed, watchlist) for part in reading.fields}
    if words is not None:
        hits = (hit for part in reading.fields for hit in names_in(part, words, known[part.name]))
        for hit in islice(hits, _MOST_HITS):
            _note(records, hit, reading.language)
    for kind, name, start, end in islice(entities(reading) if entities else (), _MOST_HITS):
        if not known[name].original(start, end):
            part = reading.title if name == "title" else reading.text
            _note_entity(records, _name(part, start, end, kind, reading.language), kind, _mention(part, start, end))
    return _ranked(records, reading)


def is_listed(name: str, language: str, watchlist: CompiledWatchlist) -> bool:
    """Return whether a name that was a candidate is, or has in it, a name of the watchlist as it is now."""
    folded = fold_name(name, language)
    listed = [
        Candidate("title", start, end, found)
        for start, end, names in watchlist.lexicon(language).name_scanner.hits(folded.lower())
        for found in names
        if case_fits(folded[start:end], found.form)
    ]
    return Known(read(folded, "", language).title, listed, watchlist).folded(0, len(folded))


def _note(records: dict[str, _Record], hit: Hit, language: str) -> None:
    part = hit.field
    start, end = part.folded.span(hit.start, hit.end)
    if hit.kind == "person" and (joined_on := _HYPHENATED.match(part.original, end)):
        end = joined_on.end()
    name = _name(part, start, end, hit.kind, language)
    if not _usable(name):
        return
    title = None
    if hit.title is not None:
        title = " ".join(part.original[part.folded.span(hit.title, hit.title + 1)[0] : start].split())[:MOST_LENGTH]
    record = records.setdefault(name.lower(), _Record(hit.kind, name, _mention(part, start, end), title, "pattern"))
    record.add(part.original[start:end])


def _note_entity(records: dict[str, _Record], name: str, kind: CandidateKind, mention: Mention) -> None:
    if _usable(name) and (kind != "person" or " " in name):
        records.setdefault(name.lower(), _Record(kind, name, mention, None, "model")).add(mention.text)


def _name(part: Field, start: int, end: int, kind: CandidateKind, language: str) -> str:
    """Return a name as it is counted: on one line, a person's in Russian in the nominative."""
    words = " ".join(part.original[start:end].split()).strip(_EDGE).split()
    return " ".join(nominative(words) if words and language == "ru" and kind == "person" else words)


def _usable(name: str) -> bool:
    return 0 < len(name) <= MOST_LENGTH and name.isprintable()


def _mention(part: Field, start: int, end: int) -> Mention:
    return Mention(field=part.name, start=start, end=end, text=part.original[start:end])


def _ranked(records: dict[str, _Record], reading: Reading) -> tuple[ActorCandidate, ...]:
    """Return the candidates met most often; a single word that is part of a fuller name is that one."""
    fuller = {word for record in records.values() if " " in record.name for word in record.name.split()}
    chosen = [record for record in records.values() if " " in record.name or record.name not in fuller]
    chosen.sort(key=lambda record: -record.hits)
    found = [
        ActorCandidate(
            name=record.name,
            kind=record.kind,
            title=record.title,
            basis=record.basis,
            count=max(record.hits, _occurrences(record.forms, reading)),
            mention=record.mention,
        )
        for record in chosen[:MOST]
    ]
    return tuple(sorted(found, key=lambda candidate: -candidate.count))


def _occurrences(forms: Iterable[str], reading: Reading) -> int:
    return sum(1 for form in forms for part in reading.fields for _ in _places(form, part.original))


def _places(form: str, text: str) -> Iterator[int]:
    """Yield where a form stands in a text as whole words."""
    place = text.find(form)
    while place >= 0:
        end = place + len(form)
        if not (place and joined(text[place - 1], form[0])) and not (end < len(text) and joined(form[-1], text[end])):
            yield place
        place = text.find(form, end)
