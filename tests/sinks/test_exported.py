"""Exports and replays read the archive page by page, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import Engine

from pipeline.messages import Outlet
from pipeline.testing import NOON
from sinks.archived import archived_articles
from sinks.exported import COLUMNS, What, exported
from sinks.search import Filter
from sinks.store import Store
from sinks.stored import PAGE
from tests.sinks.builders import Clock, make_actor, make_article, make_event, make_tagged, make_tagging

MANY = PAGE + 3


def stored(engine: Engine, clock: Clock) -> None:
    store = Store(engine, clock)
    for number in range(MANY):
        article = make_article(str(number), published=NOON - timedelta(minutes=number))
        actors = (make_actor("asean", 2), make_actor("russia"))
        store.write([make_tagged(article, make_tagging("w", "direct", *actors), make_tagging("v", "none"))])
    store.write([make_event("opened", article=make_article("0"))])


def test_as_many_rows_as_there_are_come_oldest_first(engine: Engine, clock: Clock) -> None:
    stored(engine, clock)
    judged = list(exported(engine, "articles", Filter()))
    assert len(judged) == 2 * MANY
    assert [row["published"] for row in judged] == sorted(row["published"] for row in judged)
    assert {(row["watchlist"], *row["actors"]) for row in judged} == {("w", "asean", "russia"), ("v", "asean")}
    assert len(list(exported(engine, "mentions", Filter(watchlist="w")))) == 2 * MANY
    assert len(list(exported(engine, "quotes", Filter(since=NOON - timedelta(minutes=9, seconds=1))))) == 20
    assert len(list(exported(engine, "articles", Filter(actors=["russia"], levels=["direct"])))) == MANY


@pytest.mark.parametrize("what", get_args(What))
def test_every_row_has_the_columns_of_its_export(engine: Engine, clock: Clock, what: What) -> None:
    stored(engine, clock)
    for row in exported(engine, what, Filter()):
        assert set(row) == set(COLUMNS[what])


def test_articles_come_back_as_the_messages_they_were(engine: Engine, clock: Clock) -> None:
    first = make_article("first", image="https://cdn.example/1.jpg", revision=2, section="World", language="en")
    bare = make_article("bare", outlet=Outlet(name="Bare"), published=NOON - timedelta(hours=9), language="en")
    untold = make_article("untold", text="", language="en")
    later = make_article("later", published=NOON + timedelta(hours=1), language="en")
    Store(engine, clock).write([make_tagged(one) for one in (first, bare, untold, later)])
    assert list(archived_articles(engine, NOON - timedelta(days=1), NOON)) == [bare, first]
    assert list(archived_articles(engine, NOON - timedelta(hours=1), NOON)) == [first]
