from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from pipeline.http import HttpClient
from pipeline.messages import Evidence, Mention
from pipeline.telemetry import Telemetry
from sinks.channels import DeliveryError
from sinks.slack import Slack
from sinks.templating import Texts, sample
from tests.sinks.builders import HOSTILE, make_alert
from tests.sinks.channel_contract import ChannelContract, Stand, hostile_alert
from tests.sinks.receiver import Receiver, receiving
from tests.sinks.test_webhook import LOOPBACK


def make_slack(url: str) -> Slack:
    return Slack(url, lambda: HttpClient(LOOPBACK, "test", Telemetry()), Texts())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def channel(receiver: Receiver) -> Iterator[Slack]:
    channel = make_slack(receiver.url)
    yield channel
    channel.close()


def elements(body: dict[str, Any]) -> list[dict[str, Any]]:
    [block] = body["blocks"]
    [section] = block["elements"]
    assert (block["type"], section["type"]) == ("rich_text", "rich_text_section")
    found: list[dict[str, Any]] = section["elements"]
    return found


def as_shown(body: dict[str, Any]) -> str:
    """Return what Slack shows: bold between asterisks, links with their address behind."""
    shown = ""
    for element in elements(body):
        text = f"{element.get('text', '')}<{element['url']}>" if element["type"] == "link" else element["text"]
        shown += f"*{text}*" if element.get("style", {}).get("bold") else text
    return shown


class TestContract(ChannelContract):
    golden_name = "slack"

    @pytest.fixture
    def stand(self, channel: Slack, receiver: Receiver) -> Stand:
        def received() -> list[str]:
            requests, receiver.requests = receiver.requests, []
            bodies = [orjson.loads(body) for _, body in requests]
            return [f"{as_shown(body)}\n\ntext: {body['text']}" for body in bodies]

        return Stand(channel, received, lambda: receiver.answer(500), lambda: make_slack(receiver.url))


def test_names_are_bold_and_addresses_are_links(channel: Slack) -> None:
    evidence = Evidence(field="text", start=0, end=12, text="ASEAN signed", reasons=())
    alert = make_alert(
        title="Rice & oil", evidence=(evidence,), mentions=(Mention(field="text", start=0, end=5, text="ASEAN"),)
    )
    shown = elements(channel.body(alert))
    link = {"type": "link", "url": "https://news.example/a"}
    assert shown[0] == {**link, "text": "Rice & oil", "style": {"bold": True}}
    assert {"type": "text", "text": "ASEAN", "style": {"bold": True}} in shown
    assert shown[-1] == link


def test_a_digest_links_each_of_its_lines(channel: Slack) -> None:
    shown = elements(channel.body(sample("digest")))
    assert [element["url"] for element in shown if element["type"] == "link"] == ["https://news.example/a"]


@pytest.mark.parametrize("title", HOSTILE)
def test_nothing_from_the_web_becomes_a_link_or_a_call(channel: Slack, title: str) -> None:
    body = channel.body(hostile_alert(title))
    links = {element["url"] for element in elements(body) if element["type"] == "link"}
    assert links == {"https://x.example/@here?a=%3Cb%3E"}
    assert {element["type"] for element in elements(body)} == {"text", "link"}
    for call in ("<", "@channel", "@everyone", "@here", "@U12345"):
        assert call not in body["text"]


def test_a_message_that_slack_refuses_is_not_tried_again(channel: Slack, receiver: Receiver) -> None:
    receiver.answer(400)
    with pytest.raises(DeliveryError, match=r"slack: the message is refused \(400\)") as raised:
        channel.send(make_alert())
    assert raised.value.permanent
    receiver.answer(429, Retry_After="30")
    with pytest.raises(DeliveryError, match="slack: HTTP 429") as raised:
        channel.send(make_alert())
    assert (raised.value.after, raised.value.permanent) == (30, False)
