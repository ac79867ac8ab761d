from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import orjson
import pytest
import structlog
from jsonschema import Draft202012Validator, ValidationError
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from pipeline.database import migrate, open_engine
from pipeline.http import HttpClient
from pipeline.messages import Alert
from pipeline.settings import AlertSettings, HttpSettings
from pipeline.telemetry import Telemetry
from sinks.channels import DeliveryError
from sinks.courier import Courier
from sinks.ledger import Ledger
from sinks.templating import KINDS, sample
from sinks.webhook import Webhook, payload
from tests.deploy.places import ROOT
from tests.sinks.builders import HOSTILE, Clock, alerting, make_alert, make_article, make_event
from tests.sinks.channel_contract import ChannelContract, Stand
from tests.sinks.receiver import CLOSE, HANG, Receiver, receiving
from tests.sinks.test_inert import steering

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOOPBACK = HttpSettings(timeout=0.5, allow_networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def channel(receiver: Receiver) -> Iterator[Webhook]:
    channel = make_channel(receiver.url)
    yield channel
    channel.close()


def make_channel(url: str, settings: HttpSettings = LOOPBACK) -> Webhook:
    return Webhook(url, SECRET, lambda: HttpClient(settings, "test", Telemetry()))


def refusal(channel: Webhook) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        channel.send(make_alert())
    return raised.value


def test_a_message_is_verified_by_the_receiver_and_names_its_idempotency_key(
    channel: Webhook, receiver: Receiver
) -> None:
    alert = make_alert()
    channel.send(alert)
    [(headers, body)] = receiver.requests
    document = Verifier(SECRET).verify(body, headers)
    assert headers["webhook-id"] == alert.id
    assert headers["content-type"] == "application/json"
    assert (document["type"], document["timestamp"]) == ("story.alert", "2025-03-14T12:00:00Z")
    assert Alert.model_validate(document["data"]) == alert


def test_another_secret_does_not_verify(channel: Webhook, receiver: Receiver) -> None:
    channel.send(make_alert())
    [(headers, body)] = receiver.requests
    with pytest.raises(WebhookVerificationError):
        Verifier("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").verify(body, headers)


def test_one_connection_carries_many_alerts_with_the_same_body_at_each_attempt(
    channel: Webhook, receiver: Receiver
) -> None:
    channel.send(make_alert())
    channel.send(make_alert())
    (_, first), (_, second) = receiver.requests
    assert first == second == payload(make_alert())


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(channel: Webhook, receiver: Receiver, status: int) -> None:
    receiver.answer(status)
    channel.send(make_alert())


@pytest.mark.parametrize("status", [301, 302, 400, 401, 404, 500, 502])
def test_everything_else_fails_for_now(channel: Webhook, receiver: Receiver, status: int) -> None:
    receiver.answer(status, Location="/elsewhere", Retry_After="77")
    error = refusal(channel)
    assert (error.reason, error.after, error.permanent) == (f"webhook: HTTP {status}", None, False)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_say_when_to_come_back(channel: Webhook, receiver: Receiver, status: int) -> None:
    receiver.answer(status, Retry_After="77")
    assert refusal(channel).after == 77
    receiver.answer(status, Retry_After=format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=True))
    after = refusal(channel).after
    assert after is not None
    assert 500 < after <= 600
    receiver.answer(status, Retry_After="soon")
    assert refusal(channel).after is None


def test_a_receiver_that_is_gone_is_told_nothing_more(channel: Webhook, receiver: Receiver) -> None:
    receiver.answer(410)
    assert refusal(channel).permanent


def test_a_receiver_that_hangs_or_closes_fails_and_the_next_alert_gets_through(
    channel: Webhook, receiver: Receiver
) -> None:
    receiver.answer(HANG)
    assert refusal(channel).reason == "webhook: timeout"
    receiver.answer(CLOSE)
    assert refusal(channel).reason.startswith("webhook: ")
    channel.send(make_alert())


def test_a_receiver_that_is_not_there_fails(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    channel = make_channel(f"http://127.0.0.1:{port}/")
    assert refusal(channel).reason == "webhook: connect"
    channel.close()


def test_an_address_that_is_not_public_is_refused_unless_allowed(receiver: Receiver) -> None:
    channel = make_channel(receiver.url, HttpSettings())
    assert refusal(channel).reason == "webhook: refused-address; see alerts.allow_networks"
    assert receiver.requests == []
    channel.close()


class TestContract(ChannelContract):
    golden_name = "webhook"
    shows_full_key = True

    @pytest.fixture
    def stand(self, channel: Webhook, receiver: Receiver) -> Stand:
        def received() -> list[str]:
            requests, receiver.requests = receiver.requests, []
            return [body.decode() for _, body in requests]

        return Stand(channel, received, lambda: receiver.answer(500), lambda: make_channel(receiver.url))


def test_a_body_is_as_its_published_schema_says() -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "webhook.v1.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for kind in KINDS:
        validator.validate(json.loads(payload(sample(kind))))
    with pytest.raises(ValidationError):
        validator.validate({**json.loads(payload(sample("story"))), "type": "another"})


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_arrives_as_it_is_but_steers_nothing(title: str) -> None:
    body = payload(make_alert(title=title))
    assert orjson.loads(body)["data"]["title"] == title
    assert steering(body.decode()) == []


def test_no_secret_is_shown(channel: Webhook, receiver: Receiver) -> None:
    receiver.answer(500)
    receiver.answer(CLOSE)
    with structlog.testing.capture_logs() as logs:
        errors = [refusal(channel), refusal(channel)]
    shown = f"{channel!r} {errors!r} {[error.__cause__ for error in errors]} {logs}"
    assert "SECRET" not in shown
    assert "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" not in shown


def test_every_alert_arrives_in_order_under_one_key_whatever_the_receiver_does(
    channel: Webhook, receiver: Receiver, tmp_path: Path
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    migrate(engine)
    clock = Clock()
    ledger = Ledger(engine, clock)
    names = [str(number) for number in range(6)]
    sink = alerting(ledger, ["webhook"], lambda: None)
    sink.write([make_event(story=name, article=make_article(name)) for name in names])
    for status in (500, 200, 429, 503, 200, HANG, CLOSE, 404, 200):
        receiver.answer(status, Retry_After="60")
    courier = Courier(ledger, channel, AlertSettings(), Telemetry())
    while ledger.pending():
        clock.advance(courier.step())
    arrived = list(dict.fromkeys(orjson.loads(body)["data"]["title"] for _, body in receiver.requests))
    assert arrived == [f"Title of {name}" for name in names]
    keys = {(headers["webhook-id"], orjson.loads(body)["data"]["story"]) for headers, body in receiver.requests}
    assert len(keys) == 6


def test_closing_a_channel_that_was_never_used_is_nothing(channel: Webhook) -> None:
    channel.close()
    channel.close()
