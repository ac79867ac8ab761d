from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import requests
from apprise import URLBase

from sinks.apprise import Apprise
from sinks.channels import DeliveryError
from sinks.templating import Texts
from sinks.wording import CHAT
from tests.sinks.builders import make_alert
from tests.sinks.channel_contract import ChannelContract, Stand, logged
from tests.sinks.receiver import CLOSE, Receiver, receiving

TEXTS = Texts()

SHOWN = {"content", "text", "formatted_body", "body", "title", "message"}
"""Names under which the services are given what they show."""


class Services:
    """Every service there is, where no request leaves: takes all messages, but refuses one after `refuse`."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.refusing = False

    def answer(self, request: requests.PreparedRequest) -> requests.Response:
        response = requests.Response()
        response.request, response.url = request, str(request.url)
        body = orjson.loads(request.body) if request.body else {}
        if SHOWN & body.keys():
            self.sent.append(body)
        response.status_code = 400 if self.refusing and SHOWN & body.keys() else 200
        self.refusing = self.refusing and response.status_code == 200
        response._content = orjson.dumps(
            {"ok": True, "result": {}, "access_token": "a", "user_id": "@me:x", "home_server": "x", "room_id": "!r:x"}
        )
        return response

    def stand(self, url: str) -> Stand:
        def refuse() -> None:
            self.refusing = True

        return Stand(Apprise(url, TEXTS), self.received, refuse, lambda: Apprise(url, TEXTS))

    def received(self) -> list[str]:
        """Return what each message shows, in the order of its fields."""
        sent, self.sent = self.sent, []
        return ["\n".join(str(body[name]) for name in sorted(SHOWN & body.keys(), reverse=True)) for body in sent]


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    found = Services()
    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", lambda _, request, **__: found.answer(request))
    # Apprise spares the services by waiting between two requests; nobody is there to be spared.
    monkeypatch.setattr(URLBase, "throttle", lambda *_, **__: None)
    return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def json_url(receiver: Receiver) -> str:
    return receiver.url.replace("http://", "json://me:SECRET@")


def test_a_service_gets_the_alert_as_plain_text(receiver: Receiver) -> None:
    Apprise(json_url(receiver), TEXTS).send(make_alert(title="Rice for oil"))
    [(_, body)] = receiver.requests
    message = orjson.loads(body)
    assert message["title"] == "Rice for oil"
    assert message["message"].splitlines() == [
        "The Example (ID) · 2025-03-14 11:30 UTC, alerted 30 min later",
        "Why: They signed it.",
        "Quote: “We agree.” — A. Minister",
        "Actors: ASEAN",
        f"w · direct · 0.90 · {make_alert().id[:8]}",
        "https://news.example/a",
    ]


@pytest.mark.parametrize(
    ("status", "said"),
    [(302, "HTTP 302"), (400, "HTTP 400"), (429, "HTTP 429"), (500, "HTTP 500"), (CLOSE, "failure")],
)
def test_what_a_service_does_not_take_is_a_failed_delivery(receiver: Receiver, status: int, said: str) -> None:
    receiver.answer(status, Location=receiver.url)
    with pytest.raises(DeliveryError, match=f"apprise: {said}") as raised:
        Apprise(json_url(receiver), TEXTS).send(make_alert())
    assert not raised.value.permanent
    assert len(receiver.requests) == 1


def test_no_url_can_ask_for_redirects_to_be_followed(receiver: Receiver) -> None:
    receiver.answer(307, Location=receiver.url)
    with pytest.raises(DeliveryError):
        Apprise(f"{json_url(receiver)}?redirect=yes", TEXTS).send(make_alert())
    assert len(receiver.requests) == 1


def test_the_name_of_a_channel_is_its_own_and_stays() -> None:
    one, other = (Apprise(f"json://me:SECRET@host.example/{name}", TEXTS) for name in "ab")
    assert one.name == Apprise("json://me:SECRET@host.example/a", TEXTS).name
    assert one.name.startswith("json-")
    assert one.name != other.name


def test_no_secret_is_shown(receiver: Receiver) -> None:
    channel = Apprise(json_url(receiver), TEXTS)
    receiver.answer(500)
    with logged() as log, pytest.raises(DeliveryError) as raised:
        channel.send(make_alert())
    assert "SECRET" not in f"{channel!r} {channel.name} {raised.value!r} {log.getvalue()}"


def test_a_service_with_little_room_gets_the_longest_text_that_fits_with_its_link_whole() -> None:
    alert = make_alert(title="Rice for oil " * 20, evidence=(), quotes=())
    channel = Apprise("json://host.example/", TEXTS)
    long, short = TEXTS.message(alert, CHAT), TEXTS.short(alert, CHAT)
    for room, body in ((1000, long), (2 + len(alert.title) + len(short), short), (200, alert.url)):
        channel._room = room
        title, text = channel._fitting(alert)
        assert text == body
        assert len(title) + 2 + len(text) <= room


def test_phones_get_the_short_text(services: Services) -> None:
    services.stand("ntfy://host.example/topic").channel.send(make_alert())
    assert services.sent[0]["message"].splitlines() == [
        "The Example (ID) · 30 min ago",
        "They signed it.",
        f"w · {make_alert().id[:8]}",
        "https://news.example/a",
    ]


class TestDiscord(ChannelContract):
    golden_name = "discord"
    is_chat = True

    @pytest.fixture
    def stand(self, services: Services) -> Stand:
        return services.stand("discord://123456789012345678/SECRETSECRETSECRETSECRET")


class TestTelegram(ChannelContract):
    golden_name = "telegram"
    is_chat = True

    @pytest.fixture
    def stand(self, services: Services) -> Stand:
        return services.stand("tgram://123456789:SECRETSECRETSECRETSECRETSECRETSECRE/12345")


class TestNtfy(ChannelContract):
    golden_name = "ntfy"
    is_chat = True

    @pytest.fixture
    def stand(self, services: Services) -> Stand:
        return services.stand("ntfy://me:hunter2@host.example/topic")


class TestMatrix(ChannelContract):
    golden_name = "matrix"
    is_chat = True

    @pytest.fixture
    def stand(self, services: Services) -> Stand:
        return services.stand("matrixs://me:hunter2@host.example/!room:host.example?discovery=no")


class TestJson(ChannelContract):
    golden_name = "apprise-json"
    is_chat = True

    @pytest.fixture
    def stand(self, services: Services) -> Stand:
        return services.stand("json://me:hunter2@host.example/hook")


@pytest.mark.parametrize("url", ["nonsense://x", "http://host.example/", "slack://", ""])
def test_a_url_of_no_service_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="does not know"):
        Apprise(url, TEXTS)
