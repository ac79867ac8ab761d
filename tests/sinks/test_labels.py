"""Judgements of articles, kept in the archive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from pipeline.messages import Level, TaggedArticle
from pipeline.testing import NOON
from sinks.labels import Label, labelled, save, unlabelled
from sinks.store import Store
from tests.sinks.builders import Clock, make_article, make_tagged, make_tagging

SINCE = NOON - timedelta(days=1)


def label(article: str = "a", level: Level = "direct", hours: float = 0, watchlist: str = "w", **changes: Any) -> Label:
    values = {"themes": ("trade",), "judged": NOON + timedelta(hours=hours)}
    return Label(watchlist, make_article(article).id, level, **(values | changes))


def tagged(name: str, relevance: float, watchlist: str = "w", **changes: Any) -> TaggedArticle:
    tagging = make_tagging(watchlist, "passing").model_copy(update={"relevance": relevance})
    return make_tagged(make_article(name, **changes), tagging, language="id")


def test_a_label_is_kept_and_comes_back_with_its_article(engine: Engine, clock: Clock) -> None:
    Store(engine, clock).write([tagged("a", 0.5)])
    given = [label("a"), label("gone", "none", themes=())]
    save(engine, given)
    save(engine, [])
    found = sorted(labelled(engine), key=lambda each: each.article is None)
    assert [each.label for each in found] == given
    assert found[0].article is not None
    assert (found[0].article.title, found[0].article.language, found[0].article.level) == (
        "Title of a",
        "id",
        "passing",
    )
    assert found[1].article is None


def test_the_later_of_two_labels_holds_in_whatever_order_they_come(engine: Engine) -> None:
    first, second = label(level="none", hours=0), label(level="passing", hours=1)
    for order in ([first, second], [second, first]):
        save(engine, order)
        assert [each.label for each in labelled(engine)] == [second]
    save(engine, [first])
    assert [each.label for each in labelled(engine)] == [second]


def test_labels_are_of_one_watchlist_each(engine: Engine) -> None:
    save(engine, [label(), label(watchlist="v", level="none")])
    assert [each.label.level for each in labelled(engine, "v")] == ["none"]
    assert len(list(labelled(engine))) == 2


def test_articles_nearest_to_a_threshold_are_asked_for_first_and_one_sided_ones_last(
    engine: Engine, clock: Clock
) -> None:
    relevances = {"sure": 0.99, "edge": 0.61, "one side": 0.0, "low": 0.05, "middle": 0.45, "judged": 0.6}
    messages = [tagged(name, relevance) for name, relevance in relevances.items()]
    messages += [tagged("old", 0.6, published=SINCE - timedelta(hours=1)), tagged("empty", 0.6, text="")]
    messages += [tagged("other", 0.6, watchlist="v")]
    Store(engine, clock).write(messages)
    save(engine, [label("judged"), label("edge", watchlist="v")])
    found = unlabelled(engine, "w", (0.3, 0.6), SINCE, 10)
    assert [each.title for each in found] == [
        f"Title of {name}" for name in ("edge", "middle", "low", "sure", "one side")
    ]
    assert [each.title for each in unlabelled(engine, "w", (0.3, 0.6), SINCE, 2)] == [
        "Title of edge",
        "Title of middle",
    ]
