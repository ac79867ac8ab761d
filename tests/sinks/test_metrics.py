from __future__ import annotations

from datetime import timedelta

from pipeline.telemetry import Telemetry
from pipeline.testing import NOON
from sinks.metrics import Metrics
from tests.sinks.builders import make_article, make_event, make_tagged, make_tagging


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


def test_a_revision_is_not_counted_again(telemetry: Telemetry) -> None:
    revised = make_article("revised", revision=1)
    Metrics(telemetry).write([make_tagged(revised), make_event("opened", article=revised)])
    assert telemetry.total("articles_total") == 0
    assert telemetry.total("story_events_total") == 0
