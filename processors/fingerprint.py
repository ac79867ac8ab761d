"""What is left of a text when bylines, markup and light edits no longer matter: hashed shingles and their MinHash.

MinHash and its banding: Broder, "On the resemblance and containment of documents", 1997; Leskovec, Rajaraman and
Ullman, "Mining of Massive Datasets", section 3.4.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import regex

BANDS, ROWS = 24, 3
"""With 24 bands of 3 rows texts that share six tenths of their shingles meet in a band with a probability of 0.997,
unrelated ones (a twentieth shared) with 0.003."""

SENTENCES, SENTENCE_LETTERS = 16, 40
"""Sentences at the beginning, of so many letters at least, that are bands of their own: a copy that is cut short shares
few of a long text's shingles and still most of its sentences."""

WORDS = 3
"""Words in a shingle."""

LETTERS = 7
"""Letters in a shingle of a script that is written without spaces."""

SKETCH = 1024
"""Shingles kept at most, those of the lowest hashes: the same ones are kept of the same text."""

_SENTENCE = regex.compile(r"[^.!?。！？។၊။\n]+")
_UNSPACED_LETTERS = 20
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_UNSPACED = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}\p{Hiragana}\p{Katakana}]")
_PRIME = np.uint64((1 << 31) - 1)
_random = np.random.default_rng(20_210_629)
_FACTORS = _random.integers(1, int(_PRIME), BANDS * ROWS, dtype=np.uint64)
_TERMS = _random.integers(0, int(_PRIME), BANDS * ROWS, dtype=np.uint64)


@dataclass(frozen=True)
class Fingerprint:
    """The sorted 32-bit hashes of a text's shingles; two compare by the share that they have in common."""

    hashes: npt.NDArray[np.uint32]
    sentences: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Fingerprint:
        """Return the fingerprint of a text in any script."""
        hashed = {zlib.crc32(shingle.encode()) for shingle in _shingles(text)}
        return cls(np.array(sorted(hashed)[:SKETCH], dtype=np.uint32), tuple(_sentences(text)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Fingerprint:
        """Return the fingerprint that `to_bytes` gave, without the sentences: they are needed to be found by."""
        return cls(np.frombuffer(data, dtype="<u4").astype(np.uint32))

    def to_bytes(self) -> bytes:
        """Return the hashes, four bytes each, little-endian."""
        return self.hashes.astype("<u4").tobytes()

    def overlap(self, other: Fingerprint) -> float:
        """Return the share of the shorter text's shingles that the other has too, 0 to 1."""
        mine, others = self.hashes, other.hashes
        if not mine.size or not others.size:
            return 0.0
        # A cut sketch says nothing of hashes above its last; compare where both speak.
        limit = min(mine[-1] if mine.size == SKETCH else others[-1], others[-1] if others.size == SKETCH else mine[-1])
        if SKETCH in (mine.size, others.size):
            mine, others = mine[mine <= limit], others[others <= limit]
        shared = np.intersect1d(mine, others, assume_unique=True).size
        return float(shared) / max(min(mine.size, others.size), 1)

    @cached_property
    def bands(self) -> tuple[str, ...]:
        """Return the names of the bands and sentences, by which similar texts find each other."""
        if not self.hashes.size:
            return ()
        values = (self.hashes.astype(np.uint64) % _PRIME)[:, None] * _FACTORS + _TERMS
        rows = (values % _PRIME).min(axis=0).reshape(BANDS, ROWS)
        bands = (f"{number:02d}:{zlib.crc32(row.tobytes()):08x}" for number, row in enumerate(rows))
        return (*bands, *self.sentences)


def _sentences(text: str) -> Iterator[str]:
    found: dict[str, None] = {}
    for sentence in _SENTENCE.findall(unicodedata.normalize("NFKC", text).casefold()):
        letters = "".join(_WORD.findall(sentence))
        if len(letters) >= (_UNSPACED_LETTERS if _UNSPACED.search(letters) else SENTENCE_LETTERS):
            found[f"s:{zlib.crc32(letters.encode()):08x}{len(letters) % 100:02d}"] = None
    yield from list(found)[:SENTENCES]


def _shingles(text: str) -> list[str]:
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    if len(_UNSPACED.findall(text)) * 2 > sum(map(len, words)):
        run = "".join(words)
        return [run[start : start + LETTERS] for start in range(max(len(run) - LETTERS + 1, 1))] if run else []
    count = max(len(words) - WORDS + 1, 1)
    return [" ".join(words[start : start + WORDS]) for start in range(count)] if words else []
