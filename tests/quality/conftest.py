"""The shipped watchlist, compiled once for all tests of quality."""

from pathlib import Path

import pytest

import seeds
from processors.tagger import Tagger
from processors.watchlist import load_watchlist

SEEDS = Path(str(seeds.__file__)).parent


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    return Tagger([load_watchlist(SEEDS / "watchlists" / "asean-russia.yaml")])
