"""The entries of a parsed feed as messages, and as they are remembered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ingest.dates import AHEAD, CLOCKS, Moment, certainty_of, in_country
from ingest.feed_state import FeedState, SeenEntry
from ingest.parsed import ParsedEntry, ParsedFeed
from ingest.revisions import content_hash
from ingest.urls import canonical_url, registered_domain
from pipeline.messages import Entry, TimeCertainty, url_id

LONGEST_TITLE = 1000
LONGEST_SUMMARY = 20_000
LONGEST_CONTENT = 200_000
"""Characters, so that a message stays below 1 MiB in any script."""


def seen_of(feed: FeedState, parsed: ParsedFeed) -> Iterator[tuple[SeenEntry, ParsedEntry]]:
    """Yield each entry that has a canonical URL, as it is remembered and as it was read."""
    for item in parsed.entries:
        url = canonical_url(item.url)
        if url is not None:
            yield SeenEntry(url_id(url), feed.url, item.guid, url, content_hash(item)), item


def entry_of(feed: FeedState, parsed: ParsedFeed, seen: SeenEntry, item: ParsedEntry, discovered: datetime) -> Entry:
    """Return an entry as it is published."""
    published, certainty = _published(item, feed.outlet.country, discovered)
    return Entry(
        id=seen.id,
        url=seen.url,
        domain=registered_domain(seen.url),
        feed_url=feed.url,
        outlet=feed.outlet,
        guid=item.guid,
        title=item.title[:LONGEST_TITLE],
        summary=item.summary[:LONGEST_SUMMARY],
        content=item.content[:LONGEST_CONTENT],
        authors=item.authors,
        language=item.language or feed.language or parsed.language,
        published=published,
        published_certainty=certainty,
        discovered=discovered,
    )


def _published(
    item: ParsedEntry, country: str | None, discovered: datetime
) -> tuple[datetime | None, TimeCertainty | None]:
    """Return when the feed says it was published and how sure that is; nothing is published after it was read."""
    if item.published is None:
        return None, None
    moment = in_country(item.published, country) if isinstance(item.published, Moment) else item.published
    if moment > discovered + AHEAD:
        return None, "implausible"
    return moment, "guessed" if moment > discovered + CLOCKS else certainty_of(moment)


def revision_of(entry: Entry, before: SeenEntry) -> Entry:
    """Return the entry as the next revision of the one that is remembered, also where its link has changed."""
    first_seen = before.seen or entry.discovered
    return entry.model_copy(update={"id": before.id, "revision": before.revision + 1, "discovered": first_seen})
