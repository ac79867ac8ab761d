"""Texts as search terms, the same for both databases: words, and pairs of characters where a script has no spaces."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice

import regex

MOST_TERMS = 16_000
"""Terms of an article that can be found; PostgreSQL numbers the places of words up to 16,383."""

MOST_PLACES = 255
"""Places of one term in an article that PostgreSQL remembers; later ones are passed over."""

LONGEST_TERM = 100
"""Characters of a term; what is longer is found by its beginning."""

PAIR = "\ue000"
"""Stands in a pair between its characters, and behind the last one of a run, which thus begins a term too."""

BREAK = "\ue001"
"""Stands between title and text, and for a term that is passed over, so that no phrase reaches across."""

MARK = "\ue002"
"""Begins a term that is not of the text but says something of the article."""

_ESCAPED = 0xE100
"""Where the signs of ASCII go in a mark: SQLite's tokenizer would part it at them."""

_UNSEGMENTED = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}\p{Hiragana}\p{Katakana}\u30fc"
_RUN = regex.compile(
    rf"(?V1)(?P<run>[[\p{{L}}\p{{M}}]&&[{_UNSEGMENTED}]]+)|[[\p{{L}}\p{{M}}\p{{N}}]--[[{_UNSEGMENTED}]--\p{{N}}]]+"
)
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_UNSPACED = regex.compile(rf"(?V1)[[\p{{L}}\p{{M}}]&&[{_UNSEGMENTED}]]")
_ASCII = re.compile("[a-z0-9]+")
_CLUSTER = regex.compile(r"\X")
_INVISIBLE = regex.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ACCENT = regex.compile("(?<=\\p{Latin})[\u0300-\u036f]+|(?<=\u0435)\u0308")
_DIGIT = regex.compile(r"(?V1)[\p{Nd}--[0-9]]")
_FOREIGN = re.compile(r"\S*[^\x00-\x7f]\S*")
"""What stands between spaces and is not all ASCII: nothing of what is folded reaches across a space."""

_LONGEST_WORD = 40
_REMEMBERED = 20_000
_SPACES = dict.fromkeys(map(ord, "“”‘’„«»–—…•·\u00a0\u202f"), " ")
"""The commonest signs that are no part of words, without which most texts in English are ASCII."""

_STROKED = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ı": "i", "ħ": "h"})
_SIGNS = {code: _ESCAPED + code for code in range(128) if not chr(code).isalnum()}


def fold(text: str) -> str:
    """Return the text in small letters with plain digits, without accents on Latin letters and invisible characters."""
    return text.casefold() if text.isascii() else _FOREIGN.sub(_folded_match, text.casefold())


def _folded_match(match: re.Match[str]) -> str:
    # Words come again and again; what has no spaces does not.
    return _folded_word(match[0]) if len(match[0]) <= _LONGEST_WORD else _folded(match[0])


def _folded(folded: str) -> str:
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", folded)).casefold()
    folded = _ACCENT.sub("", unicodedata.normalize("NFD", folded)).translate(_STROKED)
    # The two libraries may know of different versions of Unicode.
    folded = _DIGIT.sub(lambda digit: str(unicodedata.digit(digit.group(), digit.group())), folded)
    return unicodedata.normalize("NFC", folded)


_folded_word = lru_cache(maxsize=_REMEMBERED)(_folded)


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the terms of each word, and of each run of characters in a script that has no spaces between words."""
    return _runs(fold(text))


def _runs(folded: str) -> Iterator[tuple[str, ...]]:
    for match in _RUN.finditer(folded):
        if match["run"]:
            yield pairs(_CLUSTER.findall(match["run"]))
        else:
            yield (match.group()[:LONGEST_TERM],)


def _terms(text: str) -> Iterable[str]:
    """Return the terms of all runs of a text; most texts have words alone, which are found at once."""
    folded = fold(text)
    if _UNSPACED.search(folded):
        return chain.from_iterable(_runs(folded))
    folded = folded.translate(_SPACES)
    words = _ASCII.findall(folded) if folded.isascii() else _WORD.findall(folded)
    return [word[:LONGEST_TERM] for word in words]


def pairs(clusters: Sequence[str]) -> tuple[str, ...]:
    """Return a term for each character of a run, with the one behind it."""
    return tuple(first + PAIR + second for first, second in zip(clusters, (*clusters[1:], ""), strict=True))


def terms(title: str, text: str) -> tuple[str, ...]:
    """Return the terms of an article in their order, `MOST_TERMS` at most and each `MOST_PLACES` times at most."""
    found = list(islice(chain(_terms(title), (BREAK,), _terms(text)), MOST_TERMS))
    most = max(Counter(found).values())
    return tuple(_thinned(found) if most > MOST_PLACES else found)


def _thinned(found: Iterable[str]) -> Iterator[str]:
    counts: dict[str, int] = defaultdict(int)
    for term in found:
        counts[term] += 1
        yield term if counts[term] <= MOST_PLACES else BREAK


def mark(kind: str, value: str) -> str:
    """Return the term that says something of an article, such as that its language is th."""
    return f"{MARK}{kind}{PAIR}{value.lower().translate(_SIGNS)}"[:LONGEST_TERM]
