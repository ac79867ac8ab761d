"""Who can be a speaker: the watchlist's actors, and names that the text itself gives."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from processors.fold import UPPER
from processors.morphology import nominative
from processors.reading import Field, Span
from processors.references import Named
from processors.speaker_words import BELONGING, IMPERSONAL, NO_NAMES, OPENERS, THAI, THAI_NAME, is_personal
from processors.speech import Speech
from processors.watchlist_model import ActorEntry

_LETTERS = r"[^\W\d_]*(?:'(?!s\b)[^\W\d_]+)*"
_WORD = rf"(?:{UPPER}\. ?(?={UPPER}))?{UPPER}{_LETTERS}"
# The capital comes before what may not stand before it: so the search goes from capital to capital.
_FIRST_WORD = rf"{UPPER}(?<!\w.)(?:\. ?{UPPER}(?:\. ?{UPPER})?)?{_LETTERS}"
_PARTICLE = r"(?:bin|binti|binte|al|de|da|dos|van|von|der|ng|del)"
_NAME = re.compile(rf"{_FIRST_WORD}(?: (?:{_PARTICLE} )?{_WORD}){{0,6}}")
_NAMED_THEN = re.compile(f" {UPPER}")
_CYRILLIC = re.compile("[А-ЯЁ]")
_TOKEN = re.compile(r"\S+")
_SINGLE_WORD = re.compile(_FIRST_WORD)
# An age, or who somebody is, after a name.
_INTRODUCED = re.compile(r"\s*,\s*\(?\d\d\b|\s*\(\d\d\)|,\s+(?:an?|the|who|whose|yang|seorang)\b")
_APPOSED = re.compile(r", ([^\W\d_]+) (?:of|for|to|at|in|dari|di|asal)\b")
# What stands between the words that say who somebody is and a name: "her neighbour, Jun".
_DESCRIBED = re.compile(r"\b([^\W\d_]+) of [\w ]{1,30},? $")
_SO_FAR = 50
_DOER = re.compile(
    r"(?!under|over|after|former|later|other|either|river|water|tower|corner)[a-z]{2,}(?:er|or|ist|man|woman|ian)"
)
# A name before one of these and another name is that of a team or firm: "Semen Padang coach Eduardo Almeida".
_BEFORE_NAME = re.compile(rf" ([^\W\d_]+) (?={UPPER})")
_SPEAKING = frozenset({"organisation", "body"})
_TERRITORIES = frozenset({"country", "place"})
# Where somebody is stands after one of these, within so many characters.
_PLACED = [[word] for word in ("in", "at", "near", "di", "ke", "tại", "ở", "в", "во", "на", "em", "sa")]
_PREPOSITION = 8
# A title of two words of which the first alone is a family name.
_PAIRED = "tan sri "
_MIN_WORDS = 2
# Who speaks is named by so many words of title at most, which stand within so many characters before the name.
_SUBJECT = 4
_TITLED = 60
_APPOSITION = re.compile(r", ([^,.;:\n]{1,60})[,.]")
_ARTICLES = frozenset({"the"})
_DETERMINED = [[word] for word in ("the", "a", "an", "this", "every")]
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
        territories = [name for name in named if actors[name.actor].kind in _TERRITORIES and not name.inner]
        countries = {name.start: name.end for name in named if actors[name.actor].kind in _TERRITORIES}
        self._countries = countries
        self._territories = {name.start: name for name in territories}
        self._actors = actors
        found += [speaker for speaker in self._unlisted(countries) if not _overlaps(speaker.start, speaker.end, taken)]
        found += self._short(found)
        found += self._speaking(found)
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

    def after(self, place: int) -> list[Speaker]:
        """Return the possible speakers named first after a place."""
        index = bisect_left(self._starts, place)
        return self.all[index : index + _REMEMBERED]

    def titled(self, subject: str, place: int) -> Speaker | None:
        """Return the person named last before a place with the titles a subject consists of: "the minister"."""
        words = subject.split()
        titles = {word for word in words if word in self._speech.titles or word in self._speech.persons} - _ARTICLES
        if not titles or len(words) > _SUBJECT or words[0] in self._speech.indefinite:
            return None
        known = [*reversed(self.before(place))]
        if not self._speech.known:
            # Where no article tells whether somebody was named already, he may be named later.
            known += self.after(place)
        return next((one for one in known if one.person and titles.issubset(self._titles_of(one))), None)

    def _titles_of(self, speaker: Speaker) -> list[str]:
        """Return the words right before a name, and those of an apposition after it: "Chea, the minister of trade,"."""
        lowered = self._field.lowered
        before = lowered[max(0, speaker.start - _TITLED) : speaker.start].rpartition("\n")[2].split()
        apposition = _APPOSITION.match(lowered, speaker.end)
        own = (self._speech.titles, self._speech.persons, _JOINING)
        titles = takewhile(lambda word: any(word.rstrip(",") in known for known in own), reversed(before))
        offices = () if speaker.actor is None else _offices(self._actors[speaker.actor])
        return [
            *offices,
            *(title.rstrip(",") for title in titles),
            *(apposition.group(1).split() if apposition else ()),
        ]

    def single(self, start: int, end: int) -> Speaker | None:
        """Return the first capitalised word or words between two places, where a verb of saying asks for a name."""
        for found in _NAME.finditer(self._field.text, start, end):
            words = found.group().split()
            if (
                is_personal(words)
                and words[0].lower() not in self._speech.titles | NO_NAMES
                and found.start() not in self._countries
            ):
                return Speaker(found.start(), found.end(), None, person=True)
        return None

    def full(self, speaker: Speaker) -> Speaker:
        """Return the speaker where the text gives the fullest name: "Pillai" is "Shan Pillai"."""
        if speaker.actor is not None:
            return speaker
        words = self._words(speaker)
        return self._fullest.get(words[-1], speaker) if len(words) < _MIN_WORDS else speaker

    def name(self, speaker: Speaker) -> str:
        """Return the name as it is written in the original, a Russian one in the nominative."""
        start, end = self._field.folded.span(speaker.start, speaker.end)
        name = self._field.original[start:end]
        return " ".join(nominative(name.split())) if _CYRILLIC.match(name) and not self._acts(speaker) else name

    def _acts(self, speaker: Speaker) -> bool:
        """Return whether a verb of saying stands beside a name, which is in the nominative then."""
        verbs = self._speech.verbs
        before = list(verbs.finditer(self._field.lowered, max(0, speaker.start - _TITLED), speaker.start))
        if before and before[-1].group() in self._speech.sources:
            return False
        return bool(before) or verbs.search(self._field.lowered, speaker.end, speaker.end + _BESIDE) is not None

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
            if (
                speaks
                and not name.inner
                and not _overlaps(name.start, name.end, self._quoted)
                and not self._titles(name)
            ):
                yield Speaker(name.start, name.end, name.actor, person=kind == "person")

    def _titles(self, name: Named) -> bool:
        """Return whether what means an actor is only the title before another's name: "foreign minister Anna Lee"."""
        last = self._field.lowered[name.start : name.end].split()[-1]
        return last in self._speech.titles and _NAMED_THEN.match(self._field.text, name.end) is not None

    def _unlisted(self, countries: dict[int, int]) -> Iterator[Speaker]:
        is_thai = THAI.search(self._field.text) is not None
        for paragraph in self._field.paragraphs:
            for found in _NAME.finditer(self._field.text, paragraph.start, paragraph.end):
                speaker = self._named(found.start(), found.end(), countries)
                if speaker:
                    yield speaker
            for found in THAI_NAME.finditer(self._field.text, paragraph.start, paragraph.end) if is_thai else ():
                if not _overlaps(found.start(), found.end(), self._quoted):
                    yield Speaker(*found.span(1), None, person=True)

    def _named(self, begin: int, end: int, countries: dict[int, int]) -> Speaker | None:
        """Return who is meant by capitalised words, if they can be a name."""
        several = " " in self._field.text[begin:end]
        introduced = self._is_described(begin, several=several) or self._is_introduced(end)
        if (not introduced and not several) or _overlaps(begin, end, self._quoted):
            return None
        start = self._untitled(begin, end, countries)
        opening = {*self._field.lowered[begin:start].split()}
        if self._is_no_name(begin, start, end, countries) or any([word] in _PLACED for word in opening):
            return None
        words = self._field.text[start:end].split()
        titled = bool(opening - OPENERS - _ARTICLES) and begin not in countries
        if not words or (not titled and not introduced and len(words) < _MIN_WORDS):
            return None
        sure = titled or introduced or self._speaks(start, end)
        return Speaker(start, end, None, person=is_personal(words), sure=sure)

    def _is_no_name(self, begin: int, start: int, end: int, countries: dict[int, int]) -> bool:
        return (
            countries.get(start) == end
            or self._is_place(begin)
            or self._is_before_name(end)
            or self._is_clause(start, end, countries)
        )

    def _is_clause(self, start: int, end: int, countries: dict[int, int]) -> bool:
        """Return whether what looks like a name is the first word of a sentence before a country's name."""
        second = self._field.text.find(" ", start, end) + 1
        opens = self._field.text[max(0, start - 2) : start].strip() in {"", ".", "!", "?"}
        return opens and second > 0 and countries.get(second) == end

    def _is_described(self, start: int, *, several: bool) -> bool:
        """Return whether the words before a name say who somebody is: "her brother Jun", "the neighbour, Jun".

        A name of several words needs less: "rubber tapper Ali Hassan".
        """
        before = self._field.lowered[max(0, start - _SO_FAR) : start]
        word = before.rstrip(" ,").rpartition(" ")[2]
        if word in self._speech.persons and word not in BELONGING:
            return True
        if not several:
            return False
        found = _DESCRIBED.search(before)
        return _DOER.fullmatch(word) is not None or (found is not None and found.group(1) in self._speech.persons)

    def _is_introduced(self, end: int) -> bool:
        """Return whether who somebody is comes after a name: "Sutopo, head of the village,"."""
        if not self._field.text.startswith((",", "(", " ,", " ("), end):
            return False
        if _INTRODUCED.match(self._field.text, end):
            return True
        found = _APPOSED.match(self._field.lowered, end)
        return found is not None and found.group(1) in self._speech.persons

    def _is_before_name(self, end: int) -> bool:
        found = _BEFORE_NAME.match(self._field.text, end)
        return found is not None and found.group(1) in self._speech.persons

    def territory(self, start: int, end: int) -> Speaker | None:
        """Return the country or place, of those on the watchlist, whose name is what stands between two places."""
        named = next((self._territories[place] for place in range(start, end) if place in self._territories), None)
        if named is None or self._field.lowered[named.start : named.end] in self._own_words:
            return None
        return Speaker(named.start, named.end, named.actor, person=False)

    @cached_property
    def _own_words(self) -> frozenset[str]:
        return frozenset(word for one in self.all if one.person and one.actor is None for word in self._words(one))

    def compatriot(self, start: int, end: int, place: int) -> tuple[bool, Speaker | None]:
        """Return whether words name a country, and its person named last before a place: "the Malaysian leader"."""
        named = self.territory(start, end)
        country = self._actors[named.actor].country if named and named.actor is not None else None
        if country is None:
            return False, None
        of_it = (one for one in reversed(self.before(place)) if one.person and self._country(one) == country)
        return True, next(of_it, None)

    def _country(self, speaker: Speaker) -> str | None:
        if speaker.actor is not None:
            return self._actors[speaker.actor].country
        before = self._field.lowered.rfind(". ", max(0, speaker.start - _TITLED), speaker.start)
        own = self.territory(max(before, speaker.start - _TITLED, 0), speaker.start)
        return self._actors[own.actor].country if own and own.actor is not None else None

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
            if word.group() in parts and word.start() not in self._countries and not _overlaps(*word.span(), taken)
        ]

    def _speaking(self, found: Sequence[Speaker]) -> list[Speaker]:
        """Return the single words, wherever they stand, that a verb of saying shows to be names: "said Somchai"."""
        taken = sorted([(speaker.start, speaker.end) for speaker in found] + self._quoted)
        singles = [
            word
            for paragraph in self._field.paragraphs
            for word in _NAME.finditer(self._field.text, paragraph.start, paragraph.end)
            if " " not in word.group()
        ]
        plain = (NO_NAMES, OPENERS, IMPERSONAL, self._speech.titles, self._speech.bodies)
        able = {name for name in {word.group() for word in singles} if not any(name.lower() in each for each in plain)}
        free = [word for word in singles if word.group() in able and not _overlaps(*word.span(), taken)]
        names = {word.group() for word in free if self._is_beside_verb(word) and self._can_be_name(word)}
        return [Speaker(*word.span(), None, person=True) for word in free if word.group() in names]

    def _can_be_name(self, word: re.Match[str]) -> bool:
        before = self._field.lowered[max(0, word.start() - _PREPOSITION) : word.start()].split()[-1:]
        return (
            len(word.group()) > _MIN_WORDS
            and not word.group().isupper()
            and not word.group().endswith("'s")
            and word.start() not in self._countries
            and before not in _PLACED
            and before not in _DETERMINED
        )

    def _is_beside_verb(self, word: re.Match[str]) -> bool:
        """Return whether a verb of saying stands right before a word, or right after one that opens no sentence."""
        verbs, lowered = self._speech.verbs, self._field.lowered
        before = list(verbs.finditer(lowered, max(0, word.start() - _BESIDE), word.start()))
        if before and lowered[before[-1].end() : word.start()] == " ":
            return True
        inside = self._field.text[max(0, word.start() - 2) : word.start()].strip() not in {
            "",
            ".",
            "!",
            "?",
            '."',
            ".”",
        }
        return inside and lowered.startswith(" ", word.end()) and verbs.match(lowered, word.end() + 1) is not None

    def _untitled(self, start: int, end: int, countries: dict[int, int]) -> int:
        """Return where the name begins after countries and titles: "Indian Prime Minister Narendra Modi"."""
        while start < end:
            if start in countries and countries[start] < end:
                after = countries[start]
            else:
                word = _TOKEN.match(self._field.lowered, start, end)
                if word is None:
                    break
                pair = self._field.lowered.startswith(_PAIRED, start)
                known = (self._speech.titles, self._speech.persons, OPENERS)
                if not pair and not any(word.group().rstrip(".") in words for words in known):
                    break
                after = word.end()
            while after < end and self._field.text[after].isspace():
                after += 1
            start = after
        return start


def _offices(actor: ActorEntry) -> list[str]:
    """Return the words of the titles that an actor holds."""
    held = [
        phrase for role in actor.roles if role.end is None for phrases in role.titles.values() for phrase in phrases
    ]
    return [word for phrase in held for word in phrase.lower().split()]


def _overlaps(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Return whether a place overlaps one of the sorted, disjoint spans."""
    index = bisect_left(spans, (end,))
    return index > 0 and start < spans[index - 1][1]
