"""Where names stand that the watchlist does not have: after a title, beside a kind of organisation."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, dropwhile
from typing import Literal

from processors.candidate_words import Part, Vocabulary
from processors.reading import Field, Span
from processors.references import Candidate
from processors.watchlist import CompiledWatchlist

CandidateKind = Literal["person", "organisation"]

# Countries and places may stand inside a title or a name; any other actor there means that it is on the watchlist.
_PLACES = frozenset({"country", "place"})
# Between two parts of a title, or a title and a name: a possessive, a full stop, an abbreviation in brackets.
_GAP = re.compile(r"(?:'s?)?\.?(?: {0,2}\([^()\n]{1,24}\))? {0,3}")
# Only after a title as short as "Gen" a full stop does not end the sentence.
_ABBREVIATION = 6
_PAIR = 2
_WORD = re.compile(r"\S+")
_QUOTED = re.compile(r" ?«([^«»\n]{2,60})»")


@dataclass(frozen=True, slots=True)
class Hit:
    """A name as it stands in a folded field, with where its title begins if it has one."""

    kind: CandidateKind
    field: Field
    start: int
    end: int
    title: int | None = None


class Known:
    """Where the watchlist's own names stand in a field."""

    def __init__(self, part: Field, listed: Sequence[Candidate], watchlist: CompiledWatchlist) -> None:
        mine = [hit for hit in listed if hit.field == part.name]
        places = {(hit.start, hit.end) for hit in mine if watchlist.actors[hit.name.actor].kind in _PLACES}
        self.places: dict[int, int] = {}
        for start, end in places:
            self.places[start] = max(end, self.places.get(start, 0))
        # For each of the other names the furthest end of those that begin no later, so that one look-up tells.
        others = sorted({(hit.start, hit.end) for hit in mine} - places)
        self._starts = [start for start, _ in others]
        self._ends = list(accumulate((end for _, end in others), max))
        originals = [part.folded.span(start, end) for start, end in others]
        self._original_starts = [start for start, _ in originals]
        self._original_ends = list(accumulate((end for _, end in originals), max))
        self._place_starts = sorted(self.places)
        self._place_ends = list(accumulate((self.places[start] for start in self._place_starts), max))
        self._original_places = {part.folded.span(start, end) for start, end in places}

    def folded(self, start: int, end: int) -> bool:
        """Return whether a place in the folded text is, or overlaps with, a name of the watchlist."""
        last = bisect_right(self._starts, end - 1) - 1
        return (last >= 0 and self._ends[last] > start) or self.places.get(start, 0) >= end

    def in_place(self, start: int, end: int) -> bool:
        """Return whether a place in the folded text is inside the name of a country or place."""
        last = bisect_right(self._place_starts, start) - 1
        return last >= 0 and self._place_ends[last] >= end

    def original(self, start: int, end: int) -> bool:
        """Return the same for a place in the original text."""
        last = bisect_right(self._original_starts, end - 1) - 1
        return (last >= 0 and self._original_ends[last] > start) or (start, end) in self._original_places


def names_in(part: Field, words: Vocabulary, known: Known) -> Iterator[Hit]:
    """Yield each name of a field that is none of the known ones."""
    for span in part.paragraphs:
        paragraph = _Paragraph(part, span, words, known)
        for hit in (*paragraph.persons(), *paragraph.organisations()):
            if not known.folded(hit.start, hit.end):
                yield hit


