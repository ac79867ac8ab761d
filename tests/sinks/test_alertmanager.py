from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import orjson
import pytest

from pipeline.http import HttpClient
from pipeline.telemetry import Telemetry
from sinks.alertmanager import Alertmanager
from sinks.channels import DeliveryError
from sinks.templating import KINDS, Texts, sample
from tests.deploy.places import program
from tests.sinks.builders import HOSTILE, make_alert
from tests.sinks.channel_contract import ChannelContract, Stand, hostile_alert
from tests.sinks.receiver import receiving
from tests.sinks.test_webhook import LOOPBACK

CONFIGURATION = "route: {receiver: none}\nreceivers: [{name: none}]\n"
STARTS_WITHIN = 30.0


def make_alertmanager(url: str) -> Alertmanager:
    return Alertmanager(url, lambda: HttpClient(LOOPBACK, "test", Telemetry()), Texts())


class TestContract(ChannelContract):
    golden_name = "alertmanager"
    is_chat = True
    shows_full_key = True

    @pytest.fixture
    def stand(self) -> Iterator[Stand]:
        with receiving() as receiver:
            channel = make_alertmanager(receiver.url)

            def received() -> list[str]:
                requests, receiver.requests = receiver.requests, []
                return [shown(orjson.loads(body)) for _, body in requests]

            yield Stand(channel, received, lambda: receiver.answer(500), lambda: make_alertmanager(receiver.url))
            channel.close()


def shown(alerts: list[dict[str, Any]]) -> str:
    """Return what an Alertmanager passes on, without the time until which it fires."""
    [alert] = alerts
    return "\n".join(f"{name}: {value}" for name, value in (alert["labels"] | alert["annotations"]).items())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Alertmanager."""
    folder = tmp_path_factory.mktemp("alertmanager")
    (folder / "configuration.yml").write_text(CONFIGURATION)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    process = subprocess.Popen(
        [
            program("prometheus-alertmanager", "prometheus-alertmanager"),
            f"--config.file={folder / 'configuration.yml'}",
            f"--storage.path={folder}",
            f"--web.listen-address={address}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(address, process)
        yield f"http://{address}/"
    finally:
        process.terminate()
        process.wait(10)


def wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://{address}/-/ready", timeout=1).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    pytest.fail("the Alertmanager did not start")


def held(server: str) -> dict[str, dict[str, Any]]:
    """Return the alerts that the Alertmanager holds, by our id."""
    with urllib.request.urlopen(f"{server}api/v2/alerts", timeout=10) as answer:
        return {alert["labels"]["id"]: alert for alert in json.load(answer)}


@pytest.mark.prometheus
def test_a_real_alertmanager_takes_every_kind_of_alert_and_repeats_as_one(server: str) -> None:
    channel = make_alertmanager(server)
    alerts = [sample(kind).model_copy(update={"id": f"{number}" * 32}) for number, kind in enumerate(KINDS)]
    for alert in [*alerts, *alerts]:
        channel.send(alert)
    channel.close()
    found = held(server)
    assert found.keys() >= {alert.id for alert in alerts}
    for kind, alert in zip(KINDS, alerts, strict=True):
        taken = found[alert.id]
        assert taken["labels"]["alertname"] == f"wirewatch_{kind}"
        assert taken["status"]["state"] == "active"
        assert taken["annotations"]["summary"].endswith("Title")


@pytest.mark.prometheus
def test_a_real_alertmanager_takes_every_hostile_title(server: str) -> None:
    channel = make_alertmanager(server)
    alerts = [
        hostile_alert(title).model_copy(update={"id": f"hostile-{number}"}) for number, title in enumerate(HOSTILE)
    ]
    for alert in alerts:
        channel.send(alert)
    channel.close()
    assert held(server).keys() >= {alert.id for alert in alerts}


@pytest.mark.prometheus
@pytest.mark.parametrize("path", ["%zz", "таиланд", "a?b=c|d", "[x]", "a#b#c", "%00", "100%"])
def test_a_real_alertmanager_takes_links_that_are_no_good_addresses(server: str, path: str) -> None:
    channel = make_alertmanager(server)
    alert = make_alert(id=f"link-{path}", url=f"https://news.example/{path}")
    channel.send(alert)
    channel.close()
    assert alert.id in held(server)


def test_an_alert_that_is_refused_is_not_sent_again() -> None:
    with receiving() as receiver:
        receiver.answer(400)
        channel = make_alertmanager(receiver.url)
        with pytest.raises(DeliveryError, match=r"alertmanager: the alert is refused \(400\)") as raised:
            channel.send(make_alert())
        channel.close()
    assert raised.value.permanent


def test_an_alert_fires_for_an_hour_from_when_it_is_sent() -> None:
    with receiving() as receiver:
        channel = make_alertmanager(receiver.url)
        channel.send(make_alert())
        channel.close()
        [(_, body)] = receiver.requests
    [alert] = orjson.loads(body)
    assert alert["startsAt"] == "2025-03-14T12:00:00+00:00"
    assert timedelta(minutes=59) < datetime.fromisoformat(alert["endsAt"]) - datetime.now(UTC) <= timedelta(hours=1)


def test_the_path_of_the_api_follows_the_address(receiver_paths: list[str]) -> None:
    assert receiver_paths == ["/prefix/api/v2/alerts"]


@pytest.fixture
def receiver_paths() -> list[str]:
    asked: list[str] = []

    class Client:
        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *_: object) -> None:
            pass

        async def post(self, url: str, **_: Any) -> Any:
            asked.append(url.removeprefix("https://am.example"))
            raise ConnectionError

    with pytest.raises(ConnectionError):
        Alertmanager("https://am.example/prefix/", Client, Texts()).send(make_alert())
    return asked
