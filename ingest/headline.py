"""Which of the titles that a page tells is the headline that it shows its readers."""

from __future__ import annotations

import re
from collections.abc import Sequence

SITE_SEPARATOR = re.compile(r"\s+[|\-–—·•»::]\s+")
WORD = re.compile(r"\w+")

ALIKE = 0.5
"""Likeness to another title of the page from which a heading is the article's, and not the site's or a section's."""

LEAST_START = 16
"""Characters of a title that was cut short from which a heading that begins like it is taken to be the whole."""

LONGEST_TITLE = 500


def headline(headings: Sequence[str], told: Sequence[str], document: str, site: str, domain: str) -> str:
    """Return the title that the page shows, or else tells; empty where there is none.

    `headings` are its h1, `told` the titles of JSON-LD, Open Graph and the like, the better first, `document` that of
    the head, `site` the name that the site gives itself, `domain` its registered domain. What JSON-LD and Open Graph
    tell is often written for search engines, so a heading that is like one of them counts for more.
    """
    titles = [part for title in (*told, document) for part in (title, SITE_SEPARATOR.split(title)[0]) if part]
    shown = [heading for heading in headings if heading and heading.casefold() != site.casefold()]
    likeness = [max((_likeness(heading, title) for title in titles), default=0.0) for heading in shown]
    best = max(zip(likeness, shown, strict=True), key=lambda pair: (pair[0], len(pair[1])), default=(0.0, ""))
    if best[0] >= ALIKE:
        return best[1][:LONGEST_TITLE]
    title = next(iter(told), "") or max([*shown[:1], document], key=len)
    return _without_site(title, site, domain)[:LONGEST_TITLE]


def _likeness(heading: str, title: str) -> float:
    """Return the Dice coefficient of the texts' character trigrams, which needs no words; 1 for a title cut short."""
    start = title.rstrip(".… ")
    if len(start) >= LEAST_START and heading.startswith(start):
        return 1.0
    ours, theirs = _trigrams(heading), _trigrams(title)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours and theirs else 0.0


def _trigrams(text: str) -> set[str]:
    letters = f"  {_letters(text)} "
    return {letters[start : start + 3] for start in range(len(letters) - 2)} if letters.strip() else set()


def _letters(text: str) -> str:
    return "".join(WORD.findall(text.casefold()))


def _without_site(title: str, site: str, domain: str) -> str:
    """Return the title without the site's name after its last separator."""
    for separator in list(SITE_SEPARATOR.finditer(title))[-1:]:
        name = _letters(title[separator.end() :])
        if name and name in (_letters(site), _letters(domain.partition(".")[0])):
            return title[: separator.start()].rstrip()
    return title
