"""What became of every entry that was ever seen: stored, dropped, dead-lettered, or still under way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Engine, Select, and_, case, exists, func, literal, or_, select

from pipeline.database import reading
from pipeline.tables import article_ids, articles, entries, feeds, outcomes, story_articles, taggings

By = Literal["outlet", "feed", "stage"]
End = Literal["stored", "dropped", "dead-lettered", "waiting", "under way"]

NOT_BEFORE_STORE = ("stories", "alerts", "metrics", "backfill-stories", "backfill-alerts", "backfill-metrics")
"""Stages beside the way of an article into the archive: what ends there does not end the article."""

ENDS: tuple[End, ...] = ("stored", "dropped", "dead-lettered", "waiting", "under way")
"""Waiting means that a stage will try again; both it and under way are no end yet."""


@dataclass(frozen=True, slots=True)
class Count:
    """Entries of a group that came to the same end at the same stage for the same reason, and what came of those."""

    group: str
    end: End
    stage: str
    reason: str
    entries: int
    relevant: int
    in_stories: int


def funnel(engine: Engine, begin: datetime, by: By | None = None) -> list[Count]:
    """Return what became of the entries seen since `begin`: each entry counts once. Raises Retry."""
    with reading(engine) as connection:
        return [Count(*row) for row in connection.execute(_funnel(begin, by))]


def _funnel(begin: datetime, by: By | None) -> Select[Any]:
    own = _own_article()
    stored = exists().where(or_(articles.c.id == own, articles.c.entry_id == entries.c.id))
    latest = _latest_outcome()
    relevant = exists().where(and_(taggings.c.article == own, taggings.c.level != "none"))
    in_story = exists().where(story_articles.c.article == own)
    end = case(
        (stored, "stored"),
        (latest.c.outcome == "dropped", "dropped"),
        (latest.c.outcome == "quarantined", "dead-lettered"),
        (latest.c.outcome == "retried", "waiting"),
        else_="under way",
    )
    stage = case((stored, "store"), else_=func.coalesce(latest.c.stage, ""))
    reason = case((stored, ""), else_=func.coalesce(latest.c.reason, ""))
    each = (
        select(
            _group(by, stage).label("grp"),
            end.label("end"),
            stage.label("stage"),
            reason.label("reason"),
            case((relevant, 1), else_=0).label("relevant"),
            case((in_story, 1), else_=0).label("in_story"),
        )
        .select_from(entries.outerjoin(latest, latest.c.entry == entries.c.id))
        .outerjoin(article_ids, article_ids.c.entry == entries.c.id)
        .outerjoin(feeds, feeds.c.url == entries.c.feed_url)
        .where(entries.c.seen >= begin)
        .subquery()
    )
    keys = (each.c.grp, each.c.end, each.c.stage, each.c.reason)
    return (
        select(*keys, func.count(), func.sum(each.c.relevant), func.sum(each.c.in_story))
        .group_by(*keys)
        .order_by(*keys)
    )


def _group(by: By | None, stage: ColumnElement[str]) -> ColumnElement[str]:
    if by == "outlet":
        return func.coalesce(feeds.c.outlet, entries.c.feed_url)
    if by == "feed":
        return entries.c.feed_url
    return stage if by == "stage" else literal("")


def _own_article() -> ColumnElement[str]:
    """Return the id of an entry's article: another than the entry's where its page named another address."""
    return func.coalesce(article_ids.c.article, entries.c.id)


def _latest_outcome() -> Any:
    """Return the last outcome of each entry on its way into the archive."""
    order = (outcomes.c.at.desc(), outcomes.c.stage.desc(), outcomes.c.message)
    rank = func.row_number().over(partition_by=outcomes.c.entry, order_by=order)
    ranked = (
        select(outcomes.c.entry, outcomes.c.outcome, outcomes.c.stage, outcomes.c.reason, rank.label("rank"))
        .where(outcomes.c.stage.not_in(NOT_BEFORE_STORE))
        .subquery()
    )
    return (
        select(ranked.c.entry, ranked.c.outcome, ranked.c.stage, ranked.c.reason).where(ranked.c.rank == 1).subquery()
    )


def totals(counts: list[Count]) -> Iterator[tuple[str, dict[End, int], int]]:
    """Yield each group with its entries by end and their sum, the largest first."""
    groups: dict[str, dict[End, int]] = {}
    for one in counts:
        ends = groups.setdefault(one.group, dict.fromkeys(ENDS, 0))
        ends[one.end] += one.entries
    for group, ends in sorted(groups.items(), key=lambda pair: (-sum(pair[1].values()), pair[0])):
        yield group, ends, sum(ends.values())
