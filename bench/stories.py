"""What placing one more article costs with 10,000 and with 200,000 articles in the window of one watchlist.

The articles are made of terms drawn as words are in texts: few very often, most seldom (Zipf). A tenth are copies.
They are written to a SQLite database in bulk; then articles like them are placed one by one, a transaction each, as the
stage does.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from pipeline import database
from pipeline.messages import url_id
from pipeline.tables import story_index, story_states, story_terms
from processors.events import keys, rarity
from processors.fingerprint import Fingerprint
from processors.marks import Marks
from processors.placing import EVENT_WINDOW, place
from processors.profile import Profile
from processors.slots import Slots
from processors.story_index import Placed
from processors.story_sql import ALL, SqlStoryIndex

WATCHLIST = "bench"
NOW = datetime(2025, 3, 14, 12, tzinfo=UTC)
CHUNK = 10_000
KINDS = {
    "a": (450, 5),
    "g": (120, 4),
    "p": (30_000, 10),
    "n": (20_000, 4),
    "d": (366, 1),
    "c": (98, 7),
    "w": (40_000, 30),
}
"""How many terms there are of each kind, and how many of them an article has."""

_COPIED = 500  # articles back that are still copied
INTO_BANDS = "INSERT INTO story_bands (watchlist, band, article) VALUES (?, ?, ?)"
INTO_KEYS = "INSERT INTO story_keys (watchlist, key, article, published) VALUES (?, ?, ?, ?)"
SHINGLES = 250
COPIES = 10
"""Every tenth article is a copy of one before it."""


def _zipf(size: int) -> npt.NDArray[np.float64]:
    weights = 1.0 / np.arange(1, size + 1)
    shares: npt.NDArray[np.float64] = weights / weights.sum()
    return shares


SHARES = {kind: _zipf(size) for kind, (size, _) in KINDS.items()}


class Newsroom:
    """Makes articles."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._ranks = {kind: np.cumsum(shares) for kind, shares in SHARES.items()}
        self._last: list[Marks] = []

    def marks(self) -> Marks:
        """Return the marks of one article."""
        terms: dict[str, float] = {}
        for kind, (_, count) in KINDS.items():
            for rank in np.searchsorted(self._ranks[kind], self._random.random(count)):
                terms[f"{kind}:{rank}"] = 1.0
        hashes = np.unique(self._random.integers(0, 2**32, SHINGLES, dtype=np.uint32))
        sentences = tuple(f"s:{zlib.crc32(hashes[at : at + 9].tobytes()):08x}" for at in range(0, 72, 9))
        slots = Slots(self._random.integers(0, 2**32, (8, 3), dtype=np.uint32))
        return Marks(Fingerprint(hashes, sentences), slots, Profile("en", terms))

    def articles(self, count: int, name: str) -> Iterator[Placed]:
        """Yield articles all over the window."""
        for number in range(count):
            copied = number % COPIES == COPIES - 1
            marks = self._last[int(self._random.integers(len(self._last)))] if copied else self.marks()
            self._last = [*self._last[1 - _COPIED :], marks]
            published = NOW - EVENT_WINDOW * float(self._random.random())
            article = url_id(f"https://bench.example/{name}/{number}")
            yield Placed(article, article, f"Outlet {number % 300}", published, marks)


def fill(engine: sa.Engine, count: int) -> None:
    """Write so many articles, each with its bands, keys and state; terms are counted as often as they are to be met."""
    counts = {
        f"{kind}:{rank}": round(count * (1 - (1 - share) ** KINDS[kind][1]))
        for kind, shares in SHARES.items()
        for rank, share in enumerate(shares)
    }
    rare = rarity(count, counts)
    articles = Newsroom(1).articles(count, "old")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA cache_size = -500000")
        while chunk := list(itertools.islice(articles, CHUNK)):
            for table, rows in _rows(chunk).items():
                connection.execute(sa.insert(table), rows)
            bands = [(WATCHLIST, band, one.article) for one in chunk for band in one.marks.fingerprint.bands]
            filed = [
                (WATCHLIST, key, one.article, one.published.strftime("%Y-%m-%d %H:%M:%S.%f"))
                for one in chunk
                for key in dict.fromkeys(keys(one.marks.profile, rare))
            ]
            # In the order of their indexes, so that these are written page after page.
            connection.exec_driver_sql(INTO_BANDS, sorted(bands))
            connection.exec_driver_sql(INTO_KEYS, sorted(filed))
        counted = [{"watchlist": WATCHLIST, "term": term, "articles": times} for term, times in counts.items()]
        connection.execute(sa.insert(story_terms), [*counted, {"watchlist": WATCHLIST, "term": ALL, "articles": count}])
        connection.exec_driver_sql("ANALYZE")


def _rows(placed: Sequence[Placed]) -> dict[sa.Table, list[dict[str, Any]]]:
    rows: dict[sa.Table, list[dict[str, Any]]] = {story_index: [], story_states: []}
    for one in placed:
        profile = {"language": "en", "terms": dict(one.marks.profile.terms)}
        rows[story_index].append(
            {"watchlist": WATCHLIST, "article": one.article, "story": one.story, "copy_of": None, "outlet": one.outlet}
            | {"published": one.published, "revision": 0, "fingerprint": one.marks.fingerprint.to_bytes()}
            | {"slots": one.marks.slots.to_bytes(), "profile": profile, "changes": []}
        )
        moment = one.published.isoformat()
        rows[story_states].append(
            {"watchlist": WATCHLIST, "story": one.story, "state": "open", "opened": one.published}
            | {"updated": one.published, "outlets": {one.outlet: moment}, "sources": {one.outlet: moment}}
            | {"members": [one.article], "known": {}, "last_event": None, "closed_by": None}
        )
    return rows


def measure(engine: sa.Engine, count: int, seed: int) -> list[float]:
    """Return the CPU seconds that each of so many placements took."""
    index = SqlStoryIndex(engine)
    taken = []
    for one in Newsroom(seed).articles(count, f"new {seed}"):
        started = time.process_time()
        with index.shelf(WATCHLIST) as shelf:
            place(shelf, WATCHLIST, replace(one, story=""))
        taken.append(time.process_time() - started)
    return taken


def main() -> None:
    """Print the time of one placement for each size, and how many times the first one's it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 200_000])
    parser.add_argument("--placements", type=int, default=300)
    options = parser.parse_args()
    medians: list[float] = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            engine = database.open_engine(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
            database.migrate(engine)
            started = time.perf_counter()
            fill(engine, size)
            filled = time.perf_counter() - started
            measure(engine, options.placements // 10, seed=2)
            taken = sorted(measure(engine, options.placements, seed=3))
            engine.dispose()
        medians.append(statistics.median(taken))
        worst = taken[int(len(taken) * 0.95)]
        print(
            json.dumps(
                {
                    "articles in the window": size,
                    "CPU ms a placement, median": round(medians[-1] * 1000, 2),
                    "ms at the 95th percentile": round(worst * 1000, 2),
                    "times the first": round(medians[-1] / medians[0], 2),
                    "s to fill": round(filled, 1),
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
