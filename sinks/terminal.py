"""Alerts on a terminal: a panel each; elsewhere one plain line each."""

from __future__ import annotations

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from pipeline.messages import Alert
from sinks import inert, wording
from sinks.channels import DeliveryError


class Terminal:
    """Prints to a console, which may be shared with whatever else is shown there."""

    name = "terminal"

    def __init__(self, console: Console) -> None:
        self._console = console

    def send(self, alert: Alert, /) -> None:
        """Print the alert. Raises DeliveryError when the output was closed."""
        try:
            if self._console.is_terminal:
                self._console.print(_panel(alert))
            else:
                self._console.print(Text(" | ".join(_parts(alert))), soft_wrap=True)
        except OSError as error:
            raise DeliveryError(f"terminal: {type(error).__name__}") from error
        except SystemExit as error:
            # rich ends the program when its output is a closed pipe; here that would end one thread, silently.
            raise DeliveryError("terminal: output was closed") from error

    def close(self) -> None:
        """Leave the console to its owner."""


def _parts(alert: Alert) -> list[str]:
    """Return what is said of the alert, title and judgement first."""
    parts = [
        wording.judgement(alert, inert.line),
        wording.title(alert, inert.line),
        wording.outlet(alert, inert.line),
        wording.time(alert),
    ]
    if why := wording.why(alert, inert.line):
        parts.append(f"why: {why}")
    if actors := wording.actors(alert, inert.line):
        parts.append(f"actors: {actors}")
    return [*parts, inert.link(alert.url)]


def _panel(alert: Alert) -> Panel:
    judgement, title, outlet, time, *rest = _parts(alert)
    # Text, never a string: rich would read markup and emoji codes in a string.
    body = Text("\n").join([Text(title, style="bold"), Text(f"{outlet} · {time}", style="cyan"), *map(Text, rest)])
    return Panel(body, title=Text(judgement), title_align="left", border_style="red")
