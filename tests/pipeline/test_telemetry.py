from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import InputError, Retry
from pipeline.metrics_server import LARGEST_POST, MetricsServer
from pipeline.telemetry import Telemetry


class Checks:
    def __init__(self) -> None:
        self.health: dict[str, str] = {}
        self.readiness: dict[str, str] = {}


@pytest.fixture
def checks() -> Checks:
    return Checks()


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry()


@pytest.fixture
def address(checks: Checks, telemetry: Telemetry) -> Iterator[str]:
    telemetry.messages.labels("tagger", "passed").inc(3)
    server = MetricsServer(telemetry, "127.0.0.1", 0, health=lambda: checks.health, readiness=lambda: checks.readiness)
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_metrics_are_served(address: str) -> None:
    status, page = get(f"{address}/metrics")
    assert status == 200
    assert 'wirewatch_stage_messages_total{result="passed",stage="tagger"} 3.0' in page


def test_openmetrics_has_the_trace_of_a_delay(telemetry: Telemetry, address: str) -> None:
    telemetry.alert_seconds.labels("mail").observe(7.0, {"trace_id": "0af7651916cd43dd8448eb211c80319c"})
    asked = urllib.request.Request(
        f"{address}/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        kind, page = answer.headers["Content-Type"], answer.read().decode()
    assert kind.startswith("application/openmetrics-text; version=1.0.0")
    assert '_bucket{channel="mail",le="15.0"} 1.0 # {trace_id="0af7651916cd43dd8448eb211c80319c"} 7.0' in page
    assert page.endswith("# EOF\n")
    assert "trace_id" not in get(f"{address}/metrics")[1]


def test_the_disk_of_a_folder_is_shown_as_it_is(tmp_path: Path) -> None:
    telemetry = Telemetry()
    telemetry.watch_disk(tmp_path)
    assert telemetry.total("disk_size_bytes") >= telemetry.total("disk_free_bytes") > 0


def test_health_and_readiness_name_their_problems(address: str, checks: Checks) -> None:
    assert get(f"{address}/healthz")[0] == 200
    checks.health = {"fetcher": "no progress"}
    checks.readiness = {"store": "not connected"}
    status, body = get(f"{address}/healthz")
    assert (status, json.loads(body)["problems"]) == (503, {"fetcher": "no progress"})
    status, body = get(f"{address}/readyz")
    assert (status, json.loads(body)["problems"]) == (503, {"store": "not connected"})


def test_another_path_is_not_found(address: str) -> None:
    assert get(f"{address}/")[0] == 404


def test_counters_are_named_noun_unit_total() -> None:
    page = Telemetry().page()[1].decode()
    families = dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE))
    ours = {name: kind for name, kind in families.items() if name.startswith("wirewatch_")}
    assert len(ours) > 20
    for name, kind in ours.items():
        assert re.fullmatch(r"wirewatch_[a-z]+(_[a-z]+)*", name)
        assert name.endswith("_total") == (kind == "counter"), name


def test_a_total_adds_up_the_samples_that_have_the_labels() -> None:
    telemetry = Telemetry()
    telemetry.articles.labels("asean-russia", "direct", "en").inc(2)
    telemetry.articles.labels("asean-russia", "direct", "th").inc(3)
    telemetry.articles.labels("asean-russia", "none", "th").inc(7)
    assert telemetry.total("articles_total", level="direct") == 5
    assert telemetry.total("articles_total", level="passing") == 0


def post(url: str, body: bytes) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_what_is_posted_is_handed_over_and_refused_with_the_reason() -> None:
    taken: list[bytes] = []

    def take(body: bytes) -> None:
        if body == b"wrong":
            raise InputError("body", "is wrong", "Mend it.")
        if body == b"later":
            raise Retry("the database is away")
        taken.append(body)

    posts = {"/notices": take}
    server = MetricsServer(Telemetry(), "127.0.0.1", 0, health=dict, readiness=dict, posts=posts)
    server.start()
    address = f"http://127.0.0.1:{server.port}"
    try:
        assert post(f"{address}/notices", b"right") == (200, "ok\n")
        assert post(f"{address}/notices", b"wrong") == (400, "body: is wrong\nMend it.\n")
        assert post(f"{address}/notices", b"later") == (503, "the database is away\n")
        assert post(f"{address}/notices", b"x" * (LARGEST_POST + 1))[0] == 413
        assert post(f"{address}/metrics", b"right")[0] == 404
    finally:
        server.stop()
    assert taken == [b"right"]
