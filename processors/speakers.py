"""Who can be a speaker: the watchlist's actors, and names that the text itself gives."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from processors.fold import UPPER, word_set
from processors.reading import Field, Span
from processors.references import Named
from processors.speech import Speech
from processors.watchlist_model import ActorEntry

_LETTERS = r"[^\W\d_]*(?:'[^\W\d_]+)*"
_WORD = rf"{UPPER}{_LETTERS}"
# The capital comes before what may not stand before it: so the search goes from capital to capital.
_FIRST_WORD = rf"{UPPER}(?<!\w.){_LETTERS}"
_PARTICLE = r"(?:bin|binti|binte|al|de|da|dos|van|von|der|of|ng|del)"
_NAME = re.compile(rf"{_FIRST_WORD}(?: (?:{_PARTICLE} )?{_WORD}){{0,6}}")
_TOKEN = re.compile(r"\S+")
_SINGLE_WORD = re.compile(_FIRST_WORD)
# An age, or who somebody is, after a name.
_INTRODUCED = re.compile(r"\s*,\s*\(?\d\d\b|\s*\(\d\d\)|,\s+(?:an?|the|who|whose|yang|seorang)\b")
_THAI_NAME = re.compile(
    r"(?:นาย(?!ก)|นางสาว|นาง|คุณ|ดร\.|พล\.[อทตร]\.(?:อ\.|ท\.|ต\.)?|ศ\.|รศ\.|ผศ\.)\s*([฀-๿]+(?: [฀-๿]+)?)"
)
_SPEAKING = frozenset({"organisation", "body"})
# Words that show a capitalised name to be no person's.
_IMPERSONAL = word_set(
    """asia pacific ocean sea university institute ministry party summit forum council bank centre center street road
    group union association agency authority department court parliament committee company corporation state city
    province district river island airport square hotel club cup league day week month january february march april may
    june july august september october november december monday tuesday wednesday thursday friday saturday sunday
    senin selasa rabu kamis jumat sabtu minggu januari februari maret mei juni juli agustus oktober desember badan
    kementerian dewan universitas partai jalan pelabuhan bandara pelaburan perdagangan industri pertanian pertahanan
    perindustrian kewangan kesihatan kesehatan pendidikan pengajian совет совета думы госдумы правительства комитета
    фонда банка министерства партии федерации
    square theatre theater museum park tower palace bay beach school college news times post daily house prize games
    olympics
    north south east west northern southern eastern western world united national international"""
)
# Where somebody is stands after one of these, within so many characters.
_PLACED = [[word] for word in ("in", "at", "near", "di", "ke", "tại", "ở", "в", "во", "на", "em", "sa")]
_PREPOSITION = 8
# Capitalised at the beginning of a clause, and no names.
_NO_NAMES = word_set(
    "the a an in on at he she it they we i but and his her their its this that these those as when while"
)
# Capitalised where they open a sentence, right before a name.
_OPENERS = word_set("when while as if but after before since though although because today yesterday for from and")
_MIN_WORDS = 2
# Who speaks is named by so many words of title at most, which stand within so many characters before the name.
_SUBJECT = 4
_TITLED = 60
_APPOSITION = re.compile(r", ([^,.;:\n]{1,60})[,.]")
_ARTICLES = frozenset({"the"})
_JOINING = frozenset({"of", "for", "and"})
# How many speakers back a pronoun may reach.
_REMEMBERED = 60
# A verb of saying so near makes a capitalised name somebody's.
_BESIDE = 24


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who may speak: a place in the folded text, the actor's index if on the watchlist.

    Only a name on the watchlist, or one with a title, an age or a verb of saying, is `sure` to be somebody's.
    """

    start: int
    end: int
    actor: int | None
    person: bool
    sure: bool = True


