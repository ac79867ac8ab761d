"""Every step that an article has taken, from the feed that named it to its alerts, or to where it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, or_, select

from pipeline.database import reading
from pipeline.tables import alerts, article_ids, articles, entries, feeds, outcomes, stories, story_articles, taggings


@dataclass(frozen=True, slots=True)
class Step:
    """What a stage did, and when; `at` is None where only the fact is known."""

    at: datetime | None
    stage: str
    outcome: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps of one article in their order, and how they end."""

    entry: str
    url: str
    steps: tuple[Step, ...]
    end: str


_ORDER = ("poller", "fetcher", "tagger", "store", "stories", "alerts")


def trace(engine: Engine, ids: Sequence[str], url: str) -> list[Trace]:
    """Return the traces of the entries with an id, an article's id or an address; none if it was never seen.

    Raises Retry.
    """
    with reading(engine) as connection:
        found = [_traced(connection, entry) for entry in _entries(connection, ids, url)]
        return found or [one for one in (_unseen(connection, ids, url),) if one]


def _entries(connection: Connection, ids: Sequence[str], url: str) -> list[Any]:
    own = select(article_ids.c.entry).where(article_ids.c.article.in_(ids))
    stored = select(articles.c.entry_id).where(or_(articles.c.id.in_(ids), articles.c.url == url))
    wanted = or_(entries.c.id.in_(ids), entries.c.url == url, entries.c.id.in_(own), entries.c.id.in_(stored))
    return list(connection.execute(select(entries).where(wanted).order_by(entries.c.seen)))


def _unseen(connection: Connection, ids: Sequence[str], url: str) -> Trace | None:
    """Return the trace of an article that no feed named: what came by a backfill has an article, but no entry."""
    wanted = or_(articles.c.id.in_(ids), articles.c.url == url)
    article = connection.execute(select(articles).where(wanted)).first()
    if article is None:
        return None
    steps = (*_outcomes(connection, article.entry_id), *_article(connection, article))
    return Trace(article.entry_id, article.url, _sorted(steps), "stored")


def _traced(connection: Connection, entry: Any) -> Trace:
    feed = connection.execute(select(feeds.c.outlet).where(feeds.c.url == entry.feed_url)).scalar()
    steps = [Step(entry.seen, "poller", "found", f"in {entry.feed_url}" + (f" of {feed}" if feed else ""))]
    if entry.revised is not None:
        steps.append(Step(entry.revised, "poller", "revised", f"revision {entry.revision}"))
    ended = list(_outcomes(connection, entry.id))
    steps += ended
    own = connection.execute(select(article_ids.c.article).where(article_ids.c.entry == entry.id)).scalar()
    wanted = or_(articles.c.id == (own or entry.id), articles.c.entry_id == entry.id)
    article = connection.execute(select(articles).where(wanted)).first()
    if article is not None:
        steps += _article(connection, article)
    return Trace(entry.id, entry.url, _sorted(steps), "stored" if article is not None else _end(ended))


def _end(ended: Sequence[Step]) -> str:
    if not ended:
        return "under way"
    last = max(ended, key=lambda step: step.at.timestamp() if step.at else 0.0)
    if last.outcome == "retried":
        return f"waiting at {last.stage}: {last.detail}"
    return f"{last.outcome} by {last.stage}: {last.detail}"


def _outcomes(connection: Connection, entry: str) -> Iterator[Step]:
    for row in connection.execute(select(outcomes).where(outcomes.c.entry == entry)):
        tries = f" ({row.attempts} tries)" if row.attempts > 1 else ""
        name = "dead-lettered" if row.outcome == "quarantined" else row.outcome
        yield Step(row.at, row.stage, name, f"{row.reason}{tries}")


def _article(connection: Connection, article: Any) -> Iterator[Step]:
    text = f"text from the {article.text_source}, {len(article.text)} characters"
    other = "" if article.id == article.entry_id else f", as {article.url}"
    yield Step(article.fetched, "fetcher", "fetched", text + other)
    for row in connection.execute(select(taggings).where(taggings.c.article == article.id)):
        yield Step(None, "tagger", row.level, f"{row.watchlist}, relevance {row.relevance:.2f}, in {article.language}")
    yield Step(article.stored, "store", "stored", f"as {article.id}")
    yield from _stories(connection, article.id)


def _stories(connection: Connection, article: str) -> Iterator[Step]:
    placed = (
        select(story_articles, stories.c.title, stories.c.opened)
        .join(stories)
        .where(story_articles.c.article == article)
    )
    for row in connection.execute(placed):
        copied = f", a copy of {row.copy_of}" if row.copy_of else ""
        yield Step(None, "stories", "placed", f"{row.watchlist}, in {row.story}: {row.title}{copied}")
        yield from _alerts(connection, row.watchlist, row.story)


def _alerts(connection: Connection, watchlist: str, story: str) -> Iterator[Step]:
    wanted = select(alerts).where(alerts.c.watchlist == watchlist, alerts.c.story == story)
    for row in connection.execute(wanted.order_by(alerts.c.created)):
        why = f": {row.problem}" if row.problem else ""
        detail = f"{row.kind} of rule {row.rule} to {row.channel}{why}"
        yield Step(row.sent or row.created, "alerts", row.state, detail)


def _sorted(steps: Sequence[Step] | list[Step]) -> tuple[Step, ...]:
    """Return the steps by stage on the way, and by time at each."""

    def place(step: Step) -> tuple[int, float]:
        name = step.stage.removeprefix("backfill-")
        order = _ORDER.index(name) if name in _ORDER else len(_ORDER)
        return order, step.at.timestamp() if step.at else 0.0

    return tuple(sorted(steps, key=place))
