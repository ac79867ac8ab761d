from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from pipeline.messages import Evidence, Mention
from sinks.channels import DeliveryError
from sinks.terminal import Terminal
from tests.sinks.builders import make_alert
from tests.sinks.channel_contract import ChannelContract, Stand


def shown(title: str = "Rice for oil", *, terminal: bool = False, **changes: Any) -> str:
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, color_system=None, width=200, legacy_windows=False)
    Terminal(console).send(make_alert(title=title, **changes))
    return output.getvalue()


class Screen(io.StringIO):
    """What a terminal shows; it can fail once."""

    failing = False

    def write(self, text: str, /) -> int:
        if self.failing:
            self.failing = False
            raise OSError(5, "Input/output error")
        return super().write(text)

    def received(self) -> list[str]:
        """Return what was shown, alert by alert: a line, or a panel that ends with its lower edge."""
        shown = self.getvalue()
        self.seek(0)
        self.truncate()
        return [part for part in re.split(r"(?<=╯)\n" if "╯" in shown else r"\n", shown) if part]


def make_stand(*, is_terminal: bool) -> Stand:
    screen = Screen()
    console = Console(
        file=screen, force_terminal=is_terminal, color_system=None, width=200, height=100, legacy_windows=False
    )

    def refuse() -> None:
        screen.failing = True

    return Stand(Terminal(console), screen.received, refuse, lambda: Terminal(console))


class TestPanels(ChannelContract):
    golden_name = "terminal"

    @pytest.fixture
    def stand(self) -> Stand:
        return make_stand(is_terminal=True)


class TestLines(ChannelContract):
    golden_name = "terminal-lines"

    @pytest.fixture
    def stand(self) -> Stand:
        return make_stand(is_terminal=False)


def test_names_are_set_off_where_the_output_can() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, color_system="standard", width=100, legacy_windows=False)
    evidence = Evidence(field="text", start=5, end=17, text="ASEAN signed", reasons=())
    mention = Mention(field="text", start=5, end=10, text="ASEAN")
    Terminal(console).send(make_alert(evidence=(evidence,), mentions=(mention,)))
    assert "why: \x1b[1;33mASEAN\x1b[0m signed" in output.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_an_alert_says_what_where_when_why_and_who(*, terminal: bool) -> None:
    text = shown(terminal=terminal)
    for part in (
        "Rice for oil",
        "The Example (ID)",
        "2025-03-14 11:30 UTC",
        "alerted 30 min later",
        "They signed it.",
        "ASEAN",
        "https://news.example/a",
        "w · direct · 0.90",
    ):
        assert part in text


def test_elsewhere_than_on_a_terminal_an_alert_is_one_line() -> None:
    long = "word " * 100
    evidence = Evidence(field="text", start=0, end=1, text=long, reasons=())
    text = shown(long, evidence=(evidence,))
    assert text.count("\n") == 1
    assert text.endswith("https://news.example/a\n")


def test_markup_and_emoji_codes_are_shown_as_written() -> None:
    title = "[bold red]markup[/bold red] :skull: [/]"
    assert title in shown(title, terminal=True)
    assert title in shown(title)


def test_many_actors_are_counted() -> None:
    assert "actors: a, b, c, d, e, f, g, h and 2 more" in shown(actors=tuple("abcdefghij"))


@pytest.mark.parametrize(("lag", "said"), [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (7200, "2 h"), (86400 * 3, "3 d")])
def test_the_lag_is_said_in_its_largest_unit(lag: int, said: str) -> None:
    alert = make_alert()
    assert f"alerted {said} later" in shown(published=alert.created - timedelta(seconds=lag))


class BrokenPipe(io.StringIO):
    def write(self, text: str, /) -> int:
        raise BrokenPipeError


def test_a_closed_output_is_a_failed_delivery() -> None:
    class Closing(Console):
        def on_broken_pipe(self) -> None:
            raise SystemExit(1)

    with pytest.raises(DeliveryError, match="output was closed"):
        Terminal(Closing(file=BrokenPipe())).send(make_alert())


def test_a_full_disk_behind_the_output_is_a_failed_delivery() -> None:
    class Full(io.StringIO):
        def write(self, text: str, /) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(DeliveryError, match="OSError"):
        Terminal(Console(file=Full())).send(make_alert())