class Speakers:
    """The possible speakers of one text, in order."""

    def __init__(
        self, field: Field, quoted: Sequence[Span], named: Sequence[Named], actors: Sequence[ActorEntry], speech: Speech
    ) -> None:
        self._field = field
        self._speech = speech
        self._quoted = sorted((span.start, span.end) for span in quoted)
        found = list(self._listed(named, actors))
        taken = sorted((speaker.start, speaker.end) for speaker in found)
        countries = {name.start: name.end for name in named if actors[name.actor].kind in {"country", "place"}}
        self._countries = countries
        found += [speaker for speaker in self._unlisted(countries) if not _overlaps(speaker.start, speaker.end, taken)]
        found += self._short(found)
        self.all = sorted(found, key=lambda speaker: (speaker.start, -speaker.end))
        self._starts = [speaker.start for speaker in self.all]
        self._fullest = self._full_names()

    def within(self, start: int, end: int) -> list[Speaker]:
        """Return the possible speakers named between two places, quotes left out."""
        return self.all[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def before(self, place: int) -> list[Speaker]:
        """Return the possible speakers named last before a place."""
        index = bisect_left(self._starts, place)
        return self.all[max(0, index - _REMEMBERED) : index]

    def titled(self, subject: str, place: int) -> Speaker | None:
        """Return the person named last before a place with the titles a subject consists of: "the minister"."""
        words = subject.split()
        titles = {word for word in words if word in self._speech.titles} - _ARTICLES
        if not titles or len(words) > _SUBJECT:
            return None
        return next(
            (
                speaker
                for speaker in reversed(self.before(place))
                if speaker.person and titles.issubset(self._titles_of(speaker))
            ),
            None,
        )

    def _titles_of(self, speaker: Speaker) -> list[str]:
        """Return the words right before a name, and those of an apposition after it: "Chea, the minister of trade,"."""
        lowered = self._field.lowered
        before = lowered[max(0, speaker.start - _TITLED) : speaker.start].rpartition("\n")[2].split()
        apposition = _APPOSITION.match(lowered, speaker.end)
        titles = takewhile(lambda word: word in self._speech.titles or word in _JOINING, reversed(before))
        return [*titles, *(apposition.group(1).split() if apposition else ())]

    def single(self, start: int, end: int) -> Speaker | None:
        """Return the first capitalised word or words between two places, where a verb of saying asks for a name."""
        for found in _NAME.finditer(self._field.text, start, end):
            words = found.group().split()
            if _personal(words) and words[0].lower() not in _NO_NAMES and found.start() not in self._countries:
                return Speaker(found.start(), found.end(), None, person=True)
        return None

    def full(self, speaker: Speaker) -> Speaker:
        """Return the speaker where the text gives the fullest name: "Pillai" is "Shan Pillai"."""
        if speaker.actor is not None:
            return speaker
        words = self._words(speaker)
        return self._fullest.get(words[-1], speaker) if len(words) < _MIN_WORDS else speaker

    def name(self, speaker: Speaker) -> str:
        """Return the name as it is written in the original."""
        start, end = self._field.folded.span(speaker.start, speaker.end)
        return self._field.original[start:end]

    def _words(self, speaker: Speaker) -> list[str]:
        return self._field.lowered[speaker.start : speaker.end].split()

    def _full_names(self) -> dict[str, Speaker]:
        fullest: dict[str, Speaker] = {}
        for speaker in self.all:
            words = self._words(speaker)
            if speaker.person and len(words) >= _MIN_WORDS:
                for word in words:
                    if word in self._speech.titles:
                        continue
                    fullest.setdefault(word, speaker)
        return fullest

    def _listed(self, named: Sequence[Named], actors: Sequence[ActorEntry]) -> Iterator[Speaker]:
        for name in named:
            kind = actors[name.actor].kind
            speaks = kind == "person" or kind in _SPEAKING
            if speaks and not name.inner and not _overlaps(name.start, name.end, self._quoted):
                yield Speaker(name.start, name.end, name.actor, person=kind == "person")

    def _unlisted(self, countries: dict[int, int]) -> Iterator[Speaker]:
        for paragraph in self._field.paragraphs:
            for found in _NAME.finditer(self._field.text, paragraph.start, paragraph.end):
                introduced = _INTRODUCED.match(self._field.text, found.end()) is not None
                if not introduced and " " not in found.group():
                    continue
                if _overlaps(found.start(), found.end(), self._quoted):
                    continue
                start = self._untitled(found.start(), found.end(), countries)
                words = self._field.text[start : found.end()].split()
                if countries.get(start) == found.end() or self._is_place(found.start()):
                    continue
                stripped = {*self._field.lowered[found.start() : start].split()} - _OPENERS - _ARTICLES
                titled = bool(stripped) and found.start() not in countries
                sure = titled or introduced
                if words and (sure or len(words) >= _MIN_WORDS):
                    sure = sure or self._speaks(start, found.end())
                    yield Speaker(start, found.end(), None, person=_personal(words), sure=sure)
            for found in _THAI_NAME.finditer(self._field.text, paragraph.start, paragraph.end):
                if not _overlaps(found.start(), found.end(), self._quoted):
                    yield Speaker(*found.span(1), None, person=True)

    def _is_place(self, start: int) -> bool:
        """Return whether a preposition of place stands before a name."""
        return self._field.lowered[max(0, start - _PREPOSITION) : start].split()[-1:] in _PLACED

    def _speaks(self, start: int, end: int) -> bool:
        verbs = self._speech.verbs
        before = verbs.search(self._field.lowered, max(0, start - _BESIDE), start)
        return before is not None or verbs.search(self._field.lowered, end, end + _BESIDE) is not None

    def _short(self, found: Sequence[Speaker]) -> list[Speaker]:
        """Return the single words elsewhere that are part of a person's full name."""
        full = [self._field.text[person.start : person.end].split() for person in found if person.person]
        titles = self._speech.titles
        parts = {
            word
            for words in full
            if len(words) >= _MIN_WORDS
            for word in words
            if len(word) > 1 and word.lower() not in titles
        }
        taken = sorted([(speaker.start, speaker.end) for speaker in found] + self._quoted)
        return [
            Speaker(*word.span(), None, person=True)
            for paragraph in self._field.paragraphs
            for word in _SINGLE_WORD.finditer(self._field.text, paragraph.start, paragraph.end)
            if word.group() in parts and not _overlaps(*word.span(), taken)
        ]

    def _untitled(self, start: int, end: int, countries: dict[int, int]) -> int:
        """Return where the name begins after countries and titles: "Indian Prime Minister Narendra Modi"."""
        while start < end:
            if start in countries and countries[start] < end:
                after = countries[start]
            else:
                word = _TOKEN.match(self._field.lowered, start, end)
                if word is None or word.group().rstrip(".") not in self._speech.titles | _OPENERS:
                    break
                after = word.end()
            while after < end and self._field.text[after].isspace():
                after += 1
            start = after
        return start


def _personal(words: Sequence[str]) -> bool:
    return not any(word.lower() in _IMPERSONAL or word == "of" for word in words)


def _overlaps(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Return whether a place overlaps one of the sorted, disjoint spans."""
    index = bisect_left(spans, (end,))
    return index > 0 and start < spans[index - 1][1]
