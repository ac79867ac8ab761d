"""Whom a pronoun or a missing subject means: who was named last, or told by what he is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from processors.fold import word_set
from processors.reading import Field
from processors.speakers import Speaker, Speakers
from processors.speech import Speech

REACH = 220
"""A clause that names the speaker is not longer than this on either side of the quote."""
_ABBREVIATED = "".join(
    rf"(?<!\b{word})" for word in sorted(word_set("Dr Mr Ms Mrs Jr Sr St Gen Sen Gov Sec Rep Col Capt Prof"))
)
CLAUSE_END = re.compile(rf"(?<![A-ZА-Я]){_ABBREVIATED}[.!?](?=\s|$)|[。!?\n]")
"""The end of a sentence, in any language."""
# Where the subject of a sentence can begin.
_SUBJECT_PLACE = re.compile(rf"{CLAUSE_END.pattern}|,(?= the )")
# The word before a name and an article are not longer than this.
_WORD = 20
# A body is told by so many words: "the Russian embassy".
_BODY = 3


class Antecedents:
    """Those named in one text, as seen from a place in it."""

    def __init__(self, field: Field, speakers: Speakers, speech: Speech) -> None:
        self._text = field.text
        self._lowered = field.lowered
        self._speakers = speakers
        self._speech = speech

    def last(self, before: int, *, neuter: bool = False, other: frozenset[str] = frozenset()) -> Speaker | None:
        """Return the person, or body if `neuter`, named first in the nearest sentence above that names one.

        Somebody without a name is not meant if what he is stands among the words of the `other` sex.
        """
        if neuter and (body := self._body_above(before)):
            return body
        able = [speaker for speaker in self._speakers.before(before) if speaker.person != neuter]
        if not able:
            return None
        able = [speaker for speaker in able if speaker.sure] or able
        free = {speaker.start for speaker in self.subjects(able)}
        able = [speaker for speaker in able if speaker.start in free or self._acts(speaker)] or able
        last = able[-1]
        closer = None if neuter else self._subject_above(last.end, before)
        if closer and (closer.actor is not None or self.head(closer) not in other):
            return closer
        floor = max(last.start - REACH, self._text.rfind("\n", 0, last.start) + 1)
        stops = [stop.end() for stop in CLAUSE_END.finditer(self._text, floor, last.start)]
        return next(speaker for speaker in able if speaker.start >= (stops[-1] if stops else floor))

    def next(self, place: int) -> Speaker | None:
        """Return the person named first after a place, for a pronoun that comes before its name."""
        ahead = [speaker for speaker in self._speakers.after(place) if speaker.person]
        return next((speaker for speaker in ahead if speaker.sure), None) or next(iter(ahead), None)

    def many_above(self, place: int) -> Speaker | None:
        """Return those without a name who are the subject of the last sentence above: "the bank's economists"."""
        pattern = self._speech.unnamed_many
        floor = self._text.rfind("\n", 0, max(0, place - 1)) + 1
        stops = [floor, *(stop.end() for stop in CLAUSE_END.finditer(self._text, floor, place - 1))]
        found = [match for stop in stops if pattern and (match := pattern.match(self._lowered, stop, place))]
        return Speaker(*found[-1].span(1), None, person=True) if found else None

    def own_subject(self, start: int, end: int) -> Speaker | None:
        """Return the person without a name with whom a clause begins, and whom its pronoun means."""
        found = self._speech.unnamed_subject.match(self._lowered, start, end) if self._speech.unnamed_subject else None
        if found is None:
            return None
        return self._speakers.titled(found.group(1), start) or Speaker(*found.span(1), None, person=True)

    def first_person(self, start: int, end: int) -> Speaker | None:
        """Return the person named first between two places."""
        return next((speaker for speaker in self._speakers.within(start, end) if speaker.person), None)

    def subjects(self, speakers: Sequence[Speaker]) -> list[Speaker]:
        """Return those who can be a verb's subject: no preposition before the name, nothing that is theirs after it."""
        return [
            speaker
            for speaker in speakers
            if self._word_before(speaker.start) not in self._speech.prepositions
            and not self._lowered.endswith("'s", speaker.start, speaker.end)
            and not self._lowered.startswith("'s", speaker.end)
        ]

    def head(self, unnamed: Speaker) -> str:
        """Return the word that says what somebody is: the envoy of "the envoy of the two sides"."""
        return self._lowered[unnamed.start : unnamed.end].split(" of ")[0].split()[-1]

    def _subject_above(self, start: int, end: int) -> Speaker | None:
        """Return the last person without a name who is the subject of a sentence there: "their captain"."""
        pattern = self._speech.unnamed_subject
        if pattern is None:
            return None
        places = [stop.end() for stop in _SUBJECT_PLACE.finditer(self._text, start, end)]
        for place in reversed(places):
            found = pattern.match(self._lowered, place, end)
            if found is None:
                continue
            known = self._speakers.titled(found.group(1), place)
            definite = found.group(1).startswith("the ")
            if known or not (definite or self._text[place - 1] == ","):
                return known or Speaker(*found.span(1), None, person=True)
        return None

    def _body_above(self, place: int) -> Speaker | None:
        """Return the body without a name that is the subject of the last sentence above that has one: "the embassy"."""
        floor = self._text.rfind("\n", 0, max(0, place - 1)) + 1
        stops = [floor, *(stop.end() for stop in CLAUSE_END.finditer(self._text, floor, place - 1))]
        for stop in reversed(stops):
            words = self._lowered[stop : stop + REACH].split(maxsplit=_BODY)[:_BODY]
            head = next((index for index, word in enumerate(words) if word in self._speech.bodies), None)
            if head and words[0] in self._speech.known:
                start = self._lowered.index(words[0], stop)
                return Speaker(start, self._lowered.index(words[head], start) + len(words[head]), None, person=False)
        return None

    def _word_before(self, place: int) -> list[str]:
        """Return the word before a place, or before the article that stands there, as a list of one or none."""
        words = self._lowered[max(0, place - _WORD) : place].split()
        skipped = self._speech.known | self._speech.titles
        return [word for word in words if word.rstrip(".") not in skipped][-1:]

    def _acts(self, speaker: Speaker) -> bool:
        """Return whether a passive names who acts: "was sewn by"."""
        return self._lowered.endswith(self._speech.agent, 0, speaker.start) if self._speech.agent else False
