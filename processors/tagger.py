"""The stage that reads an article: language, actors, themes, quotes and relevance, for each watchlist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from pipeline.messages import Actor, Article, Mention, Quote, TaggedArticle, Tagging
from pipeline.stage import Topics
from pipeline.topics import ARTICLES, TAGGED
from processors.candidates import EntityFinder, unlisted
from processors.evidence import evidence
from processors.language import detect
from processors.passages import passages
from processors.quotes import quotes
from processors.reading import Reading, read
from processors.references import Named, resolve
from processors.relevance import judge
from processors.themes import themes
from processors.watchlist import CompiledWatchlist

if TYPE_CHECKING:
    from processors.mentions import MentionFinder

MOST_MENTIONS = 100
"""Mentions of an actor that are listed; the rest are counted."""

MOST_LISTED = 5000
"""Mentions of all actors that are listed, and so the size of what one article becomes: some 500 kB."""

MOST_QUOTES = 500
"""Quotes of an article that are kept."""


class Tagger:
    """Tags articles with what each watchlist finds in them; the same article always gives the same tagging."""

    name = "tagger"
    reads: Topics = (ARTICLES,)
    writes: Topics = (TAGGED,)

    def __init__(self, watchlists: Sequence[CompiledWatchlist], entities: EntityFinder | None = None) -> None:
        """Take the watchlists, and what finds names that are on none of them beside the patterns."""
        from processors.mentions import MentionFinder  # noqa: PLC0415  # spaCy loads only where articles are tagged

        self._entities = entities
        self._finders = [(watchlist, MentionFinder(watchlist)) for watchlist in watchlists]

    def __call__(self, article: Article) -> Iterable[TaggedArticle]:
        """Return the article, tagged."""
        language, taggings = self.tag(article.title, article.text, article.language, article.published.date())
        return [TaggedArticle(id=article.id, article=article, language=language, taggings=taggings)]

    def tag(
        self, title: str, text: str, declared_language: str | None = None, published: date | None = None
    ) -> tuple[str, tuple[Tagging, ...]]:
        """Return the language of a text and one tagging for each watchlist, in their order.

        A title means who held the office on the day of publication; without a day, who holds it by the watchlist.
        """
        language = detect(title, text, declared_language)
        reading = read(title, text, language, published)
        entities = self._entities
        return language, tuple(_tagging(reading, watchlist, finder, entities) for watchlist, finder in self._finders)


def _tagging(
    reading: Reading, watchlist: CompiledWatchlist, finder: MentionFinder, entities: EntityFinder | None
) -> Tagging:
    listed = finder.candidates(reading)
    named = resolve(listed, reading, watchlist)
    found = passages(reading, named, watchlist)
    judgement = judge(found, watchlist)
    relevant = judgement.level != "none"
    return Tagging(
        watchlist=watchlist.id,
        watchlist_version=watchlist.version,
        relevance=judgement.relevance,
        level=judgement.level,
        themes=themes(found, whole=judgement.level == "direct") if relevant else (),
        actors=_actors(reading, named, watchlist),
        quotes=_quotes(reading, named, watchlist),
        evidence=evidence(found, reading),
        score=judgement.score,
        candidates=unlisted(reading, listed, watchlist, entities) if relevant else (),
    )


def _actors(reading: Reading, named: Sequence[Named], watchlist: CompiledWatchlist) -> tuple[Actor, ...]:
    """Return the actors, those named most often first, each with its first mentions in the order of the article.

    Of the names within longer ones those of countries count: an embassy of Russia is also a word of Russia.
    """
    names: dict[int, list[Named]] = {}
    for name in named:
        if not name.inner or watchlist.actors[name.actor].kind == "country":
            names.setdefault(name.actor, []).append(name)
    ranked = sorted(names.items(), key=lambda item: -len(item[1]))
    actors, left = [], MOST_LISTED
    for index, found in ranked:
        entry = watchlist.actors[index]
        listed = tuple(_mention(reading, name) for name in found[: min(MOST_MENTIONS, max(left, 1))])
        left -= len(listed)
        actors.append(
            Actor(id=entry.id, name=entry.name, kind=entry.kind, side=entry.side, count=len(found), mentions=listed)
        )
    return tuple(actors)


def _mention(reading: Reading, name: Named) -> Mention:
    field = reading.title if name.field == "title" else reading.text
    start, end = field.folded.span(name.start, name.end)
    return Mention(field=name.field, start=start, end=end, text=field.original[start:end])


def _quotes(reading: Reading, named: Sequence[Named], watchlist: CompiledWatchlist) -> tuple[Quote, ...]:
    field = reading.text
    found = []
    in_text = [name for name in named if name.field == "text"]
    for quote in islice(quotes(field, reading.language, in_text, watchlist.actors), MOST_QUOTES):
        start, end = field.folded.span(quote.start, quote.end)
        actor = watchlist.actors[quote.actor] if quote.actor is not None else None
        found.append(
            Quote(
                speaker=actor.name if actor else quote.speaker,
                speaker_id=actor.id if actor else None,
                text=field.original[start:end],
                start=start,
                end=end,
            )
        )
    return tuple(found)
