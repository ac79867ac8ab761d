from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from pipeline.http import HttpClient
from pipeline.messages import Evidence, Mention
from pipeline.telemetry import Telemetry
from sinks.teams import Teams
from sinks.templating import Texts
from tests.sinks.builders import HOSTILE, make_alert
from tests.sinks.channel_contract import ChannelContract, Stand, hostile_alert
from tests.sinks.receiver import Receiver, receiving
from tests.sinks.test_webhook import LOOPBACK


def make_teams(url: str) -> Teams:
    return Teams(url, lambda: HttpClient(LOOPBACK, "test", Telemetry()), Texts())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def channel(receiver: Receiver) -> Iterator[Teams]:
    channel = make_teams(receiver.url)
    yield channel
    channel.close()


def card(body: dict[str, Any]) -> dict[str, Any]:
    [attachment] = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    found: dict[str, Any] = attachment["content"]
    return found


def as_shown(body: dict[str, Any]) -> str:
    found = card(body)
    lines = ["".join(run["text"] for run in block["inlines"]) for block in found["body"]]
    return "\n".join([*lines, *(f"[{action['title']}] {action['url']}" for action in found.get("actions", ()))])


class TestContract(ChannelContract):
    golden_name = "teams"

    @pytest.fixture
    def stand(self, channel: Teams, receiver: Receiver) -> Stand:
        def received() -> list[str]:
            requests, receiver.requests = receiver.requests, []
            return [as_shown(orjson.loads(body)) for _, body in requests]

        return Stand(channel, received, lambda: receiver.answer(500), lambda: make_teams(receiver.url))


def test_names_are_bold_and_the_link_is_a_button(channel: Teams) -> None:
    evidence = Evidence(field="text", start=0, end=12, text="ASEAN signed", reasons=())
    mention = Mention(field="text", start=0, end=5, text="ASEAN")
    found = card(channel.body(make_alert(evidence=(evidence,), mentions=(mention,))))
    runs = [run for block in found["body"] for run in block["inlines"]]
    assert {"type": "TextRun", "text": "ASEAN", "weight": "Bolder"} in runs
    assert [action["url"] for action in found["actions"]] == ["https://news.example/a"]


@pytest.mark.parametrize("title", HOSTILE)
def test_all_text_is_in_runs_that_teams_does_not_interpret(channel: Teams, title: str) -> None:
    found = card(channel.body(hostile_alert(title)))
    assert {block["type"] for block in found["body"]} == {"RichTextBlock"}
    assert {run["type"] for block in found["body"] for run in block["inlines"]} == {"TextRun"}


def test_the_largest_message_fits_into_what_teams_takes(channel: Teams) -> None:
    assert len(orjson.dumps(channel.body(hostile_alert("ทดสอบ " * 2000)))) < 28 * 1024
