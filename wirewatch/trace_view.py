"""The way of articles as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sinks.accounts import ENDS, Count, totals
from sinks.inert import line, link
from sinks.traced import Step, Trace

MOST_REASONS = 20
"""Reasons that are shown of those for which entries ended."""


def trace_lines(trace: Trace) -> Iterator[str]:
    """Yield a trace on lines, the fields of a step separated by tabs."""
    yield f"{link(trace.url) or line(trace.url)}\t{trace.entry}"
    for step in trace.steps:
        yield "\t".join((_time(step), step.stage, step.outcome, line(step.detail, 400)))
    yield f"end\t{line(trace.end, 400)}"


def show_trace(trace: Trace, console: Console) -> None:
    """Print a trace as a table, and how it ends."""
    console.print(Text(link(trace.url) or line(trace.url), style="bold"))
    table = Table(box=None, pad_edge=False)
    for name in ("time", "stage", "outcome", ""):
        table.add_column(name)
    for step in trace.steps:
        table.add_row(_time(step), step.stage, step.outcome, Text(line(step.detail, 400)))
    console.print(table)
    console.print(Text(line(trace.end, 400)))


def funnel_lines(counts: Sequence[Count]) -> Iterator[str]:
    """Yield each group on one line: its name, the entries seen, and of them those of each end."""
    yield "\t".join(("group", "seen", *ENDS))
    for group, ends, total in totals(list(counts)):
        yield "\t".join((line(group) or "all", str(total), *(str(ends[end]) for end in ENDS)))


def show_funnel(counts: Sequence[Count], console: Console) -> None:
    """Print what became of the entries, what the stored ones led to, and why others ended."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in ("seen", *ENDS):
        table.add_column(name, justify="right")
    for group, ends, total in totals(list(counts)):
        table.add_row(Text(line(group) or "all"), str(total), *(str(ends[end]) for end in ENDS))
    console.print(table)
    relevant, told = sum(one.relevant for one in counts), sum(one.in_stories for one in counts)
    console.print(f"of those stored {relevant} are relevant and {told} in a story")
    reasons: dict[tuple[str, str, str], int] = {}
    for one in counts:
        if one.reason:
            key = (one.end, one.stage, one.reason)
            reasons[key] = reasons.get(key, 0) + one.entries
    for (end, stage, reason), number in sorted(reasons.items(), key=lambda pair: -pair[1])[:MOST_REASONS]:
        console.print(Text(f"{number:7} {end} by {stage}: {line(reason, 200)}"))


def _time(step: Step) -> str:
    return step.at.strftime("%Y-%m-%d %H:%M:%S") if step.at else "-"
