"""A rule that fires reaches the channels: by a real Alertmanager, with the configuration of the containers."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.metrics_server import MetricsServer
from pipeline.telemetry import Telemetry
from tests.deploy.demonstration import eventually, free_port
from tests.deploy.places import DEPLOY, PROMETHEUS, program, read_yaml

CONFIG = DEPLOY / "alertmanager" / "alertmanager.yml"
PACKAGE = "prometheus-alertmanager"


def test_the_configuration_is_valid() -> None:
    done = subprocess.run(
        [program("amtool", PACKAGE), "check-config", str(CONFIG)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [({"severity": "page"}, "channels"), ({"severity": "ticket"}, "channels"), ({"severity": "info"}, "nobody")],
)
def test_what_asks_somebody_to_act_goes_to_the_channels(labels: dict[str, str], receiver: str) -> None:
    given = [f"{name}={value}" for name, value in labels.items()]
    command = [program("amtool", PACKAGE), "config", "routes", "test", f"--config.file={CONFIG}", *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == receiver


def test_every_rule_that_is_named_exists() -> None:
    rules = {rule["alert"] for group in read_yaml(PROMETHEUS / "alerts.yml")["groups"] for rule in group["rules"]}
    matchers = [
        matcher
        for rule in read_yaml(CONFIG)["inhibit_rules"]
        for matcher in (*rule["source_matchers"], *rule["target_matchers"])
    ]
    assert {matcher.split('"')[1] for matcher in matchers} <= rules


def test_what_fires_arrives(tmp_path: Path) -> None:
    received: list[dict[str, Any]] = []
    server = MetricsServer(
        Telemetry(),
        "127.0.0.1",
        0,
        health=dict,
        readiness=dict,
        posts={"/notices": lambda body: received.append(json.loads(body))},
    )
    server.start()
    config = read_yaml(CONFIG)
    (webhook,) = next(each for each in config["receivers"] if each["name"] == "channels")["webhook_configs"]
    assert webhook["url"].startswith("http://alerts:9464/")
    webhook["url"] = webhook["url"].replace("alerts:9464", f"127.0.0.1:{server.port}")
    config["route"]["group_wait"] = "1s"
    file = tmp_path / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    listen = f"127.0.0.1:{free_port()}"
    command = [
        program(PACKAGE, PACKAGE), f"--config.file={file}", f"--storage.path={tmp_path / 'store'}",
        f"--web.listen-address={listen}", "--cluster.listen-address=",
    ]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        eventually(lambda: _post(f"http://{listen}/api/v2/alerts", _fired("DeadLetters", "ticket")))
        _post(f"http://{listen}/api/v2/alerts", _fired("Surge", "info"))
        eventually(lambda: bool(received), 30)
    finally:
        process.terminate()
        process.wait(30)
        server.stop()
    assert [told["labels"]["alertname"] for one in received for told in one["alerts"]] == ["DeadLetters"]


def _fired(name: str, severity: str) -> bytes:
    now = datetime.now(UTC)
    alert = {
        "labels": {"alertname": name, "severity": severity},
        "annotations": {"summary": name},
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
    }
    return json.dumps([alert]).encode()


def _post(url: str, body: bytes) -> bool:
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return bool(answer.status == 200)
    except urllib.error.URLError:
        return False
