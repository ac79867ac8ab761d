from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.http import HttpClient
from pipeline.settings import AlertSettings, HttpSettings
from pipeline.telemetry import Telemetry
from sinks.channels import Channel
from sinks.configured import build_channels

WEBHOOK = {"webhook_url": "https://hooks.example/SECRET", "webhook_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}


def build(**settings: Any) -> tuple[Channel, ...]:
    alerts = AlertSettings.model_validate(settings)
    return build_channels(alerts, lambda: HttpClient(HttpSettings(), "test", Telemetry()))


def test_without_settings_the_terminal_is_told() -> None:
    assert [channel.name for channel in build()] == ["terminal"]


def test_every_channel_that_is_set_is_built(tmp_path: Path) -> None:
    urls = ["json://host.example/a", "json://host.example/b", "json://host.example/a"]
    names = [channel.name for channel in build(jsonl=tmp_path / "a.jsonl", apprise_urls=urls, **WEBHOOK)]
    assert names[:3] == ["terminal", "jsonl", "webhook"]
    assert len(names) == len(set(names)) == 5


def test_channels_of_every_kind_are_built_in_one_order() -> None:
    others = {
        "mail": {"host": "h.example", "sender": "a@x.example", "to": ["b@x.example"]},
        "slack_url": "https://hooks.example/SECRET",
        "teams_url": "https://flow.example/SECRET",
        "alertmanager_url": "http://alertmanager.example:9093",
        "syslog": {"host": "logs.example"},
    }
    names = [channel.name for channel in build(terminal=False, **others, **WEBHOOK)]
    assert names == ["webhook", "mail", "slack", "teams", "alertmanager", "syslog"]


def test_the_terminal_can_be_left_out() -> None:
    assert build(terminal=False) == ()


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({**WEBHOOK, "webhook_url": "hooks.example/SECRET"}, "alerts.webhook_url"),
        ({**WEBHOOK, "webhook_url": "ftp://hooks.example/SECRET"}, "alerts.webhook_url"),
        ({**WEBHOOK, "webhook_url": "https://me:SECRET@hooks.example/"}, "alerts.webhook_url"),
        ({**WEBHOOK, "webhook_secret": "SECRET!"}, "alerts.webhook_secret"),
        ({**WEBHOOK, "webhook_secret": "whsec_"}, "alerts.webhook_secret"),
        ({"slack_url": "hooks.example/SECRET"}, "alerts.slack_url"),
        ({"teams_url": "ftp://flow.example/SECRET"}, "alerts.teams_url"),
        ({"alertmanager_url": "https://me:SECRET@am.example/"}, "alerts.alertmanager_url"),
        (
            {"mail": {"host": "h", "sender": "desk", "to": ["b@x.example"], "user": "u", "password": "SECRET"}},
            "alerts.mail",
        ),
        (
            {"mail": {"host": "h", "sender": "a@b.example", "to": ["b@x.example"], "cafile": "none.pem"}},
            "alerts.mail.cafile",
        ),
        ({"syslog": {"host": "h", "protocol": "tls", "cafile": "none.pem"}}, "alerts.syslog.cafile"),
        ({"templates": "none"}, "alerts.templates"),
        ({"apprise_urls": ["json://host.example", "SECRET://x"]}, "alerts.apprise_urls[1]"),
    ],
)
def test_a_setting_that_makes_no_channel_is_named_but_not_shown(settings: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError) as raised:
        build(**settings)
    assert raised.value.place == place
    assert str(raised.value).count("\n") == 1
    assert "SECRET" not in f"{raised.value!r} {raised.value.__cause__!r}"


def test_a_folder_is_no_file_for_json_lines(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"alerts\.jsonl"):
        build(jsonl=tmp_path)
