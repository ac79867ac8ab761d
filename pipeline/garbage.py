"""Garbage collection for processes that hold much and make much: vocabularies and watchlists, then documents."""

from __future__ import annotations

import gc

THRESHOLDS = (20_000, 20, 50)
"""Allocations before a young collection, and young ones before older ones: documents die by reference count, so
collecting at Python's 700 finds next to nothing and takes a few per cent of the time."""


def spare_what_stays() -> None:
    """Leave out of all later collections what exists by now, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
