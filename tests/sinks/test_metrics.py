from __future__ import annotations

from datetime import timedelta

from pipeline.codec import trace_id
from pipeline.messages import Actor, Outlet
from pipeline.telemetry import Telemetry
from pipeline.testing import NOON, make_surge
from sinks.metrics import Metrics
from tests.sinks.builders import make_article, make_event, make_tagged, make_tagging


def make_actor(name: str, side: str | None, count: int = 1) -> Actor:
    return Actor(id=name, name=name, kind="state", side=side, count=count, mentions=())


def test_articles_are_counted_by_watchlist_level_and_language(telemetry: Telemetry) -> None:
    both = (make_tagging("v", "passing"), make_tagging("w", "none"))
    Metrics(telemetry).write([make_tagged(None, *both, language="th"), make_tagged(None, *both, language="th")])
    value = telemetry.registry.get_sample_value
    assert value("wirewatch_articles_total", {"watchlist": "v", "level": "passing", "language": "th"}) == 2
    assert value("wirewatch_articles_total", {"watchlist": "w", "level": "none", "language": "th"}) == 2


def test_themes_are_those_of_relevant_articles(telemetry: Telemetry) -> None:
    Metrics(telemetry).write([make_tagged(None, make_tagging("v", "passing"), make_tagging("w", "none"))])
    value = telemetry.registry.get_sample_value
    assert value("wirewatch_article_themes_total", {"watchlist": "v", "theme": "trade"}) == 1
    assert value("wirewatch_article_themes_total", {"watchlist": "w", "theme": "trade"}) is None


def test_stories_are_counted_by_kind(telemetry: Telemetry) -> None:
    Metrics(telemetry).write([make_event("opened"), make_event("updated"), make_event("updated")])
    value = telemetry.registry.get_sample_value
    assert value("wirewatch_story_events_total", {"watchlist": "w", "kind": "opened"}) == 1
    assert value("wirewatch_story_events_total", {"watchlist": "w", "kind": "updated"}) == 2


def test_the_delay_of_discovery_is_measured_where_the_publication_is_known(telemetry: Telemetry) -> None:
    late = make_article("late", published=NOON - timedelta(minutes=5), discovered=NOON)
    ahead = make_article("ahead", published=NOON + timedelta(hours=1), discovered=NOON)
    unknown = make_article("unknown", published_basis="discovered")
    Metrics(telemetry).write([make_tagged(late), make_tagged(ahead), make_tagged(unknown)])
    value = telemetry.registry.get_sample_value
    assert value("wirewatch_discovery_delay_seconds_count") == 2
    assert value("wirewatch_discovery_delay_seconds_sum") == 300


def test_articles_are_counted_by_where_their_text_came_from(telemetry: Telemetry) -> None:
    page, summary = make_tagged(make_article()), make_tagged(make_article(text_source="feed-summary"))
    Metrics(telemetry).write([page, page, summary])
    assert telemetry.total("extractions_total", text_source="page") == 2
    assert telemetry.total("extractions_total", text_source="feed-summary") == 1
    assert telemetry.total("extraction_length_characters_count") == 3


def test_articles_are_counted_by_country_and_mentions_by_side(telemetry: Telemetry) -> None:
    actors = (
        make_actor("a", side="asean", count=2),
        make_actor("b", side="asean", count=3),
        make_actor("c", side=None),
    )
    found = make_tagging("w").model_copy(update={"actors": actors})
    here, nowhere = make_article("here"), make_article("nowhere", outlet=Outlet(name="N"))
    Metrics(telemetry).write([make_tagged(here, found), make_tagged(nowhere, make_tagging("w"))])
    assert telemetry.total("country_articles_total", country=here.outlet.country or "") == 1
    assert telemetry.total("country_articles_total", country="unknown") == 1
    assert telemetry.total("actor_mentions_total", side="asean", kind="state") == 5
    assert telemetry.total("actor_mentions_total", side="unknown") == 1


def test_the_sources_of_a_story_are_counted_when_it_closes(telemetry: Telemetry) -> None:
    closed = make_event("updated").model_copy(update={"kind": "closed", "sources": 4})
    Metrics(telemetry).write([make_event("opened"), closed])
    assert telemetry.total("story_sources_count", watchlist="w") == 1
    assert telemetry.total("story_sources_sum") == 4


def test_surges_are_counted_by_scope(telemetry: Telemetry) -> None:
    Metrics(telemetry).write([make_surge(scope="actor", watchlist="w")])
    assert telemetry.total("surges_total", watchlist="w", scope="actor") == 1


def test_a_delay_names_the_trace_of_its_article(telemetry: Telemetry) -> None:
    article = make_article("late", published=NOON - timedelta(minutes=5), discovered=NOON)
    Metrics(telemetry).write([make_tagged(article)])
    page = telemetry.page("application/openmetrics-text;version=1.0.0")[1].decode()
    assert f'trace_id="{trace_id(article.entry_id)}"' in page


def test_a_revision_is_not_counted_again(telemetry: Telemetry) -> None:
    revised = make_article("revised", revision=1)
    Metrics(telemetry).write([make_tagged(revised), make_event("opened", article=revised)])
    assert telemetry.total("articles_total") == 0
    assert telemetry.total("story_events_total") == 0
