"""The stages as `wirewatch top` draws them: a table on a terminal, lines elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sinks.alerted import AlertSeen
from sinks.inert import line
from wirewatch.feed_view import past
from wirewatch.top import Frame, StageRow

COLUMNS = ("stage", "n", "per s", "retried", "dead", "behind", "held", "typical", "slow")
TITLE = 90
"""Characters of an alert's title and of a problem."""

KILO = 1000.0


def cells(row: StageRow) -> tuple[str, ...]:
    """Return a stage's fields as text."""
    return (
        row.stage,
        str(row.processes),
        "-" if row.rate is None else f"{row.rate:.1f}",
        f"{row.retried:.0f}",
        f"{row.dead:.0f}",
        f"{row.behind:.0f}",
        size(row.held),
        seconds(row.typical),
        seconds(row.slow),
    )


def size(count: float) -> str:
    """Return bytes in their largest unit."""
    for unit in ("B", "kB", "MB"):
        if count < KILO:
            return f"{count:.0f} {unit}"
        count /= KILO
    return f"{count:.1f} GB"


def seconds(value: float | None) -> str:
    """Return a length of time, short ones in milliseconds."""
    if value is None:
        return "-"
    return f"{value * KILO:.0f} ms" if value < 1 else f"{value:.1f} s"


def summary(frame: Frame) -> str:
    """Return feeds, waiting alerts and their delay on one line."""
    feeds = ", ".join(f"{count} {state}" for state, count in sorted(frame.feeds.items()) if count) or "none seen"
    typical, slow = frame.delay
    delay = f"; discovery to alert {seconds(typical)}, slow ones {seconds(slow)}" if typical is not None else ""
    return f"feeds: {feeds}; alerts waiting: {frame.pending}{delay}"


def alert_line(alert: AlertSeen, now: datetime) -> str:
    """Return an alert on one line."""
    problem = f" ({line(alert.problem, TITLE)})" if alert.problem and alert.state != "sent" else ""
    return f"{past(alert.created, now)}  {alert.channel}  {alert.state}  {line(alert.title, TITLE)}{problem}"


def plain(frame: Frame, alerts: Sequence[AlertSeen], now: datetime) -> str:
    """Return a frame as lines, the fields between tabs."""
    rows = ["\t".join(cells(row)) for row in frame.rows]
    problems = [f"no answer: {line(problem, TITLE)}" for problem in frame.problems]
    return "\n".join(["\t".join(COLUMNS), *rows, summary(frame), *problems, *(alert_line(one, now) for one in alerts)])


def drawn(frame: Frame, alerts: Sequence[AlertSeen], now: datetime) -> RenderableType:
    """Return a frame for a terminal; what needs a person is in colour."""
    title = f"wirewatch, the last {frame.seconds:.0f} s" if frame.seconds else "wirewatch"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "stage" else "right")
    for row in frame.rows:
        table.add_row(*cells(row), style="red" if row.dead else "yellow" if row.retried else "")
    lines = [Text(summary(frame)), *(Text(f"no answer: {line(one, TITLE)}", "red") for one in frame.problems)]
    told = [Text(alert_line(one, now), "red" if one.state == "dead" else "") for one in alerts]
    return Group(table, Text(), *lines, *([Text(), Text("last alerts", "bold"), *told] if told else []))
