"""Many phrases found in one pass (Aho-Corasick), at the boundaries of words or of grapheme clusters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Generic, TypeVar

import ahocorasick

P = TypeVar("P")

PREFIX = "*"

# Blocks of the scripts that are written without spaces between words: Thai, Lao, Burmese, Khmer, kana, Han.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))
# Vowels written before the consonant they belong to, and signs that stack the next consonant.
_LEADING = frozenset("เแโใไເແໂໃໄ\u1039\u17d2\u200d")
# Vowels that cannot begin a syllable, though Unicode counts them as letters.
_TRAILING = frozenset("ะาำๅະາຳ\u200d")
# So many pairs of neighbouring characters are most of those that a few languages have.
_PAIRS = 10_000


class Scanner(Generic[P]):
    """Finds phrases, each with what it stands for; a phrase ending in `*` may end inside a word."""

    def __init__(self, phrases: Iterable[tuple[str, P]]) -> None:
        """Take (folded phrase, payload) pairs; the phrases are compared in lower case."""
        self._automaton = ahocorasick.Automaton()
        found: dict[str, list[tuple[bool, P]]] = {}
        for phrase, payload in phrases:
            stem = phrase.removesuffix(PREFIX).lower()
            if stem:
                found.setdefault(stem, []).append((phrase.endswith(PREFIX), payload))
        for stem, payloads in found.items():
            self._automaton.add_word(stem, (len(stem), payloads))
        self._empty = not found
        if found:
            self._automaton.make_automaton()

    def hits(self, lowered: str) -> Iterator[tuple[int, int, P]]:
        """Yield (start, end, payload) for every phrase in the folded, lower-case text, overlapping ones included."""
        if self._empty:
            return
        for last, (length, payloads) in self._automaton.iter(lowered):
            start, end = last + 1 - length, last + 1
            if start and joined(lowered[start - 1], lowered[start]):
                continue
            whole = end == len(lowered) or not joined(lowered[end - 1], lowered[end])
            for prefix, payload in payloads:
                if whole or prefix:
                    yield start, end, payload


def unspaced(character: str) -> bool:
    """Return whether the character is of a script written without spaces between words."""
    code = ord(character)
    return code >= _UNSPACED[0][0] and (
        any(first <= code <= last for first, last in _UNSPACED) or 0x20000 <= code <= 0x3FFFF  # noqa: PLR2004  # Han
    )


@lru_cache(maxsize=_PAIRS)
def joined(left: str, right: str) -> bool:
    """Return whether no word or grapheme cluster ends between two neighbouring characters."""
    if right.isascii() and left.isascii():
        return (left.isalnum() or left == "_") and (right.isalnum() or right == "_")
    if left in _LEADING or right in _TRAILING or unicodedata.category(right)[0] == "M":
        return True
    if unspaced(left) or unspaced(right):
        return False
    return _wordlike(left) and _wordlike(right)


def _wordlike(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"
