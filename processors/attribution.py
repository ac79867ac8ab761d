"""Who says a quote: the subject of the verb of saying beside it, or whom the text around it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from processors.antecedents import CLAUSE_END, REACH, Antecedents
from processors.clauses import Clause, Clauses
from processors.reading import Field
from processors.speakers import Speaker, Speakers
from processors.speech import Speech

_MIN_WORDS = 3
# A verb of saying this near before a quote introduces it, whatever follows.
_ADJACENT = 8
_COLONS = (":", "\uff1a")


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

    @cached_property
    def _above(self) -> Antecedents:
        return Antecedents(self._field, self._speakers, self._speech)

    @cached_property
    def _clauses(self) -> Clauses:
        return Clauses(self._field, self._speakers, self._above, self._speech)

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
        introduced = self._text[before[0] : before[1]].rstrip().endswith(_COLONS)
        if self._ends_sentence(quote):
            del clauses[0]
        elif leading and (introduced or before[1] - leading.end() <= _ADJACENT or self._text[quote.start].islower()):
            clauses.reverse()
        for start, end, follows in clauses:
            verb = self._verb(start, end, follows=follows)
            if verb is not None:
                clause = Clause(start, end, verb, follows, quote.start if follows else start)
                return self._by_verb(clause, quote, previous)
        return self._by_place(quote, previous, after, before, introduced=introduced)

    def _by_verb(self, clause: Clause, quote: FoundQuote, previous: FoundQuote | None) -> FoundQuote:
        speaker = self._clauses.speaker(clause)
        if speaker and speaker.actor is None and self._above.head(speaker) in self._speech.mute:
            return quote
        return self._by(quote, speaker, previous)

    def _by_place(
        self,
        quote: FoundQuote,
        previous: FoundQuote | None,
        after: tuple[int, int],
        before: tuple[int, int],
        *,
        introduced: bool,
    ) -> FoundQuote:
        """Return a quote beside which no verb of saying stands with the speaker whom its place tells."""
        if introduced and (host := self._above.first_person(*before) or self._above.own_subject(*before)):
            return self._by(quote, host, previous)
        if previous is not None and previous.said and _continues(previous, quote):
            other = self._actor_between(previous, quote)
            return self._by(quote, other, previous) if other else _as(quote, previous)
        alone = self._is_alone(quote)
        if alone and previous is not None and previous.said and _near(previous, quote):
            return _as(quote, previous)
        speaker = None
        if introduced or self._is_sentence(quote):
            speaker = self._bystander(quote, after, before)
            speaker = speaker or (self._above.last(before[0]) if introduced or alone else None)
        return self._by(quote, speaker, previous) if speaker else quote

    def _ends_sentence(self, quote: FoundQuote) -> bool:
        """Return whether another sentence begins after a quote, so that nothing there tells who says it."""
        following = self._text[quote.end + 1 : quote.end + 1 + _ADJACENT].lstrip()
        return self._text[quote.end - 1] == "." and following[:1].isupper()

    def _is_alone(self, quote: FoundQuote) -> bool:
        """Return whether a quote is a paragraph of its own that ends as a sentence does."""
        paragraph = self._field.paragraphs[quote.paragraph]
        around = self._text[paragraph.start : quote.start - 1] + self._text[quote.end + 1 : paragraph.end]
        return self._is_sentence(quote) and not around.strip(" .")

    def _actor_between(self, previous: FoundQuote, quote: FoundQuote) -> Speaker | None:
        """Return with whom the last of several sentences between two quotes begins: "said Jun. Maria laughed."."""
        stops = [stop.end() for stop in CLAUSE_END.finditer(self._text, previous.end, quote.start - 1)]
        if len(stops) <= 1 or not self._is_sentence(quote) or stops[-2] <= previous.end + 1:
            return None
        found = self._above.first_person(stops[-2], stops[-1])
        return found if found and not self._text[stops[-2] : found.start].strip() else None

    def _after(self, index: int, quote: FoundQuote) -> tuple[int, int]:
        start = min(quote.end + 1, len(self._text))
        limit = min(self._field.paragraphs[quote.paragraph].end, start + REACH)
        if index + 1 < len(self._found):
            limit = min(limit, max(start, self._found[index + 1].start - 1))
        stop = CLAUSE_END.search(self._text, start, limit)
        return start, stop.start() if stop else limit

    def _before(self, index: int, quote: FoundQuote) -> tuple[int, int]:
        end = quote.start - 1
        floor = max(self._field.paragraphs[quote.paragraph].start, end - REACH)
        if index:
            floor = max(floor, min(end, self._found[index - 1].end + 1))
        stops = [stop.end() for stop in CLAUSE_END.finditer(self._text, floor, end)]
        return (stops[-1] if stops else floor), end

    def _verb(self, start: int, end: int, *, follows: bool) -> re.Match[str] | None:
        """Return the verb of saying in a clause: the first after a quote, the last before one."""
        verbs = list(self._speech.verbs.finditer(self._lowered, start, end))
        if not verbs:
            return None
        return verbs[0] if follows else verbs[-1]

    def _bystander(self, quote: FoundQuote, after: tuple[int, int], before: tuple[int, int]) -> Speaker | None:
        """Return who is named around a quote without a verb of saying: before it, after it, or a sentence above."""
        near = self._above.first_person(*before)
        if near:
            return near
        following = self._above.first_person(*after)
        if following and not self._text[after[0] : following.start].strip(" ,—–"):
            return following
        floor = self._field.paragraphs[quote.paragraph].start
        stops = [stop.end() for stop in CLAUSE_END.finditer(self._text, floor, max(floor, before[0] - 1))]
        above = [
            speaker for speaker in self._speakers.within(stops[-1] if stops else floor, before[0]) if speaker.person
        ]
        return next(iter(self._above.subjects(above)), None)

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
        ended = self._text[quote.end - 1] in ".!?…" or self._text.startswith(".", quote.end + 1)
        return len(words) >= _MIN_WORDS and ended and words[0][0].isupper()


def _continues(previous: FoundQuote, quote: FoundQuote) -> bool:
    """Return whether a quote goes on from another: in one paragraph, or over a paragraph's end left open."""
    same = previous.paragraph == quote.paragraph
    return same or (quote.paragraph == previous.paragraph + 1 and not previous.closed)


def _near(previous: FoundQuote, quote: FoundQuote) -> bool:
    return quote.paragraph - previous.paragraph <= 1


def _as(quote: FoundQuote, other: FoundQuote) -> FoundQuote:
    return replace(quote, speaker=other.speaker, actor=other.actor, said=True)
