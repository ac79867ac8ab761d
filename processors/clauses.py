"""Who speaks in a clause with a verb of saying: its subject, by name, by title, by pronoun or by what he is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from processors.antecedents import Antecedents
from processors.fold import UPPER
from processors.reading import Field
from processors.speakers import Speaker, Speakers
from processors.speech import Speech
from processors.unspaced_names import han_name, is_only_part, thai_name

# A pronoun this near before a name is the subject, not the name.
_PRONOUN = 8
# The word before a verb is not longer than this, a capital after one not farther away than that.
_WORD = 20
_ADJACENT = 8
# Where somebody is or comes from is no part of who it is.
_WHERE = re.compile(r" (?:in|at|from|on|with|outside|near|who) ")
# An agency that quotes somebody is not who speaks.
_AS_SAYING = " as saying"
_CITING = frozenset({"quoted", "cited"})
# A verb of saying put into a sentence between commas has its subject after it.
_INSERTED = frozenset({"said", "says", "wrote", "writes", "added", "argued"})
_SUBJECT_AFTER = re.compile(rf" (?:{UPPER}|(?:the|an?|one|his|her|its|their) )")
# The name that somebody wishes to go by.
_CALLED = re.compile(
    rf"\b(?:name|named|identified|known|himself|herself) (?:only |just |simply )?as ({UPPER}\w+(?: {UPPER}\w+)*)"
)
# "The Ukrainian" has so many words.
_NATIONAL = 2
# A name stands so near after the verb of saying that asks for it.
_NAME_REACH = 40
# So many words after a verb of saying can name an office.
_OFFICE = 3


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause beside a quote with its verb of saying; whom a pronoun means is named before `place`."""

    start: int
    end: int
    verb: re.Match[str]
    follows: bool
    place: int


