"""Pages per CPU-second, text F1 and right titles of this program's extraction and of others, on the same pages.

Every extractor gets the page as text, ours as bytes that it has to decode besides. Rounds are interleaved and medians
told, since the speed of a machine drifts. newspaper4k takes the text and title of an article; readability-lxml's
summary is HTML, whose text lxml gives.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import newspaper
import readability
import trafilatura
from extraction_pages import Page, pages_of, sample_pages, score, words
from lxml import html

from ingest.extract import extract

Found = tuple[str, str]
"""Text and title."""

BASE = "trafilatura, with metadata"


def _trafilatura(*, fast: bool, with_metadata: bool) -> Callable[[Page], Found]:
    def find(page: Page) -> Found:
        found = trafilatura.bare_extraction(
            page.html, url=page.url, fast=fast, with_metadata=with_metadata, include_comments=False
        )
        if found is None or isinstance(found, dict):
            return "", ""
        return found.text or "", found.title or ""

    return find


def _newspaper(page: Page) -> Found:
    article = newspaper.Article(page.url, fetch_images=False)  # or it asks the page's own site for them
    article.download(input_html=page.html)
    article.parse()
    return article.text, article.title


def _readability(page: Page) -> Found:
    document = readability.Document(page.html)
    parts = html.fromstring(document.summary(html_partial=True)).itertext()
    return "\n".join(parts), document.short_title()


def _ours(page: Page) -> Found:
    found = extract(page.html.encode(), page.url, "utf-8")
    return found.text, found.title


EXTRACTORS: dict[str, Callable[[Page], Found]] = {
    BASE: _trafilatura(fast=False, with_metadata=True),
    "trafilatura, default": _trafilatura(fast=False, with_metadata=False),
    "trafilatura, fast": _trafilatura(fast=True, with_metadata=False),
    "newspaper4k": _newspaper,
    "readability-lxml": _readability,
    "wirewatch": _ours,
}
NO_TITLES = ("trafilatura, default", "trafilatura, fast")


def attempt(find: Callable[[Page], Found], page: Page) -> Found:
    """Return what the extractor finds; a page that it fails on has nothing."""
    try:
        return find(page)
    except Exception:  # noqa: BLE001  # whatever the libraries raise
        return "", ""


def measure(pages: list[Page], rounds: int) -> tuple[dict[str, float], dict[str, list[Found]]]:
    """Return pages per CPU-second of each extractor, the median of the rounds, and what it found on each page."""
    found = {name: [attempt(find, page) for page in pages] for name, find in EXTRACTORS.items()}
    speeds: dict[str, list[float]] = {name: [] for name in EXTRACTORS}
    for _ in range(rounds):
        for name, find in EXTRACTORS.items():
            began = time.process_time()
            for page in pages:
                attempt(find, page)
            speeds[name].append(len(pages) / (time.process_time() - began))
    return {name: statistics.median(values) for name, values in speeds.items()}, found


def table(pages: list[Page], speeds: dict[str, float], found: dict[str, list[Found]]) -> None:
    """Print a line for each extractor."""
    judged = [number for number, page in enumerate(pages) if page.headline]
    print(f"{len(pages)} pages, {len(judged)} with a known headline")
    print(f"{'':<28}{'pages/CPU s':>12}{'times':>8}{'F1':>8}{'precision':>11}{'recall':>8}{'titles':>9}")
    for name, results in found.items():
        quality = score([(page.text, text) for page, (text, _) in zip(pages, results, strict=True)])
        right = sum(words(results[number][1]) == pages[number].headline for number in judged)
        titles = "-" if name in NO_TITLES else f"{right / len(judged):.1%}"
        print(
            f"{name:<28}{speeds[name]:>12.1f}{speeds[name] / speeds[BASE]:>8.2f}{quality.f1:>8.3f}"
            f"{quality.precision:>11.3f}{quality.recall:>8.3f}{titles:>9}"
        )


def misses(pages: list[Page], results: list[Found]) -> None:
    """Print the pages where our text is poor or our title is not the headline, the worst first."""
    rows = []
    for page, (text, title) in zip(pages, results, strict=True):
        quality = score([(page.text, text)]) if text else None
        f1 = quality.f1 if quality and quality.precision + quality.recall else 0.0
        right = page.headline is None or words(title) == page.headline
        rows.append((f1, right, page, title, quality))
    for f1, right, page, title, quality in sorted(rows, key=lambda row: row[0]):
        if f1 < 0.95 or not right:  # noqa: PLR2004  # where a look pays
            parts = f"P {quality.precision:.2f} R {quality.recall:.2f}" if quality else "nothing found"
            told = "" if right else f"\n    title {title!r}, headline {' '.join(page.headline or ())!r}"
            print(f"{f1:.3f} {parts} {page.name[:12]} {page.url}{told}")


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pages", type=Path, help="a folder laid out as scrapinghub/article-extraction-benchmark")
    parser.add_argument("--rounds", type=int, default=3, help="timed rounds, of which the medians are told")
    parser.add_argument("--misses", action="store_true", help="list the pages where our result is not good")
    arguments = parser.parse_args()
    for name in ("trafilatura", "newspaper", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")  # of libraries, on dates they cannot read
    pages = list(pages_of(arguments.pages) if arguments.pages else sample_pages())
    speeds, found = measure(pages, arguments.rounds)
    table(pages, speeds, found)
    if arguments.misses:
        misses(pages, found["wirewatch"])


if __name__ == "__main__":
    main()
