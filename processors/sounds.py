"""Names as they sound, roughly, so that Likhachev and Лихачев are one: consonants of the Latin spelling."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

SHORTEST_NAME, SHORTEST_SOUND = 4, 3
"""Letters of a name, and of its consonants, below which too many names sound alike."""

_CYRILLIC = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў", "abvgdeejziiklmnoprstufhccss_i_euaiiegu", strict=True))
_LATIN = (
    ("shch", "s"),
    ("sch", "s"),
    ("tch", "c"),
    ("dzh", "j"),
    ("kh", "h"),
    ("zh", "j"),
    ("ts", "c"),
    ("tz", "c"),
    ("ch", "c"),
    ("sh", "s"),
    ("ph", "f"),
    ("th", "t"),
    ("nh", "n"),
    ("gh", "g"),
    ("ck", "k"),
    ("dj", "j"),
    ("ks", "x"),
    ("q", "k"),
    ("w", "v"),
)
_NAME = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:…»”\"\n]\s*[-–—«“\"(]*\s*$")
_VOWELS = re.compile(r"[aeiouy_]+")
_TWICE = re.compile(r"(.)\1+")
_CACHED = 20_000


@lru_cache(maxsize=_CACHED)
def sound(name: str) -> str:
    """Return the consonants of a name in Latin or Cyrillic letters; empty where they are too few."""
    plain = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    letters = "".join(char for char in plain if not unicodedata.combining(char) or char == "\u0306")
    latin = "".join(_CYRILLIC.get(char, char if char.isascii() and char.isalpha() else "") for char in letters)
    for written, sounding in _LATIN:
        latin = latin.replace(written, sounding)
    first = "a" if latin[:1] in set("aeiouy") and latin else ""
    consonants = _TWICE.sub(r"\1", _VOWELS.sub("", latin))
    return first + consonants if len(consonants) >= SHORTEST_SOUND else ""


def names(text: str) -> Iterator[str]:
    """Yield the words of a text that are names by their capital, those that only begin a sentence left out."""
    previous_end, previous = -1, ""
    for match in _NAME.finditer(text):
        word = match.group()
        capital = word[0].isupper() and not word.isupper()
        if capital and not _SENTENCE_END.search(text[max(0, match.start() - 6) : match.start()]) and match.start():
            if len(word) >= SHORTEST_NAME:
                yield word
            if previous and text[previous_end : match.start()] == " ":
                yield previous + word
        previous_end, previous = match.end(), word if capital else ""
