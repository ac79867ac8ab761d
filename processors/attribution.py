"""Who says a quote: the subject of the verb of saying beside it, or whom the text around it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from processors.reading import Field
from processors.speakers import Speaker, Speakers
from processors.speech import Speech

_MIN_WORDS = 3
# A pronoun this near before a name is the subject, not the name.
_PRONOUN = 8
# A clause that names the speaker is not longer than this on either side of the quote.
_REACH = 220
_CLAUSE_END = re.compile(r"(?<![A-ZА-Я])(?<!\b[DM]r)(?<!\bMs)(?<!\bMrs)[.!?](?=\s|$)|[。!?\n]")
# A verb of saying this near before a quote introduces it, whatever follows.
_ADJACENT = 8
# Where somebody is or comes from is no part of who it is.
_WHERE = re.compile(r" (?:in|at|from|on|with|outside|near|who) ")
# An agency that quotes somebody is not who speaks.
_AS_SAYING = " as saying"
_THAI_PIECES = 3
_THAI_LONGEST = 60
# A piece that begins so is no name but what somebody is.
_THAI_TITLES = ("นายก", "ผู้", "ประธาน", "โฆษก", "รอง", "เลขา", "อธิบดี", "รัฐมนตรี", "แพทย์", "ทันตแพทย์", "โค้ช")
# A name stands so near after the verb of saying that asks for it.
_NAME_REACH = 40
# So many words after a verb of saying can name an office.
_OFFICE = 3
_HAN_LONGEST = 20


@dataclass(frozen=True, slots=True)
class FoundQuote:
    """Words between quotation marks, in the folded text, with the speaker's name or actor index where known."""

    start: int
    end: int
    paragraph: int
    closed: bool = True
    speaker: str | None = None
    actor: int | None = None
    said: bool = False


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause beside a quote with its verb of saying; whom a pronoun means is named before `place`."""

    start: int
    end: int
    verb: re.Match[str]
    follows: bool
    place: int


class Attributor:
    """Finds the speaker of each quote of one text."""

    def __init__(self, field: Field, found: list[FoundQuote], speakers: Callable[[], Speakers], speech: Speech) -> None:
        self._text = field.text
        self._lowered = field.lowered
        self._field = field
        self._found = found
        self._find_speakers = speakers
        self._speech = speech

    @cached_property
    def _speakers(self) -> Speakers:
        """Return the possible speakers; they are looked for only where a verb of saying asks for one."""
        return self._find_speakers()

    def attributed(self) -> list[FoundQuote]:
        """Return the quotes in their order with the speakers found; what nobody says is not `said`."""
        result: list[FoundQuote] = []
        for index, quote in enumerate(self._found):
            previous = result[-1] if result else None
            result.append(self._attribute(index, quote, previous))
        for index in range(len(result) - 2, -1, -1):
            following = result[index + 1]
            if not result[index].said and _continues(result[index], following):
                result[index] = _as(result[index], following)
        return result

    def _attribute(self, index: int, quote: FoundQuote, previous: FoundQuote | None) -> FoundQuote:
        after, before = self._after(index, quote), self._before(index, quote)
        clauses = [(*after, True), (*before, False)]
        leading = self._verb(*before, follows=False)
        if leading is not None and before[1] - leading.end() <= _ADJACENT:
            clauses.reverse()
        for start, end, follows in clauses:
            verb = self._verb(start, end, follows=follows)
            if verb is not None:
                clause = _Clause(start, end, verb, follows, quote.start if follows else start)
                return self._by(quote, self._speaker(clause), previous)
        if previous is not None and previous.said and _continues(previous, quote):
            return _as(quote, previous)
        introduced = self._text[before[0] : before[1]].rstrip().endswith((":", "\uff1a"))
        if introduced or self._is_sentence(quote):
            speaker = self._bystander(quote, after, before) or (self._last(before[0]) if introduced else None)
            return self._by(quote, speaker, previous) if speaker else quote
        return quote

    def _after(self, index: int, quote: FoundQuote) -> tuple[int, int]:
        start = min(quote.end + 1, len(self._text))
        limit = min(self._field.paragraphs[quote.paragraph].end, start + _REACH)
        if index + 1 < len(self._found):
            limit = min(limit, max(start, self._found[index + 1].start - 1))
        stop = _CLAUSE_END.search(self._text, start, limit)
        return start, stop.start() if stop else limit

    def _before(self, index: int, quote: FoundQuote) -> tuple[int, int]:
        end = quote.start - 1
        floor = max(self._field.paragraphs[quote.paragraph].start, end - _REACH)
        if index:
            floor = max(floor, min(end, self._found[index - 1].end + 1))
        stops = [stop.end() for stop in _CLAUSE_END.finditer(self._text, floor, end)]
        return (stops[-1] if stops else floor), end

    def _verb(self, start: int, end: int, *, follows: bool) -> re.Match[str] | None:
        """Return the verb of saying in a clause: the first after a quote, the last before one."""
        verbs = list(self._speech.verbs.finditer(self._lowered, start, end))
        if not verbs:
            return None
        return verbs[0] if follows else verbs[-1]

    def _speaker(self, clause: _Clause) -> Speaker | None:
        """Return who is the verb's subject in a clause, or whom its pronoun or office means."""
        here = self._speakers.within(clause.start, clause.end)
        behind = self._inverted(clause) or self._cites(clause) or clause.verb.group() in self._speech.sources
        chosen = [speaker for speaker in here if (speaker.start >= clause.verb.end()) == behind]
        persons = [speaker for speaker in chosen if speaker.person]
        if not behind:
            persons = self._subjects(persons)
        return (
            (None if persons else self._office(clause, chosen))
            or self._meant(clause, chosen, persons)
            or next(iter(persons or self._subjects(chosen) or chosen), None)
            or (None if clause.follows else next(iter(here), None))
            or self._unlisted(clause)
            or self._last(clause.place)
        )

    def _office(self, clause: _Clause, chosen: Sequence[Speaker]) -> Speaker | None:
        """Return who speaks by what he is: somebody named with that title, a body on the watchlist, or "a diplomat"."""
        if known := self._speakers.titled(self._subject(clause), clause.start):
            return known
        unnamed = self._unnamed(clause)
        if unnamed is None:
            return None
        if chosen and self._head(unnamed) in self._speech.bodies:
            return chosen[0]
        if any(speaker.end >= unnamed.end for speaker in chosen):
            return None
        return (self._last(clause.place) if self._is_known(unnamed) else None) or unnamed

    def _meant(self, clause: _Clause, chosen: Sequence[Speaker], persons: Sequence[Speaker]) -> Speaker | None:
        """Return whom the pronoun of a clause means, if one is the verb's subject."""
        pronoun = self._speech.pronouns.search(self._lowered, clause.start, clause.end)
        if pronoun is None or (persons and persons[0].start < pronoun.start() + _PRONOUN):
            return None
        neuter = pronoun.group() == "it"
        return (
            (None if clause.follows or neuter else self._own_subject(clause.start, pronoun.start()))
            or self._last(clause.place, neuter=neuter)
            or next(iter(chosen), None)
            or (None if neuter else self._next(clause.end))
        )

    def _inverted(self, clause: _Clause) -> bool:
        return clause.follows and not self._text[clause.start : clause.verb.start()].strip(" ,—–")

    def _subject(self, clause: _Clause) -> str:
        """Return the words that can be the verb's subject: after it where it comes first, else the last before it."""
        if self._inverted(clause):
            return " ".join(self._lowered[clause.verb.end() : clause.end].split(",")[0].split()[:_OFFICE])
        return self._lowered[clause.start : clause.verb.start()].rpartition(",")[2].strip(" ,—–")

    def _unlisted(self, clause: _Clause) -> Speaker | None:
        """Return a speaker whom nothing but the verb of saying shows to be one."""
        start, verb = clause.start, clause.verb
        if clause.follows:
            if self._inverted(clause):
                return self._speakers.single(verb.end(), min(clause.end, verb.end() + _NAME_REACH))
            named = self._speakers.single(start, verb.start())
            if named is not None and not self._text[start : named.start].strip(" ,—–"):
                return named
        return self._thai(start, verb.start()) or self._han(start, verb.start())

    def _unnamed(self, clause: _Clause) -> Speaker | None:
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
        place = _WHERE.search(self._lowered, first, last)
        return Speaker(first, place.start() if place else last, None, person=True)

    def _is_known(self, unnamed: Speaker) -> bool:
        """Return whether the words mean a person named already: "the envoy", but not "the embassy"."""
        first = self._lowered[unnamed.start : unnamed.end].split(maxsplit=1)[0]
        return first in self._speech.known and self._head(unnamed) not in self._speech.bodies

    def _head(self, unnamed: Speaker) -> str:
        """Return the word that says what somebody is: the envoy of "the envoy of the two sides"."""
        return self._lowered[unnamed.start : unnamed.end].split(" of ")[0].split()[-1]

    def _cites(self, clause: _Clause) -> bool:
        """Return whether the verb's subject only hands on what its object says: "the agency quoted him as saying"."""
        verb = clause.verb
        passive = self._lowered.endswith(("was ", "were ", "been "), 0, verb.start())
        return verb.group() == "quoted" and not passive and self._lowered.find(_AS_SAYING, verb.end(), clause.end) >= 0

    def _next(self, place: int) -> Speaker | None:
        """Return the person named first after a place, for a pronoun that comes before its name."""
        ahead = self._speakers.within(place, len(self._text))
        return next((speaker for speaker in ahead if speaker.person and speaker.sure), None)

    def _han(self, start: int, end: int) -> Speaker | None:
        """Return what stands before the verb of a Chinese clause, from the last comma on."""
        begin = max(start, self._text.rfind("，", start, end) + 1)
        while begin < end and self._text[begin].isspace():
            begin += 1
        if begin >= end or end - begin > _HAN_LONGEST or not ("\u4e00" <= self._text[begin] <= "\u9fff"):
            return None
        return Speaker(begin, end, None, person=True)

    def _thai(self, start: int, end: int) -> Speaker | None:
        """Return the name that begins a Thai clause, titles left out: its first pieces, if nothing else marks it."""
        clause = self._text[start:end].strip()
        if not clause or not ("\u0e00" <= clause[0] <= "\u0e7f"):
            return None
        pieces = clause.split(" ")[:_THAI_PIECES]
        titled = len(pieces) > 1 and pieces[0].startswith(_THAI_TITLES)
        name = " ".join(pieces[1:] if titled else pieces[: _THAI_PIECES - 1])
        begin = self._text.index(name, start)
        return Speaker(begin, begin + len(name), None, person=True) if len(name) <= _THAI_LONGEST else None

    def _subjects(self, speakers: Sequence[Speaker]) -> list[Speaker]:
        """Return those who can be a verb's subject: no preposition before the name, nothing that is theirs after it."""
        return [
            speaker
            for speaker in speakers
            if self._lowered[max(0, speaker.start - _ADJACENT) : speaker.start].split()[-1:]
            not in self._speech.prepositions
            and not self._lowered.endswith("'s", speaker.start, speaker.end)
            and not self._lowered.startswith("'s", speaker.end)
        ]

    def _acts(self, speaker: Speaker) -> bool:
        """Return whether a passive names who acts: "was sewn by"."""
        return self._lowered.endswith(self._speech.agent, 0, speaker.start) if self._speech.agent else False

    def _bystander(self, quote: FoundQuote, after: tuple[int, int], before: tuple[int, int]) -> Speaker | None:
        """Return who is named around a quote without a verb of saying: before it, after it, or a sentence above."""
        near = self._first_person(*before)
        if near:
            return near
        following = self._first_person(*after)
        if following and not self._text[after[0] : following.start].strip(" ,—–"):
            return following
        floor = self._field.paragraphs[quote.paragraph].start
        stops = [stop.end() for stop in _CLAUSE_END.finditer(self._text, floor, max(floor, before[0] - 1))]
        above = [
            speaker for speaker in self._speakers.within(stops[-1] if stops else floor, before[0]) if speaker.person
        ]
        return next(iter(self._subjects(above)), None)

    def _first_person(self, start: int, end: int) -> Speaker | None:
        return next((speaker for speaker in self._speakers.within(start, end) if speaker.person), None)

    def _last(self, before: int, *, neuter: bool = False) -> Speaker | None:
        """Return the person, or body if `neuter`, named first in the nearest sentence above that names one."""
        able = [speaker for speaker in self._speakers.before(before) if speaker.person != neuter]
        if not able:
            return None
        able = [speaker for speaker in able if speaker.sure] or able
        free = {speaker.start for speaker in self._subjects(able)}
        able = [speaker for speaker in able if speaker.start in free or self._acts(speaker)] or able
        last = able[-1]
        if not neuter and (closer := self._subject_above(last.end, before)):
            return self._speakers.titled(self._lowered[closer.start : closer.end], closer.start) or closer
        floor = max(last.start - _REACH, self._text.rfind("\n", 0, last.start) + 1)
        stops = [stop.end() for stop in _CLAUSE_END.finditer(self._text, floor, last.start)]
        return next(speaker for speaker in able if speaker.start >= (stops[-1] if stops else floor))

    def _subject_above(self, start: int, end: int) -> Speaker | None:
        """Return the last person without a name who is the subject of a sentence there: "their captain"."""
        pattern = self._speech.unnamed_subject
        if pattern is None:
            return None
        places = [stop.end() for stop in _CLAUSE_END.finditer(self._text, start, end)]
        found = [match for place in places if (match := pattern.match(self._lowered, place, end))]
        return Speaker(*found[-1].span(1), None, person=True) if found else None

    def _own_subject(self, start: int, end: int) -> Speaker | None:
        """Return the person without a name with whom a clause begins, and whom its pronoun means."""
        found = self._speech.unnamed_subject.match(self._lowered, start, end) if self._speech.unnamed_subject else None
        if found is None:
            return None
        return self._speakers.titled(found.group(1), start) or Speaker(*found.span(1), None, person=True)

    def _by(self, quote: FoundQuote, speaker: Speaker | None, previous: FoundQuote | None) -> FoundQuote:
        if speaker is None:
            return (
                _as(quote, previous)
                if previous and previous.said and _near(previous, quote)
                else replace(quote, said=True)
            )
        full = self._speakers.full(speaker)
        return replace(quote, speaker=self._speakers.name(full), actor=full.actor, said=True)

    def _is_sentence(self, quote: FoundQuote) -> bool:
        words = self._text[quote.start : quote.end].split()
        return len(words) > _MIN_WORDS and self._text[quote.end - 1] in ".!?…" and words[0][0].isupper()


def _continues(previous: FoundQuote, quote: FoundQuote) -> bool:
    """Return whether a quote goes on from another: in one paragraph, or over a paragraph's end left open."""
    same = previous.paragraph == quote.paragraph
    return same or (quote.paragraph == previous.paragraph + 1 and not previous.closed)


def _near(previous: FoundQuote, quote: FoundQuote) -> bool:
    return quote.paragraph - previous.paragraph <= 1


def _as(quote: FoundQuote, other: FoundQuote) -> FoundQuote:
    return replace(quote, speaker=other.speaker, actor=other.actor, said=True)
