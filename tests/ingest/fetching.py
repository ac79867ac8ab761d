"""Fakes for the tests of the fetcher."""

from __future__ import annotations

from ingest.extract import Extracted


class Unwatched:
    """Keeps what the fetcher says of each page, for the test to look at."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Extracted]] = []

    def see(self, outlet: str, found: Extracted) -> None:
        self.seen.append((outlet, found))
