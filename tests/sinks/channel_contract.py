"""What every channel holds to: a test class mixes this in and gives a stand, a channel with its receiver."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from pipeline.messages import Alert, Change, Evidence, Mention, Outlet, Quote
from sinks.channels import Channel, DeliveryError
from sinks.templating import KINDS, sample
from tests.sinks import golden
from tests.sinks.builders import HOSTILE, make_alert
from tests.sinks.test_inert import steering

SECRETS = ("SECRET", "hunter2")
"""What the addresses and passwords of the stands hold."""

CALLS = ("<!", "<@", "<#", "@channel", "@everyone", "@here", "@U12345", "](http", "＠everyone")
"""What a chat service would act on."""


@dataclass(frozen=True)
class Stand:
    """A channel, what its receiver was shown since the last time it was asked, and a way to make it refuse once."""

    channel: Channel
    received: Callable[[], list[str]]
    refuse: Callable[[], None]
    again: Callable[[], Channel]


def hostile_alert(title: str) -> Alert:
    """Return an alert with the title in every place that the web fills."""
    everywhere: dict[str, Any] = {
        "outlet": Outlet(name=title, country="ID"),
        "actors": (title,),
        "outlets": (title, "Another"),
        "sources": 2,
        "evidence": (Evidence(field="text", start=10, end=10 + len(title), text=title, reasons=()),),
        "mentions": (Mention(field="text", start=11, end=14, text=title[1:4]),),
        "quotes": (Quote(speaker=title, text=title, start=0, end=len(title)),),
        "changes": (Change(kind="number", detail=title),),
        "url": "https://x.example/@here?a=<b>",
    }
    return make_alert(title=title, kind="update", **everywhere)


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Give what reaches the log of the program meanwhile, down to the least."""
    root, log = logging.getLogger(), io.StringIO()
    handler, level = logging.StreamHandler(log), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


class ChannelContract:
    """`stand` comes from a fixture of the class that mixes this in, `golden_name` is its golden file."""

    golden_name: ClassVar[str]
    is_chat: ClassVar[bool] = False
    shows_full_key: ClassVar[bool] = False

    def reviewed(self, shown: str) -> str:
        """Return the part of what is shown that a person reviews: of a whole message the title is enough."""
        found = re.search(r'"title":("(?:[^"\\]|\\.)*")', shown) if self.shows_full_key else None
        return found[1] if found else shown

    def test_every_kind_of_alert_arrives_with_its_key(self, stand: Stand) -> None:
        for kind in KINDS:
            alert = sample(kind)
            stand.channel.send(alert)
            [shown] = stand.received()
            assert (alert.id if self.shows_full_key else alert.id[:8]) in shown

    def test_an_alert_of_which_little_is_known_arrives(self, stand: Stand) -> None:
        bare: dict[str, Any] = {"evidence": (), "quotes": (), "actors": (), "mentions": (), "themes": ()}
        stand.channel.send(make_alert(title="", url="ftp://x.example/", outlet=Outlet(name=""), **bare))
        assert len(stand.received()) == 1

    def test_a_very_long_alert_arrives(self, stand: Stand) -> None:
        stand.channel.send(hostile_alert("Слово ทดสอบ " * 500))
        assert len(stand.received()) == 1

    @pytest.mark.parametrize("title", HOSTILE)
    def test_hostile_text_in_every_place_is_inert(self, stand: Stand, title: str) -> None:
        stand.channel.send(hostile_alert(title))
        [shown] = stand.received()
        assert steering(shown.replace("\r\n", "").replace("\n", "")) == []
        if self.is_chat:
            assert [call for call in CALLS if call in shown] == []

    def test_hostile_titles_read_as_they_were_reviewed(self, stand: Stand, pytestconfig: pytest.Config) -> None:
        found: dict[str, str] = {}
        for title in HOSTILE:
            stand.channel.send(make_alert(title=title))
            [shown] = stand.received()
            found[title] = self.reviewed(shown)
        golden.compare(self.golden_name, found, pytestconfig)

    def test_a_repeat_says_the_same(self, stand: Stand) -> None:
        for _ in range(2):
            stand.channel.send(make_alert())
        first, second = stand.received()
        assert first == second

    def test_a_refusal_is_told_without_a_secret_and_the_next_alert_gets_through(self, stand: Stand) -> None:
        stand.refuse()
        with logged() as log, pytest.raises(DeliveryError) as raised:
            stand.channel.send(make_alert())
        shown = f"{stand.channel!r} {stand.channel.name} {raised.value!r} {raised.value.__cause__!r} {log.getvalue()}"
        assert [secret for secret in SECRETS if secret in shown] == []
        stand.received()
        stand.channel.send(make_alert())
        assert len(stand.received()) == 1

    def test_its_name_outlives_it(self, stand: Stand) -> None:
        assert stand.again().name == stand.channel.name

    def test_it_can_be_closed_at_any_time(self, stand: Stand) -> None:
        unused = stand.again()
        unused.close()
        unused.close()
        stand.channel.send(make_alert())
        stand.channel.close()
        stand.channel.send(make_alert())
        assert len(stand.received()) == 2
