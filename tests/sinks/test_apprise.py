from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from pipeline.messages import Evidence, Outlet
from sinks.apprise import Apprise
from sinks.channels import DeliveryError
from tests.sinks.builders import HOSTILE, make_alert
from tests.sinks.receiver import CLOSE, Receiver, receiving
from tests.sinks.test_inert import steering


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def json_url(receiver: Receiver) -> str:
    return receiver.url.replace("http://", "json://me:SECRET@")


def test_a_service_gets_the_alert_as_plain_text(receiver: Receiver) -> None:
    Apprise(json_url(receiver)).send(make_alert(title="Rice for oil"))
    [(_, body)] = receiver.requests
    message = orjson.loads(body)
    assert message["title"] == "Rice for oil"
    assert message["message"].splitlines() == [
        "The Example (ID) · 2025-03-14 11:30 UTC, alerted 30 min later",
        "Why: They signed it.",
        "Actors: ASEAN",
        "w · direct · 0.90",
        "https://news.example/a",
    ]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_text_is_inert(receiver: Receiver, title: str) -> None:
    evidence = Evidence(field="text", start=0, end=1, text=title, reasons=())
    hostile: dict[str, Any] = {"outlet": Outlet(name=title, country="ID"), "actors": (title,), "evidence": (evidence,)}
    Apprise(json_url(receiver)).send(make_alert(title=title, url="https://x.example/@here", **hostile))
    [(_, body)] = receiver.requests
    message = orjson.loads(body)
    text = message["title"] + message["message"].replace("\n", "")
    assert steering(text) == []
    assert len(message["message"].splitlines()) == 5
    for call in ("<", "@channel", "@everyone", "@here", "@U12345", "]("):
        assert call not in text


@pytest.mark.parametrize("status", [302, 307, 400, 429, 500, CLOSE])
def test_what_a_service_does_not_take_is_a_failed_delivery(receiver: Receiver, status: int) -> None:
    receiver.answer(status, Location=receiver.url)
    with pytest.raises(DeliveryError, match="apprise: failure") as raised:
        Apprise(json_url(receiver)).send(make_alert())
    assert not raised.value.permanent
    assert len(receiver.requests) == 1


def test_no_url_can_ask_for_redirects_to_be_followed(receiver: Receiver) -> None:
    receiver.answer(307, Location=receiver.url)
    with pytest.raises(DeliveryError):
        Apprise(f"{json_url(receiver)}?redirect=yes").send(make_alert())
    assert len(receiver.requests) == 1


def test_the_name_of_a_channel_is_its_own_and_stays() -> None:
    one, other = Apprise("json://me:SECRET@host.example/a"), Apprise("json://me:SECRET@host.example/b")
    assert one.name == Apprise("json://me:SECRET@host.example/a").name
    assert one.name.startswith("json-")
    assert one.name != other.name


def test_no_secret_is_shown(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    channel = Apprise(json_url(receiver))
    receiver.answer(500)
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as raised:
        channel.send(make_alert())
    assert "SECRET" not in f"{channel!r} {channel.name} {raised.value!r} {caplog.text}"


@pytest.mark.parametrize("url", ["nonsense://x", "http://host.example/", "slack://", ""])
def test_a_url_of_no_service_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="does not know"):
        Apprise(url)