class Clauses:
    """Reads the clauses beside the quotes of one text."""

    def __init__(self, field: Field, speakers: Speakers, above: Antecedents, speech: Speech) -> None:
        self._text = field.text
        self._lowered = field.lowered
        self._speakers = speakers
        self._above = above
        self._speech = speech

    def speaker(self, clause: Clause) -> Speaker | None:
        """Return who is the verb's subject in a clause, or whom its pronoun or office means."""
        here = self._speakers.within(clause.start, clause.end)
        behind = self._inverted(clause) or self._cites(clause) or clause.verb.group() in self._speech.sources
        chosen = [speaker for speaker in here if (speaker.start >= clause.verb.end()) == behind]
        relative = self._lowered.rfind(" whom ", clause.start, clause.verb.start())
        chosen = [speaker for speaker in chosen if speaker.start > relative] or chosen
        persons = [speaker for speaker in chosen if speaker.person]
        if not behind:
            persons = self._above.subjects(persons)
        if not persons and chosen and is_only_part(self._text, chosen[-1].end, clause.verb.start()):
            return self._unspaced(clause)
        return (
            (None if persons else self._office(clause, chosen))
            or self._meant(clause, chosen, persons)
            or next(iter(persons or self._above.subjects(chosen) or chosen), None)
            or self._unlisted(clause)
            or (None if clause.follows else next(iter(here), None))
            or self._above.last(clause.place)
            or self._unknown(clause)
        )

    def _unknown(self, clause: Clause) -> Speaker | None:
        """Return what stands after the verb where nobody is named: "— смеётся рыбак"."""
        pattern = self._speech.unnamed_last
        if pattern is None or not self._inverted(clause):
            return None
        found = pattern.match(self._lowered[clause.verb.end() : clause.end])
        return (
            Speaker(clause.verb.end() + found.start(1), clause.verb.end() + found.end(1), None, person=True)
            if found
            else None
        )

    def _office(self, clause: Clause, chosen: Sequence[Speaker]) -> Speaker | None:
        """Return who speaks by what he is: somebody named with that title, a body on the watchlist, or "a diplomat"."""
        unnamed = self._unnamed(clause)
        known = (unnamed and self._compatriot(clause, unnamed)) or self._speakers.titled(
            self._subject(clause), clause.start
        )
        if known or unnamed is None:
            return known
        within = [speaker for speaker in chosen if speaker.start < unnamed.end and speaker.end > unnamed.start]
        if within and self._above.head(unnamed) in self._speech.bodies:
            return within[0]
        if any(speaker.end >= unnamed.end for speaker in within):
            return None
        return (self._above.last(clause.place) if self._is_known(unnamed) else None) or unnamed

    def _compatriot(self, clause: Clause, unnamed: Speaker) -> Speaker | None:
        """Return who is told by his country, if one is: "the Malaysian leader", "the Ukrainian", "a Russian envoy"."""
        if unnamed.actor is not None or self._above.head(unnamed) in self._speech.bodies:
            return None
        foreign, compatriot = self._speakers.compatriot(unnamed.start, unnamed.end, clause.start)
        if not foreign or not self._is_definite(unnamed):
            return unnamed if foreign else None
        only = len(self._lowered[unnamed.start : unnamed.end].split()) <= _NATIONAL
        return compatriot or (self._above.last(clause.place) if only else None) or unnamed

    def _meant(self, clause: Clause, chosen: Sequence[Speaker], persons: Sequence[Speaker]) -> Speaker | None:
        """Return whom the pronoun of a clause means, if one is the verb's subject."""
        pronoun = self._pronoun(clause)
        if pronoun is None:
            return None
        leads = pronoun.end() <= clause.verb.start() and not self._text[pronoun.end() : clause.verb.start()].strip()
        if persons and leads and not clause.follows:
            return persons[0]
        beside = leads or (clause.follows and self._follows_verb(clause, pronoun))
        if persons and not beside and pronoun.start() >= clause.verb.end():
            return None
        if persons and not beside and persons[0].start < pronoun.start() + _PRONOUN:
            return None
        neuter = pronoun.group() == "it"
        if pronoun.group() == "they" and (many := self._above.many_above(clause.place)):
            return many
        return (
            (None if clause.follows or neuter else self._above.own_subject(clause.start, pronoun.start()))
            or self._above.last(
                clause.place, neuter=neuter, other=self._speech.others.get(pronoun.group(), frozenset())
            )
            or next(iter(chosen), None)
            or (None if neuter else self._above.next(clause.end))
        )

    def _follows_verb(self, clause: Clause, pronoun: re.Match[str]) -> bool:
        return pronoun.start() >= clause.verb.end() and not self._text[clause.verb.end() : pronoun.start()].strip()

    def _pronoun(self, clause: Clause) -> re.Match[str] | None:
        """Return the pronoun nearest before the verb of a clause, or else the first in it."""
        pronouns = self._speech.pronouns
        before = list(pronouns.finditer(self._lowered, clause.start, clause.verb.start()))
        return before[-1] if before else pronouns.search(self._lowered, clause.start, clause.end)

    def _inverted(self, clause: Clause) -> bool:
        """Return whether the subject comes after the verb: right after a quote, or "and would, said the envoy,"."""
        before = self._text[clause.start : clause.verb.start()]
        if not before.strip(" ,—–"):
            return True
        inserted = before.endswith(", ") and _SUBJECT_AFTER.match(self._text, clause.verb.end()) is not None
        ended = self._text[clause.verb.end() : clause.end].rstrip().endswith(",")
        return inserted and ended and clause.verb.group() in _INSERTED

    def _subject(self, clause: Clause) -> str:
        """Return the words that can be the verb's subject: after it where it comes first, else the last before it."""
        if self._inverted(clause):
            return " ".join(self._lowered[clause.verb.end() : clause.end].split(",")[0].split()[:_OFFICE])
        return self._lowered[clause.start : clause.verb.start()].rpartition(",")[2].strip(" ,—–")

    def _unlisted(self, clause: Clause) -> Speaker | None:
        """Return a speaker whom nothing but the verb of saying shows to be one."""
        start, verb = clause.start, clause.verb
        if clause.follows:
            if self._inverted(clause):
                return self._speakers.single(verb.end(), min(clause.end, verb.end() + _NAME_REACH))
            named = self._speakers.single(start, verb.start())
            if named is not None and not self._text[start : named.start].strip(" ,—–"):
                return named
        else:
            named = self._speakers.single(start, verb.start())
            if (
                named is not None
                and not self._text[start : named.start].strip() + self._text[named.end : verb.start()].strip()
            ):
                return named
        return self._unspaced(clause) or self._territory(clause)

    def _unspaced(self, clause: Clause) -> Speaker | None:
        """Return who stands before the verb in a script without capitals."""
        place = (clause.start, clause.verb.start())
        found = thai_name(self._text, *place) or han_name(self._text, *place)
        if found is None or self._speech.pronouns.fullmatch(self._text, *found):
            return None
        return Speaker(*found, None, person=True)

    def _territory(self, clause: Clause) -> Speaker | None:
        """Return the country or capital that is the verb's subject: "Hanoi said"."""
        verb = clause.verb
        if self._inverted(clause):
            found = self._speakers.territory(verb.end(), verb.end() + _ADJACENT)
            return found if found and not self._text[verb.end() : found.start].strip() else None
        found = self._speakers.territory(max(clause.start, verb.start() - _WORD), verb.start())
        adjacent = found is not None and not self._text[found.end : verb.start()].strip()
        return found if found and adjacent and self._above.subjects([found]) else None

    def _unnamed(self, clause: Clause) -> Speaker | None:
        """Return somebody who speaks without a name where the verb's subject stands: "a diplomat", "the coach"."""
        inverted, verb = self._inverted(clause), clause.verb
        pattern = self._speech.unnamed_after if inverted else self._speech.unnamed_before
        begin, stop = (verb.end(), clause.end) if inverted else (clause.start, verb.start())
        found = pattern.search(self._lowered[begin:stop]) if pattern else None
        if found is None:
            return None
        first, last = begin + found.start(1), begin + found.end(1)
        named = self._speakers.single(last, min(clause.end, last + _NAME_REACH))
        if named and self._text[last : named.start] == ", ":
            return named
        if called := _CALLED.search(self._text, last, clause.end):
            return Speaker(*called.span(1), None, person=True)
        place = _WHERE.search(self._lowered, first, last)
        return Speaker(first, place.start() if place else last, None, person=True)

    def _is_definite(self, unnamed: Speaker) -> bool:
        """Return whether the words mean one person: "the Malaysian leader", "Malaysia's leader", not "a leader"."""
        first = self._lowered[unnamed.start : unnamed.end].split(maxsplit=1)[0]
        return first in self._speech.known or first.endswith("'s")

    def _is_known(self, unnamed: Speaker) -> bool:
        """Return whether the words mean a person named already: "the envoy", but not "the embassy"."""
        words = self._lowered[unnamed.start : unnamed.end].split()
        known = {words[0], words[-1]} & self._speech.known
        theirs = any(word.endswith("'s") for word in words)
        return bool(known) and not theirs and self._above.head(unnamed) not in self._speech.bodies

    def _cites(self, clause: Clause) -> bool:
        """Return whether the verb's subject only hands on what its object says: "the agency quoted him as saying"."""
        verb = clause.verb
        passive = self._lowered.endswith(("was ", "were ", "been "), 0, verb.start())
        return verb.group() in _CITING and not passive and self._lowered.find(_AS_SAYING, verb.end(), clause.end) >= 0
