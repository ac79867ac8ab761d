"""The sentences of an article with what the watchlist found in each, and how strongly each joins the two sides."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from processors.listing import coordinated, in_dateline, listed, paired
from processors.reading import FieldName, Reading, Sentence
from processors.references import Named
from processors.watchlist import CompiledWatchlist, Cue

Link = Literal["relation", "cued", "plain", "listed"]

# How much of a whole statement about the relation a sentence is, by how it joins the sides.
STRENGTH: dict[Link, float] = {"relation": 1.0, "cued": 0.9, "plain": 0.45, "listed": 0.1}

# A sentence with so many countries of neither side, or so many commas, enumerates, however it is built.
_ENUMERATION = 3
_COMMAS = 10
_TWICE = 2


@dataclass
class Passage:
    """A sentence and what is in it.

    `sides` are those named, `listed` those named only in a list of countries; `paired` sides are joined by a dash,
    `mutual` ones named together by an "and", or twice each. `link` is how it joins the two sides, None if it does not.
    """

    sentence: Sentence
    named: list[Named] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)
    sides: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    paired: bool = False
    mutual: bool = False
    link: Link | None = None

    @property
    def unlisted(self) -> frozenset[str]:
        """Return the sides that are named outside lists."""
        return self.sides - self.listed

    def has(self, kind: str) -> bool:
        """Return whether a cue of the kind is in the sentence."""
        return any(cue.kind == kind for cue in self.cues)


def passages(reading: Reading, named: Sequence[Named], watchlist: CompiledWatchlist) -> tuple[Passage, ...]:
    """Return a passage for each sentence, the title's first; none at all where a side is named nowhere."""
    if not {watchlist.actors[name.actor].side for name in named}.issuperset(watchlist.relation.sides):
        return ()
    found = tuple(Passage(sentence) for sentence in reading.sentences)
    at = _locator(found)
    for name in named:
        if (passage := at(name.field, name.start)) is not None:
            passage.named.append(name)
    scanner = watchlist.lexicon(reading.language).cue_scanner
    for part in reading.fields:
        for start, cue in _outermost(scanner.hits(part.lowered)):
            if (passage := at(part.name, start)) is not None:
                passage.cues.append(cue)
    for passage in found:
        if passage.named:
            _judge(passage, reading, watchlist)
        if passage.named or passage.cues:
            passage.link = _link(passage, watchlist.relation.sides)
    return found


def _link(passage: Passage, sides: tuple[str, str]) -> Link | None:
    if passage.paired or passage.has("relation"):
        return "relation"
    if not passage.sides.issuperset(sides):
        return None
    if passage.listed.intersection(sides):
        return "listed"
    return "cued" if passage.mutual or passage.has("cue") or passage.has("theme") else "plain"


def _outermost(hits: Iterable[tuple[int, int, Cue]]) -> Iterator[tuple[int, Cue]]:
    """Yield the cues with their places, those of a theme only where no longer one holds them: "nuclear power plant"."""
    longest = (0, 0)
    for start, end, cue in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if cue.kind == "theme":
            if end <= longest[1] and (start, end) != longest:
                continue
            longest = (start, end)
        yield start, cue


def _locator(found: Sequence[Passage]) -> Callable[[FieldName, int], Passage | None]:
    """Return a function from a place in a field to the passage it is in, None in a link box."""
    of: dict[FieldName, list[Passage]] = {"title": [], "text": []}
    for passage in found:
        of[passage.sentence.field].append(passage)
    starts = {name: [passage.sentence.start for passage in group] for name, group in of.items()}

    def at(name: FieldName, place: int) -> Passage | None:
        index = bisect_right(starts[name], place) - 1
        return of[name][index] if index >= 0 and place < of[name][index].sentence.end else None

    return at


def _judge(passage: Passage, reading: Reading, watchlist: CompiledWatchlist) -> None:
    part = reading.title if passage.sentence.field == "title" else reading.text
    actors = watchlist.actors
    counted = [name for name in passage.named if not in_dateline(name, actors[name.actor], passage.sentence, part)]
    sides = watchlist.relation.sides
    in_list = listed(counted, part, lambda name: actors[name.actor].side in sides)
    outside = {actors[name.actor].side for name in counted if name not in in_list}
    passage.sides = frozenset(side for name in counted if (side := actors[name.actor].side) in sides and side)
    outsiders = {
        name.actor for name in counted if actors[name.actor].side is None and actors[name.actor].kind == "country"
    }
    sentence = part.text[passage.sentence.start : passage.sentence.end]
    enumerates = len(outsiders) >= _ENUMERATION or sentence.count(",") + sentence.count(";") >= _COMMAS
    passage.listed = passage.sides if enumerates else passage.sides - outside
    across = [
        (left, right)
        for left, right in pairwise(counted)
        if {actors[left.actor].side, actors[right.actor].side} == set(sides)
    ]
    passage.paired = any(paired(left, right, part, actors) for left, right in across)
    counts = Counter(actors[name.actor].side for name in counted if not name.inner)
    twice = all(counts[side] >= _TWICE for side in sides)
    passage.mutual = twice or any(coordinated(left, right, part) for left, right in across)
