"""Makes the article out of an entry and what its page had: the best text there is, marked with where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ingest.dates import AHEAD, certainty_of
from ingest.extract import ENOUGH, Extracted
from ingest.text import line_of, plain_text
from pipeline.messages import Article, Entry, TextSource, TimeBasis, TimeCertainty, url_id

SHORTEST_SUMMARY = 80
"""Characters of a summary from which, with a title, it says enough to be an article."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text and where it came from."""

    text: str
    source: TextSource


def is_enough(found: Extracted) -> bool:
    """Return whether the page's own text is taken without looking further."""
    return len(found.text) >= ENOUGH and not found.paywalled


def feed_texts(entry: Entry) -> tuple[Text, ...]:
    """Return what the feed itself says, as plain text: content first, and a summary that is long enough to stand."""
    content, summary = plain_text(entry.content), plain_text(entry.summary)
    found = [Text(content, "feed-content")] if content else []
    if len(summary) >= SHORTEST_SUMMARY and entry.title:
        found.append(Text(summary, "feed-summary"))
    return tuple(found)


def best(texts: Iterable[Text]) -> Text | None:
    """Return the longest text; the earlier of two equals."""
    return max((text for text in texts if text.text), key=lambda text: len(text.text), default=None)


def from_feed(entry: Entry, *, paywalled: bool = False) -> Article | None:
    """Return the article as far as the feed tells it, if it tells enough."""
    text = next(iter(feed_texts(entry)), None)
    if text is None:
        return None
    published, basis, certainty = _published(entry, None, entry.discovered)
    return Article(
        id=_id(entry, entry.url),
        revision=entry.revision,
        url=entry.url,
        entry_id=entry.id,
        feed_url=entry.feed_url,
        outlet=entry.outlet,
        title=line_of(entry.title),
        text=text.text,
        text_source=text.source,
        authors=entry.authors,
        language=entry.language,
        published=published,
        published_basis=basis,
        published_certainty=certainty,
        discovered=entry.discovered,
        paywalled=paywalled,
    )


def from_page(entry: Entry, found: Extracted, text: Text, url: str, fetched: datetime) -> Article:
    """Return the article at `url` with what its page says, and what the feed says where the page is silent."""
    published, basis, certainty = _published(entry, found, fetched)
    modified = found.modified if found.modified and found.modified <= fetched + AHEAD else None
    return Article(
        id=_id(entry, url),
        revision=entry.revision,
        url=url,
        entry_id=entry.id,
        feed_url=entry.feed_url,
        outlet=entry.outlet,
        title=_title(entry, found),
        text=text.text,
        text_source=text.source,
        authors=found.authors or entry.authors,
        section=found.section,
        image=found.image,
        language=found.language or entry.language,
        published=published,
        published_basis=basis,
        published_certainty=certainty,
        modified=modified,
        discovered=entry.discovered,
        fetched=fetched,
        paywalled=found.paywalled,
    )


def _id(entry: Entry, url: str) -> str:
    """Return the id of the article at `url`: that of its entry for a revision, whose link and page may have moved."""
    return url_id(url) if entry.revision == 0 and entry.id == url_id(entry.url) else entry.id


def _title(entry: Entry, found: Extracted) -> str:
    """Return the page's title, unless it is only the name of the outlet."""
    fallback = line_of(entry.title)
    if not found.title or (fallback and found.title.casefold() == entry.outlet.name.casefold()):
        return fallback
    return found.title


def _published(
    entry: Entry, found: Extracted | None, fetched: datetime
) -> tuple[datetime, TimeBasis, TimeCertainty | None]:
    """Return when it was published: by the page where it is exact, by the feed, by the page as far as it is known.

    With it, how it is known and how sure that is.
    """
    page = found.published if found and found.published and found.published <= fetched + AHEAD else None
    basis = found.published_basis if found else None
    if page and basis in ("json-ld", "meta"):
        return page, basis, certainty_of(page)
    if entry.published:
        return entry.published, "feed", entry.published_certainty
    if page:
        return page, "page", certainty_of(page)
    return entry.discovered, "discovered", entry.published_certainty
