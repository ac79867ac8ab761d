"""The numbers and dates of a text by the words around them: what tells a notice of this year from last year's."""

from __future__ import annotations

import unicodedata
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import regex

from processors.figures import MONTHS, plain_digits
from processors.fold import word_set

MOST = 64
"""Numbers of a text that are kept."""

HEAD = 60
"""Characters at the beginning of a text where datelines and times of publication stand; short texts have no head."""

CONFLICTS, SHARE = 2, 0.4
"""Numbers in the same words that differ, at least, and their share of all in the same words, from which a text is
another issue of the same notice and no copy; one day, month or year that differs is enough."""

_TOKEN = regex.compile(r"[0-9]+(?:[.,:/][0-9]+)*|[\p{L}\p{M}]+")
_WEEKDAYS = word_set(
    "monday tuesday wednesday thursday friday saturday sunday понедельник вторник среда среду четверг пятница пятницу "
    "суббота субботу воскресенье senin selasa rabu kamis jumat sabtu minggu isnin khamis jumaat ahad lunes martes "
    "miyerkules miyerkoles huwebes biyernes sabado linggo segunda terça quarta quinta sexta sábado domingo"
)
_DIGITS = frozenset("0123456789")
_NEAR = 8
_YEAR = regex.compile(r"(?:19|20|25)[0-9][0-9]")
_SLASHED = regex.compile(r"[0-9]{1,2}/[0-9]{1,2}(?:/[0-9]{4})?")
_SHORT = 4 * HEAD
_PLAIN, _DATED = 0, 1


@dataclass(frozen=True)
class Slots:
    """The numbers of a text, a row each: hash of the words around it, hash of the number, whether it is of a date."""

    rows: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, text: str) -> Slots:
        """Return the numbers of a text in any script."""
        found = list(_slots(unicodedata.normalize("NFKC", plain_digits(text)).casefold()))[:MOST]
        return cls(np.array(found, dtype=np.uint32).reshape(-1, 3))

    @classmethod
    def from_bytes(cls, data: bytes) -> Slots:
        """Return the numbers that `to_bytes` gave."""
        return cls(np.frombuffer(data, dtype="<u4").astype(np.uint32).reshape(-1, 3))

    def to_bytes(self) -> bytes:
        """Return the rows, twelve bytes each, little-endian."""
        return self.rows.astype("<u4").tobytes()

    def contradict(self, other: Slots) -> bool:
        """Return whether the same words stand around other numbers or another date."""
        mine, others = _by_words(self.rows), _by_words(other.rows)
        shared = mine.keys() & others.keys()
        apart = [key for key in shared if not mine[key] & others[key]]
        if any(key[1] == _DATED for key in apart):
            return True
        return len(apart) >= CONFLICTS and len(apart) >= SHARE * len(shared)


def _by_words(rows: npt.NDArray[np.uint32]) -> dict[tuple[int, int], set[int]]:
    found: dict[tuple[int, int], set[int]] = {}
    for words, value, dated in rows.tolist():
        found.setdefault((words, dated), set()).add(value)
    return found


def _slots(text: str) -> list[tuple[int, int, int]]:
    head = HEAD if len(text) > _SHORT else 0
    matches = list(_TOKEN.finditer(text))
    tokens = [match.group() for match in matches]
    masked = ["#" if _is_number(token) else token for token in tokens]
    found = []
    for index, (match, token) in enumerate(zip(matches, tokens, strict=True)):
        if masked[index] != "#" or match.start() < head:
            continue
        before = [word[-_NEAR:] for word in masked[max(0, index - 2) : index]]
        after = [word[:_NEAR] for word in masked[index + 1 : index + 2]]
        around = zlib.crc32("|".join((*before, "#", *after)).encode())
        found.append((around, zlib.crc32(token.encode()), _DATED if _is_dated(tokens, index) else _PLAIN))
    return found


def _is_number(word: str) -> bool:
    return word[0] in _DIGITS or word in _WEEKDAYS or (word in MONTHS and word != "may")


def _is_dated(tokens: list[str], index: int) -> bool:
    word = tokens[index]
    if word in MONTHS or _YEAR.fullmatch(word) or _SLASHED.fullmatch(word):
        return True
    nearby = tokens[max(0, index - 1) : index + 2]
    return len(word) <= 2 and any(near in MONTHS or near[0] == "月" for near in nearby)  # noqa: PLR2004  # a day
