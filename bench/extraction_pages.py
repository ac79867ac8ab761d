"""The pages of the extraction benchmark with what is true of them, and how close a text or title comes to it."""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from statistics import mean
from typing import Any

from lxml import html

from ingest import jsonld
from wirewatch.site_content import load_content
from wirewatch.site_pages import ARTICLE_PATHS, Edition, Pages

SHINGLE = 4
"""Words of a shingle; that of evaluate.py of scrapinghub/article-extraction-benchmark."""

LEAST_WORDS = 3
"""Words of a headline, or it may be the name of a section or of the site."""

HALF = 0.5

WORD = re.compile(r"\w+")

Words = tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A page, its text as people marked it, and its headline as far as it is known."""

    name: str
    url: str
    html: str
    text: str
    headline: Words | None


def sample_pages() -> Iterator[Page]:
    """Yield the pages of the sample site; of a paywalled one the text is its visible beginning."""
    content = load_content()
    bases = {outlet.id: f"https://{outlet.id}.example" for outlet in content.outlets}
    edition = Edition(content, bases, time.time() - 3600, 1.0)
    pages = Pages(edition)
    systems = {outlet.id: outlet.cms for outlet in content.outlets}
    for article in content.articles:
        if article.head.page == "missing":
            continue
        system = systems[article.outlet]
        reply = pages.reply(article.outlet, ARTICLE_PATHS[system].format(slug=article.slug), time.time())
        shown = article.paragraphs[:1] if article.head.page == "paywalled" else article.paragraphs
        url = edition.url(article, system)
        yield Page(article.id, url, reply.body.decode(), "\n".join(shown), words(article.head.title))


def pages_of(folder: Path) -> Iterator[Page]:
    """Yield the pages of a folder with ground-truth.json and html/ID.html.gz, as in that benchmark."""
    try:
        truth: dict[str, dict[str, str]] = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
        for name, true in truth.items():
            with gzip.open(folder / "html" / f"{name}.html.gz", "rt", encoding="utf-8") as file:
                page = file.read()
            told = true.get("headline")
            yield Page(name, true["url"], page, true["articleBody"], words(told) if told else headline(page))
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"{folder}: {error}\nGive a folder with ground-truth.json and html/ID.html.gz.")


def words(text: str) -> Words:
    """Return the words of a text, entities undone and case folded."""
    return tuple(WORD.findall(unescape(text).casefold()))


def headline(page: str) -> Words | None:
    """Return the words of the page's own headline, or None where the page does not say which it is.

    It is what a reader sees: the `h1` most of whose words JSON-LD, Open Graph, the card for Twitter or `title` have
    too. Where no `h1` is so, it is the one of those four that the others hold in full, of two such the longer.
    """
    tree = html.fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8"))
    told = [words(text) for text in _told(tree)]
    site = {words(name) for name in tree.xpath("//meta[@property='og:site_name']/@content")}
    shown = [words(heading.text_content()) for heading in tree.iter("h1")]
    shown = [one for one in shown if len(one) >= LEAST_WORDS and one not in site]
    share, _, best = max(((_told_share(one, told), len(one), one) for one in shown), default=(0.0, 0, ()))
    if share > HALF:
        return best
    held, _, best = max(((sum(map(_holder(one), told)) - 1, len(one), one) for one in told), default=(0, 0, ()))
    return best if held and len(best) >= LEAST_WORDS else None


def _told_share(shown: Words, told: list[Words]) -> float:
    return max((len(set(shown) & set(one)) / len(set(shown)) for one in told), default=0.0)


def _holder(part: Words) -> Callable[[Words], bool]:
    def holds(text: Words) -> bool:
        return any(text[start : start + len(part)] == part for start in range(len(text) - len(part) + 1))

    return holds


def _told(tree: Any) -> Iterator[str]:
    scripts = tree.xpath("//script[contains(@type, 'ld+json')]/text()")
    yield from (title for node in jsonld.articles(scripts) if (title := jsonld.text(node, "headline")))
    for key, name in (("property", "og:title"), ("name", "twitter:title"), ("property", "twitter:title")):
        yield from tree.xpath(f"//meta[@{key}='{name}']/@content")[:1]
    yield from tree.xpath("//head/title/text()")[:1]


@dataclass(frozen=True)
class Score:
    """How close the texts of some pages come to the true ones: means over the pages."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Return the harmonic mean of the two."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def score(texts: list[tuple[str, str]]) -> Score:
    """Return the score of pairs of true and found text, by shingles.

    The measure is that of evaluate.py of scrapinghub/article-extraction-benchmark: precision and recall of the
    multisets of four-word shingles for each page, their means over the pages where they are defined, and F1 of those.
    """
    precisions, recalls = [], []
    for true, found in texts:
        wanted, given = _shingles(true), _shingles(found)
        hits = (wanted & given).total()
        if given:
            precisions.append(hits / given.total())
        if wanted:
            recalls.append(hits / wanted.total())
    return Score(mean(precisions), mean(recalls))


def _shingles(text: str) -> Counter[Words]:
    tokens = WORD.findall(text)
    starts = range(max(1, len(tokens) - SHINGLE + 1)) if tokens else ()
    return Counter(tuple(tokens[start : start + SHINGLE]) for start in starts)
