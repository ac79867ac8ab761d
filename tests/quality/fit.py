"""Fit the weights of relevance on the fitting part of the corpus: `python -m tests.quality.fit [--write]`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from processors.fitting import NAMES, PENALTY, Labelled, cross_validated, fitted, sample, written
from processors.watchlist import load_watchlist
from tests.quality.articles import LabelledArticle, load, notices, part_of, samples
from tests.quality.report import WATCHLIST

SAMPLE = 4.0
"""What an article of the sample site counts in the choice of thresholds: a test holds it to its level."""


def _labelled(article: LabelledArticle, counts: float = 1.0) -> Labelled:
    return Labelled(article.title, article.text, article.lang, article.level, article.day, counts)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, print the weights, and write them where asked to. Raises InputError."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchlist", type=Path, default=WATCHLIST)
    parser.add_argument("--penalty", type=float, default=PENALTY)
    parser.add_argument("--write", action="store_true", help="write the weights into the watchlist")
    chosen = parser.parse_args(arguments)
    articles = [_labelled(article) for article in (*part_of(load(), "fitting"), *notices())]
    articles += [_labelled(article, SAMPLE) for article in samples()]
    watchlist = load_watchlist(chosen.watchlist)
    data = sample(watchlist, articles)
    weights, limits = fitted(watchlist, articles, data, chosen.penalty)
    for name, weight in zip(NAMES, weights, strict=True):
        print(f"{name:16} {weight:6.2f}")
    print(f"thresholds: passing {limits.passing}, direct {limits.direct}")
    print(
        f"cross-validated mean squared error: {cross_validated(data, chosen.penalty):.4f}, {len(data.degrees)} articles"
    )
    if chosen.write:
        text = chosen.watchlist.read_text(encoding="utf-8")
        chosen.watchlist.write_text(written(str(chosen.watchlist), text, weights, limits), encoding="utf-8")


if __name__ == "__main__":
    main()
