"""Whom a name means: holders of offices, what a name is not, short names where the actor is named, the longest wins."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from processors.names import Name
from processors.reading import FieldName, Reading
from processors.watchlist import CompiledWatchlist

# Spaces between a title and a name, at most.
_GAP = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name in a field's folded text, before it is known whom it means."""

    field: FieldName
    start: int
    end: int
    name: Name


@dataclass(frozen=True, slots=True)
class Named:
    """An actor, by its index, named in a field's folded text; an `inner` name is part of a longer one."""

    field: FieldName
    start: int
    end: int
    actor: int
    inner: bool = False


def resolve(candidates: Iterable[Candidate], reading: Reading, watchlist: CompiledWatchlist) -> tuple[Named, ...]:
    """Return the actors named, in the order of title and text; of the inner names only the strong ones."""
    candidates = tuple(_held(tuple(candidates), reading, watchlist))
    if not candidates:
        return ()
    context = _Context(reading, watchlist)
    strong: list[Candidate] = []
    weak: list[Candidate] = []
    for candidate in candidates:
        if not context.denied(candidate):
            (strong if candidate.name.strong and not context.doubtful(candidate) else weak).append(candidate)
    accepted = strong + list(_in_context(weak, strong, watchlist))
    return tuple(sorted(_longest(accepted), key=lambda named: (named.field != "title", named.start, named.inner)))


def _held(candidates: Sequence[Candidate], reading: Reading, watchlist: CompiledWatchlist) -> Iterator[Candidate]:
    """Yield the names that are their actor's on the article's day; a title is none where a person's name follows."""
    people = {
        (candidate.field, candidate.start)
        for candidate in candidates
        if candidate.name.since is None and watchlist.actors[candidate.name.actor].kind == "person"
    }
    for candidate in candidates:
        name = candidate.name
        if name.since is None:
            yield candidate
        elif name.holds(reading.published):
            text = (reading.title if candidate.field == "title" else reading.text).text
            gap = text[candidate.end : candidate.end + _GAP]
            if (candidate.field, candidate.end + len(gap) - len(gap.lstrip(" "))) not in people:
                yield candidate


class _Context:
    """What the article says that a name is not."""

    def __init__(self, reading: Reading, watchlist: CompiledWatchlist) -> None:
        self._reading = reading
        spans: dict[tuple[FieldName, int], list[tuple[int, int]]] = {}
        self._doubtful: dict[int, frozenset[str]] = {}
        scanner = watchlist.lexicon(reading.language).negation_scanner
        for field in reading.fields:
            for start, end, negation in scanner.hits(field.lowered):
                if negation.doubtful is None:
                    spans.setdefault((field.name, negation.actor), []).append((start, end))
                else:
                    self._doubtful[negation.actor] = negation.doubtful
        # For each phrase the furthest end of those that begin no later, so that one look-up tells.
        self._denied = {
            key: ([start for start, _ in sorted(found)], list(accumulate((end for _, end in sorted(found)), max)))
            for key, found in spans.items()
        }

    def denied(self, candidate: Candidate) -> bool:
        """Return whether the name stands inside a phrase that is something else."""
        starts, ends = self._denied.get((candidate.field, candidate.name.actor), ((), ()))
        last = bisect_right(starts, candidate.start) - 1
        return last >= 0 and candidate.end <= ends[last]

    def doubtful(self, candidate: Candidate) -> bool:
        """Return whether a word elsewhere in the article makes this name of the actor doubtful."""
        return candidate.name.form.lower() in self._doubtful.get(candidate.name.actor, ())


def _in_context(weak: list[Candidate], strong: list[Candidate], watchlist: CompiledWatchlist) -> Iterator[Candidate]:
    """Yield the weak names whose actor, or its country, is named strongly; of several actors the one named last."""
    places = _Places(strong, watchlist)
    groups: dict[tuple[FieldName, int, int], list[Candidate]] = {}
    for candidate in weak:
        groups.setdefault((candidate.field, candidate.start, candidate.end), []).append(candidate)
    for group in groups.values():
        near = [(places.nearest(candidate), candidate) for candidate in group]
        known = [(place, candidate) for place, candidate in near if place is not None]
        if known:
            yield max(known, key=lambda pair: pair[0])[1]


class _Places:
    """Where actors are named strongly; the title comes before the text."""

    def __init__(self, strong: list[Candidate], watchlist: CompiledWatchlist) -> None:
        self._watchlist = watchlist
        self._of: dict[int, list[tuple[bool, int]]] = {}
        for candidate in strong:
            self._of.setdefault(candidate.name.actor, []).append((candidate.field == "text", candidate.start))
        self._with_country: dict[int, list[tuple[bool, int]]] = {}

    def nearest(self, candidate: Candidate) -> tuple[bool, bool, int] | None:
        """Return how near before the name its actor is named, nearer being greater; None if it is named nowhere."""
        found = self._named(candidate.name.actor)
        if not found:
            return None
        before = bisect_right(found, (candidate.field == "text", candidate.start))
        return (True, *found[before - 1]) if before else (False, not found[0][0], -found[0][1])

    def _named(self, actor: int) -> list[tuple[bool, int]]:
        if actor not in self._with_country:
            country = self._watchlist.country_actors.get(self._watchlist.actors[actor].country or "", actor)
            self._with_country[actor] = sorted(place for index in {actor, country} for place in self._of.get(index, ()))
        return self._with_country[actor]


def _longest(accepted: list[Candidate]) -> Iterator[Named]:
    """Yield the longest names, leftmost first, and the strong names of other actors inside them as inner ones."""
    ordered = sorted(accepted, key=lambda found: (found.field, found.start - found.end, found.start, found.name.actor))
    taken: dict[FieldName, dict[int, Candidate]] = {"title": {}, "text": {}}
    inner: set[tuple[FieldName, int, int, int]] = set()
    for candidate in ordered:
        held = taken[candidate.field]
        over = held.get(candidate.start) or held.get(candidate.end - 1)
        if over is None:
            held.update(dict.fromkeys(range(candidate.start, candidate.end), candidate))
            yield Named(candidate.field, candidate.start, candidate.end, candidate.name.actor)
        elif candidate.name.strong and candidate.name.actor != over.name.actor:
            place = (candidate.field, candidate.start, candidate.end, candidate.name.actor)
            if place not in inner:
                inner.add(place)
                yield Named(*place, inner=True)
