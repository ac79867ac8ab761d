"""Every expression of every dashboard and rule returns data from a real Prometheus and a real PostgreSQL.

Both serve the running pipeline, which reads the sample site.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from tests.deploy.demonstration import Demonstration, demonstration, eventually
from tests.deploy.expressions import selectors
from tests.deploy.grafana import Shown, look
from tests.deploy.places import DASHBOARDS, RULES, panels, queries, read_dashboard, read_yaml
from tests.deploy.preview import page

WITHOUT_DATA = read_yaml(Path(__file__).parent / "without_data.yaml")
EVERY_DASHBOARD = pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
WEEK = timedelta(days=7)

pytestmark = [pytest.mark.prometheus, pytest.mark.postgres, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def demo(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    server = sqlalchemy.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sqlalchemy.text("CREATE DATABASE dashboards"))
    url = sqlalchemy.make_url(postgres_server).set(database="dashboards").render_as_string(hide_password=False)
    with demonstration(tmp_path_factory.mktemp("demonstration"), url) as demo:
        yield demo
    with server.connect() as connection:
        connection.execute(sqlalchemy.text("DROP DATABASE dashboards WITH (FORCE)"))
    server.dispose()


def shown(demo: Demonstration, dashboard: dict[str, Any]) -> Shown:
    now = datetime.now(UTC)
    return look(dashboard, demo.rows, now - WEEK, now + timedelta(minutes=1))


def empty(demo: Demonstration, expressions: dict[str, str]) -> set[str]:
    """Return the names of the expressions that Prometheus has no number for, once all that will come has come."""
    waiting = dict(expressions)

    def all_answered() -> bool:
        for name, expression in list(waiting.items()):
            if not all(math.isnan(value) for value in demo.prometheus.values(expression)):
                del waiting[name]
        return waiting.keys() <= set().union(*WITHOUT_DATA.values())

    eventually(all_answered, 60.0)
    return set(waiting)


@EVERY_DASHBOARD
def test_every_expression_of_prometheus_returns_data(path: Path, demo: Demonstration) -> None:
    dashboard = read_dashboard(path)
    screen = shown(demo, dashboard)
    asked = {
        f"{query.panel}: {query.legend}": screen.promql(query.expression) for query in queries(dashboard, "prometheus")
    }
    assert empty(demo, asked) == {name for name in WITHOUT_DATA.get(path.stem, {}) if name in asked}


@EVERY_DASHBOARD
def test_every_query_of_postgresql_returns_rows(path: Path, demo: Demonstration) -> None:
    dashboard = read_dashboard(path)
    screen = shown(demo, dashboard)
    bare = {
        query.panel
        for query in queries(dashboard, "postgres")
        if not [
            row for row in demo.rows(screen.sql(query.expression)) if any(value is not None for value in row.values())
        ]
    }
    names = {query.panel for query in queries(dashboard, "postgres")}
    assert bare == {name for name in WITHOUT_DATA.get(path.stem, {}) if name in names}


def test_every_series_that_a_rule_looks_at_is_there(demo: Demonstration) -> None:
    asked = {
        selector: selector
        for path in RULES
        for group in read_yaml(path)["groups"]
        for rule in group["rules"]
        for selector in selectors(rule["expr"])
    }
    assert len(asked) > 20
    assert empty(demo, asked) == set(WITHOUT_DATA["rules"])


def test_every_recorded_series_has_a_value(demo: Demonstration) -> None:
    recorded = {rule["record"]: rule["record"] for group in read_yaml(RULES[0])["groups"] for rule in group["rules"]}
    assert empty(demo, recorded) == set(WITHOUT_DATA["rules"])


@EVERY_DASHBOARD
def test_a_metric_by_another_name_returns_none(path: Path, demo: Demonstration) -> None:
    dashboard = read_dashboard(path)
    screen = shown(demo, dashboard)
    for query in queries(dashboard, "prometheus"):
        renamed = query.expression.replace("wirewatch_", "wirewatch_no_")
        if renamed != query.expression:
            values = demo.prometheus.values(screen.promql(renamed))
            assert all(math.isnan(value) for value in values), query.panel


def test_a_delay_leads_to_the_trace_of_an_article_that_is_stored(demo: Demonstration) -> None:
    now = datetime.now(UTC)
    found = demo.prometheus.exemplars("wirewatch_news_delay_seconds_bucket", now - WEEK, now + timedelta(minutes=1))
    traces = {exemplar["labels"]["trace_id"] for series in found for exemplar in series["exemplars"]}
    stored = {row["entry_id"].replace("-", "") for row in demo.rows("SELECT entry_id FROM articles")}
    assert traces
    assert traces <= stored


def test_the_preview_shows_every_panel_with_its_data(demo: Demonstration) -> None:
    shown = page(demo, datetime.now(UTC))
    for path in DASHBOARDS:
        for panel in panels(read_dashboard(path)):
            assert f"<h3>{html.escape(panel['title'])}</h3>" in shown
    assert re.findall(r'<div class="empty">(.*)</div>', shown) == ["No message has been dropped"]


def test_grafana_cannot_write(demo: Demonstration) -> None:
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"):
        demo.rows("DELETE FROM articles RETURNING id")


def test_the_tables_hold_what_json_can_say(demo: Demonstration) -> None:
    """The rows reach Grafana as JSON: what cannot be said in it would be an error there."""
    path = next(path for path in DASHBOARDS if path.stem == "coverage")
    screen = shown(demo, dashboard := read_dashboard(path))
    for query in queries(dashboard, "postgres"):
        json.dumps(demo.rows(screen.sql(query.expression)), default=str, allow_nan=False)
