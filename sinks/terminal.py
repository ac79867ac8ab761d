"""Alerts on a terminal: a panel each; elsewhere one plain line each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from pipeline.messages import Alert
from sinks import marks
from sinks.channels import DeliveryError
from sinks.wording import MARKED, Words, words


class Terminal:
    """Prints to a console, which may be shared with whatever else is shown there."""

    name = "terminal"

    def __init__(self, console: Console) -> None:
        self._console = console

    def send(self, alert: Alert, /) -> None:
        """Print the alert. Raises DeliveryError when the output was closed."""
        found = words(alert, MARKED)
        try:
            if self._console.is_terminal:
                self._console.print(_panel(found))
            else:
                parts = [Text(_judgement(found)), Text(found.title), *_about(found), *_rest(found)]
                self._console.print(Text(" | ").join(parts), soft_wrap=True)
        except OSError as error:
            # rich keeps what it could not write, and would write it before the next alert: the capture takes it away.
            with contextlib.suppress(OSError), self._console.capture():
                pass
            raise DeliveryError(f"terminal: {type(error).__name__}") from error
        except SystemExit as error:
            # rich ends the program when its output is a closed pipe; here that would end one thread, silently.
            raise DeliveryError("terminal: output was closed") from error

    def close(self) -> None:
        """Leave the console to its owner."""


def _panel(found: Words) -> Panel:
    # Text, never a string: rich would read markup and emoji codes in a string.
    about = Text(" · ").join(_about(found))
    about.stylize("cyan")
    body = Text("\n").join([Text(found.title, style="bold"), *([about] if about else []), *_rest(found)])
    return Panel(body, title=Text(_judgement(found)), title_align="left", border_style="red")


def _judgement(found: Words) -> str:
    judged = f"{found.level} · {found.relevance}" if found.kind in ("story", "update") else found.kind
    return f"{found.watchlist} · {judged} · {found.key}"


def _about(found: Words) -> list[Text]:
    if found.kind not in ("story", "update"):
        return []
    return [Text(found.outlet), Text(f"{found.published}, alerted {found.lag} later")]


def _rest(found: Words) -> Iterator[Text]:
    if found.surge:
        yield Text(found.surge)
    for line in found.lines:
        yield Text(f"{line.title}, {line.outlet} {line.link}".rstrip())
    if found.lines and found.omitted:
        yield Text(f"and {found.omitted} more")
    if found.news:
        yield Text(f"new: {'; '.join(found.news)}")
    for sentence in found.why:
        yield Text("why: ").append_text(_marked(sentence))
    for quote in found.quotes:
        yield Text(f"quote: “{quote.text}” — {quote.speaker or 'speaker not named'}")
    if found.actors:
        yield Text(f"actors: {found.actors}")
    if found.carried:
        yield Text(f"carried by {found.carried}")
    yield Text(found.link)


def _marked(sentence: str) -> Text:
    return Text.assemble(*((part, "bold yellow" if is_name else "") for part, is_name in marks.pieces(sentence)))
