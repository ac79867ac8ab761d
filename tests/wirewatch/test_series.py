"""The number of series that a process shows does not grow with feeds and actors."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from ingest import feed_counts, feed_sync
from ingest.feeds import KINDS, Feed
from pipeline.database import migrate, open_engine
from pipeline.messages import Actor, Outlet
from pipeline.telemetry import Telemetry
from pipeline.testing import NOON, make_article, make_tagged, make_tagging
from sinks.metrics import Metrics

COUNTRIES = ("BN", "ID", "KH", "LA", "MM", "MY", "PH", "SG", "TH", "TL", "VN", "RU")
LANGUAGES = ("en", "ru", "vi", "th", "id", "ms", "tl", "km", "lo", "my")
SIDES = ("asean", "russia")
ACTOR_KINDS = ("state", "person", "organisation", "company", "place")


def outlet(number: int) -> Outlet:
    kind, country = KINDS[number % len(KINDS)], COUNTRIES[number % len(COUNTRIES)]
    return Outlet(name=f"outlet {number}", country=country, kind=kind)


def actor(number: int) -> Actor:
    kind, side = ACTOR_KINDS[number % len(ACTOR_KINDS)], SIDES[number % len(SIDES)]
    return Actor(id=f"actor-{number}", name=f"Actor {number}", kind=kind, side=side, count=1, mentions=())


def series(engine: Engine, feeds: int, actors: int) -> int:
    """Return the series of a process that has polled so many feeds and found so many actors in an article each."""
    telemetry = Telemetry()
    catalogue = [Feed(f"https://n{number}.example.org/feed", outlet(number)) for number in range(feeds)]
    feed_sync.sync(engine, catalogue, NOON, 600.0)
    feed_counts.Gauges(telemetry).show(feed_counts.count(engine, NOON))
    tagged = [
        make_tagged(
            article=make_article(url=f"https://n.example/{number}", outlet=outlet(number)),
            taggings=(make_tagging(actors=(actor(number),)),),
            language=LANGUAGES[number % len(LANGUAGES)],
        )
        for number in range(actors)
    ]
    Metrics(telemetry).write(tagged)
    return sum(1 for line in telemetry.page()[1].splitlines() if not line.startswith(b"#"))


def test_the_series_of_ten_thousand_feeds_and_five_thousand_actors_are_few(tmp_path: Path) -> None:
    few, many = (open_engine(f"sqlite:///{tmp_path / name}") for name in ("few.sqlite", "many.sqlite"))
    for engine in (few, many):
        migrate(engine)
    least = series(few, feeds=60, actors=60)
    assert series(many, feeds=10_000, actors=5_000) == least
    assert least < 500
