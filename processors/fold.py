"""Texts made comparable: one form for each dash, quote, space and accent, with the way back to the original."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

# In these languages an accent makes another word: "Nga" is Russia, "ngà" is ivory.
ACCENTED = frozenset({"vi"})

_INVISIBLE = "\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_DASHES = "-/\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_SPACES = "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# Control characters stand between words, save those that end a line.
_CONTROLS = "".join(map(chr, (*range(0x09), *range(0x0E, 0x1C), 0x1F, 0x7F)))
_APOSTROPHES = "\u2018\u2019\u02bc\u02b9\u0060\u00b4\uff07"
_LATIN = ((0x00C0, 0x0250), (0x1E00, 0x1F00))
# Letters whose accent is no combining mark, so that decomposition does not reveal the plain letter.
_STROKED = {"đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "İ": "I", "ħ": "h"}

UPPER = "[{}]".format(
    "".join(letter for code in (*range(0x0530), *range(0x1E00, 0x1F00)) if (letter := chr(code)).isupper())
)
"""Character class of the capitals of the Latin, Greek and Cyrillic alphabets, for regular expressions."""

_SLOW = re.compile(f"[{_INVISIBLE}\u0300-\u036f]")
_CLUSTER = re.compile("[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+", re.DOTALL)
_SPACE_RUN = re.compile(" {2,}")
_INVISIBLES = re.compile(f"[{_INVISIBLE}]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A comparable text; `starts` and `ends` lead from its characters to the original's, None where both agree."""

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original's span for one of the folded text."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def fold(text: str, language: str) -> Folded:
    """Return the text with dashes and odd spaces as spaces, plain apostrophes and, save in Vietnamese, no accents."""
    if text.isascii() or not _SLOW.search(text):
        return Folded(_folded(text, accented=language in ACCENTED))
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        piece = _INVISIBLES.sub("", unicodedata.normalize("NFC", cluster.group()))
        characters.append(piece)
        starts.extend([cluster.start()] * len(piece))
        ends.extend([cluster.end()] * len(piece))
    return Folded(_folded("".join(characters), accented=language in ACCENTED), starts, ends)


def fold_name(name: str, language: str) -> str:
    """Return a watchlist's name as it looks in a folded text, its spaces single."""
    return " ".join(fold(name, language).text.split())


def single_spaced(text: str) -> tuple[str, Callable[[int], int]]:
    """Return a folded line with each run of spaces as one, and the way from its places back to the line's."""
    if "  " not in text:
        return text, int
    places, surplus, total = [0], [0], 0
    for run in _SPACE_RUN.finditer(text):
        total += len(run.group()) - 1
        places.append(run.end() - total)
        surplus.append(total)
    return _SPACE_RUN.sub(" ", text), lambda place: place + surplus[bisect_right(places, place) - 1]


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text, as a set to look them up in."""
    return frozenset(words.split())


def _folded(text: str, *, accented: bool) -> str:
    changed, plain = _changes(accented)
    # Few characters of a text change: to look for them takes a tenth of the time of str.translate.
    return changed.sub(lambda character: plain[character.group()], text)


@cache
def _changes(accented: bool) -> tuple[re.Pattern[str], dict[str, str]]:  # noqa: FBT001  # the cache's key
    plain = dict.fromkeys(_DASHES + _SPACES + _CONTROLS, " ") | dict.fromkeys(_APOSTROPHES, "'")
    plain |= {"ё": "е", "Ё": "Е"}
    if not accented:
        plain |= _STROKED | _plain_letters()
    plain["İ"] = "I"
    return re.compile("[{}]".format("".join(map(re.escape, plain)))), plain


def _plain_letters() -> dict[str, str]:
    plain: dict[str, str] = {}
    for first, last in _LATIN:
        for code in range(first, last):
            base = unicodedata.normalize("NFD", chr(code))[0]
            if base.isascii() and base.isalpha():
                plain[chr(code)] = base
    return plain
