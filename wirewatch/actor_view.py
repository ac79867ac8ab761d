"""The actors as a person reads them: a table on a terminal, one line each elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sinks.inert import line, link
from sinks.stored import SeenCandidate


def candidate_line(seen: SeenCandidate) -> str:
    """Return a candidate on one line, its fields separated by tabs."""
    return "\t".join((
        str(seen.count),
        str(seen.articles),
        line(seen.name),
        line(seen.title or "-"),
        seen.kind,
        ",".join(seen.languages),
        seen.first_seen.date().isoformat(),
        seen.last_seen.date().isoformat(),
        seen.watchlist,
        link(seen.example_url) or "-",
    ))  # fmt: skip


def show_candidates(found: Sequence[SeenCandidate], console: Console) -> None:
    """Print candidates as a table, the newest article of each beside it."""
    table = Table(box=None, pad_edge=False)
    table.add_column("named", justify="right")
    table.add_column("articles", justify="right")
    for name in ("name", "title", "kind", "languages", "first seen", "last seen", "newest article"):
        table.add_column(name)
    for seen in found:
        table.add_row(
            str(seen.count),
            str(seen.articles),
            Text(line(seen.name)),
            Text(line(seen.title or "", 40)),
            seen.kind,
            " ".join(seen.languages),
            seen.first_seen.date().isoformat(),
            seen.last_seen.date().isoformat(),
            Text(f"{line(seen.example_title, 60)}, {line(seen.example_outlet)} {link(seen.example_url)}"),
        )
    console.print(table)
    console.print(f"{len(found)} candidates")
