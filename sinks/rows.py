"""Messages as rows of the archive's tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pipeline.messages import StoryEvent, TaggedArticle
from pipeline.terms import mark, terms

Row = dict[str, Any]


def article(tagged: TaggedArticle, now: datetime) -> Row:
    """Return the row of an article, first stored `now`, in the language the tagger found."""
    found = tagged.article
    return _storable(
        {
            "id": found.id,
            "revision": found.revision,
            "url": found.url,
            "entry_id": found.entry_id,
            "feed_url": found.feed_url,
            "outlet": found.outlet.name,
            "country": found.outlet.country,
            "kind": found.outlet.kind,
            "title": found.title,
            "text": found.text,
            "text_source": found.text_source,
            "authors": list(found.authors),
            "section": found.section,
            "image": found.image,
            "language": tagged.language,
            "published": found.published,
            "published_basis": found.published_basis,
            "published_certainty": found.published_certainty,
            "modified": found.modified,
            "discovered": found.discovered,
            "fetched": found.fetched,
            "paywalled": found.paywalled,
            "stored": now,
        }
    )


def article_terms(stored: Row, tagged: TaggedArticle) -> Row:
    """Return the row that an article is found by: the words of what is `stored` of it, and marks to filter by."""
    said = (*terms(stored["title"], stored["text"]), *sorted(_marks(tagged)))
    return {"article": tagged.article.id, "published": tagged.article.published, "terms": said}


def _marks(tagged: TaggedArticle) -> set[str]:
    outlet = tagged.article.outlet
    marks = {mark("language", tagged.language), mark("outlet", outlet.name)}
    if outlet.country:
        marks.add(mark("country", outlet.country))
    for tagging in tagged.taggings:
        marks |= {mark("level", tagging.level), mark("level", f"{tagging.watchlist}/{tagging.level}")}
        marks |= {mark("theme", theme) for theme in tagging.themes}
        marks |= {mark("actor", actor.id) for actor in tagging.actors}
    return marks


def taggings(tagged: TaggedArticle) -> Iterator[Row]:
    """Yield the row of each tagging."""
    for tagging in tagged.taggings:
        judged = tagging.model_dump(mode="json", exclude={"actors", "candidates"})
        yield _storable({"article": tagged.article.id, **judged})


def mentions(tagged: TaggedArticle) -> Iterator[Row]:
    """Yield a row for each actor of each tagging, with the places where it is named."""
    for tagging in tagged.taggings:
        for actor in tagging.actors:
            yield _storable(
                {
                    "article": tagged.article.id,
                    "watchlist": tagging.watchlist,
                    "actor": actor.id,
                    "name": actor.name,
                    "kind": actor.kind,
                    "side": actor.side,
                    "count": actor.count,
                    "places": [mention.model_dump(mode="json") for mention in actor.mentions],
                }
            )


def actor_candidates(tagged: TaggedArticle) -> Iterator[Row]:
    """Yield a row for each candidate of each tagging."""
    for tagging in tagged.taggings:
        for candidate in tagging.candidates:
            yield _storable(
                {
                    "article": tagged.article.id,
                    "watchlist": tagging.watchlist,
                    "key": candidate.name.lower(),
                    **candidate.model_dump(exclude={"mention"}),
                }
            )


def story(event: StoryEvent) -> Row:
    """Return the row of a story as this event alone tells it."""
    return _storable(
        {
            "id": event.story,
            "watchlist": event.watchlist,
            "title": event.article.title,
            "url": event.article.url,
            "level": event.tagging.level,
            "opened": event.article.published,
            "updated": event.article.published,
        }
    )


def story_article(event: StoryEvent) -> Row:
    """Return the row that puts the article into its story."""
    return _storable(
        {
            "watchlist": event.watchlist,
            "article": event.article.id,
            "story": event.story,
            "copy_of": event.copy_of,
            "outlet": event.article.outlet.name,
            "published": event.article.published,
        }
    )


def _storable(row: Row) -> Row:
    """Return the row without NUL, which PostgreSQL cannot hold in text; one character for one, so offsets stay."""
    return {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in row.items()}