class _Paragraph:
    """A paragraph in which names are looked for."""

    def __init__(self, part: Field, span: Span, words: Vocabulary, known: Known) -> None:
        self._part = part
        self._text = part.text
        self._span = span
        self._lowered = part.lowered[span.start : span.end]
        self._words = words
        self._known = known

    @cached_property
    def _titles(self) -> dict[int, tuple[int, Part]]:
        """Return the longest part of a title that begins at each place, with its end."""
        at: dict[int, tuple[int, Part]] = {}
        for first, last, kind in self._words.titles.hits(self._lowered):
            start, found = self._span.start + first, (self._span.start + last, kind)
            at[start] = max(found, at.get(start, found))
        return at

    def _is_title(self, place: int) -> bool:
        return self._titles.get(place, (0, Part.LINK))[1] is Part.TITLE

    def persons(self) -> Iterator[Hit]:
        """Yield each name that follows a title: parts of which one is enough, and the last is no link."""
        after = self._span.start
        for start in sorted(self._titles):
            if start < after or self._titles[start][1] is Part.LINK:
                continue
            after, name = self._past_title(start)
            if name is not None and (hit := self._named(start, name)) is not None:
                yield hit

    def _past_title(self, start: int) -> tuple[int, int | None]:
        """Return the end of what begins like a title, and where a name may follow if it is one."""
        titled, last, end, place = False, Part.LINK, start, start
        while place < self._span.end:
            if place in self._titles:
                end, last = self._titles[place]
                titled = titled or last is Part.TITLE
            elif place > start and place in self._known.places:
                end, last = self._known.places[place], Part.QUALIFIER
            else:
                break
            gap = _GAP.match(self._text, end, self._span.end)
            if gap is None or ("." in gap.group() and end - start > _ABBREVIATION):
                return end, None
            place = gap.end()
        apart = place > end or self._words.unspaced
        return end, place if titled and last is not Part.LINK and apart else None

    def _named(self, title: int, begin: int) -> Hit | None:
        """Return the name at a place, if there is one: no place, no title, no organisation, no acronym before it."""
        found = self._words.person.match(self._text, begin, self._span.end)
        spans: list[tuple[int, int]] = []
        for word in _WORD.finditer(self._text, begin, found.end() if found else begin):
            ended = word.group().lower() in self._words.not_names or self._is_title(word.start())
            if ended or word.start() in self._known.places:
                break
            spans.append(word.span())
        if len(spans) == 1 or not all(self._text[slice(*span)].isupper() for span in spans):
            spans = list(dropwhile(lambda span: _is_acronym(self._text[slice(*span)]), spans))
        if len(spans) < (1 if self._words.single else _PAIR):
            return None
        start, end = spans[0][0], spans[-1][1]
        if next(self._words.organisations.hits(self._part.lowered[start:end]), None) is not None:
            return None
        return Hit("person", self._part, start, end, title)

    def organisations(self) -> Iterator[Hit]:
        """Yield each run of capitalised words with a kind of organisation among them, and guillemets after one."""
        hits = self._words.organisations.hits(self._lowered)
        places = ((self._span.start + start, self._span.start + end) for start, end, _ in hits)
        kinds = dict(place for place in places if not self._known.in_place(*place))
        for end in sorted(kinds.values()):
            quoted = _QUOTED.match(self._text, end, self._span.end)
            if quoted:
                yield Hit("organisation", self._part, *quoted.span(1))
        if kinds:
            for run in self._words.capitals.finditer(self._text, self._span.start, self._span.end):
                if (hit := self._organisation(run, kinds)) is not None:
                    yield hit

    def _organisation(self, run: re.Match[str], kinds: dict[int, int]) -> Hit | None:
        """Return the name in a run of capitals: up to its kind, or beyond it where the kind comes first."""
        start, end = run.span()
        first = run.group().partition(" ")[0]
        if first.lower() in self._words.not_names:
            start = min(start + len(first) + 1, end)
        inside = [place for place in range(start, end) if place in kinds]
        if not inside:
            return None
        if inside[-1] > start:
            end = kinds[inside[-1]]
        if any(map(self._is_title, range(start, end))):
            return None
        if kinds[inside[-1]] == end:
            end = self._continued(end, kinds)
        words = self._part.lowered[start:end].split()
        if len(words) < _PAIR or self._words.general.issuperset(words):
            return None
        return Hit("organisation", self._part, start, end)

    def _continued(self, end: int, kinds: dict[int, int]) -> int:
        """Return where a name ends that goes on: "Bank" with "of Trade" and "and Industry", but not "and Vietnam"."""
        for number in range(_PAIR):
            further = self._words.continued.match(self._text, end, self._span.end)
            inside = range(end, further.end()) if further else ()
            if not inside or any(place in kinds or (number and place in self._known.places) for place in inside):
                break
            end = inside.stop
        return end


def _is_acronym(word: str) -> bool:
    return word.isupper() and len(word) > 1 and "." not in word
