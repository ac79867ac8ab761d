"""The alert ledger as a person reads it: a table on a terminal, one line an alert elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sinks.desk import Snooze
from sinks.inert import line, link
from wirewatch.feed_view import due, past

SHOWN_ID = 8
TITLE = 70
STYLES = {"failed": "yellow", "dead": "bold red", "held": "cyan", "snoozed": "cyan", "acknowledged": "dim"}

Entry = Mapping[str, Any]


def _title(entry: Entry) -> str:
    return line(str(entry["body"].get("title", "")), TITLE) or "(no title)"


def waits(entry: Entry, now: datetime) -> str:
    """Return what an alert waits for, or why it was given up."""
    problem = line(entry["problem"] or "", TITLE)
    if entry["due"] is not None:
        return f"{problem}, {due(entry['due'], now)}"
    if entry["digest"] is not None:
        return f"in the digest {entry['digest'][:SHOWN_ID]}"
    if entry["state"] == "failed":
        return f"{problem}; next try {due(entry['next_attempt'], now)}"
    return problem


def show_list(entries: Sequence[Entry], now: datetime, console: Console) -> None:
    """Print alerts as a table."""
    table = Table("id", "state", "kind", "rule", "channel", "entered", box=None, pad_edge=False)
    table.add_column("tries", justify="right")
    table.add_column("title")
    table.add_column("waits for, or is wrong")
    for entry in entries:
        table.add_row(
            entry["id"][:SHOWN_ID],
            Text(entry["state"], STYLES.get(entry["state"], "")),
            entry["kind"],
            entry["rule"],
            Text(entry["channel"]),
            past(entry["created"], now),
            str(entry["attempts"]),
            Text(_title(entry)),
            Text(waits(entry, now)),
        )
    console.print(table)
    counts = Counter(entry["state"] for entry in entries)
    each = ", ".join(f"{count} {state}" for state, count in counts.items())
    console.print(f"{len(entries)} alerts" + (f": {each}" if each else ""))


def one_line(entry: Entry, now: datetime) -> str:
    """Return an alert on one line, its fields separated by tabs."""
    fields = (entry["id"], entry["state"], entry["kind"], entry["rule"], entry["channel"], past(entry["created"], now))
    return "\t".join((*fields, str(entry["attempts"]), _title(entry), waits(entry, now) or "-"))


def show_one(entry: Entry, now: datetime, console: Console) -> None:
    """Print all there is to say of an alert."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in _facts(entry, now):
        if value:
            table.add_row(name, Text(value))
    console.print(table)


def _facts(entry: Entry, now: datetime) -> list[tuple[str, str]]:
    body = entry["body"]
    outlet = body.get("outlet") or {}
    return [
        ("alert", entry["id"]),
        ("state", entry["state"]),
        ("waits for, or is wrong", waits(entry, now)),
        ("rule, kind", f"{entry['rule']}, {entry['kind']}"),
        ("channel", entry["channel"]),
        ("title", _title(entry)),
        ("link", link(str(body.get("url", "")))),
        ("outlet", line(f"{outlet.get('name') or ''} {outlet.get('country') or ''}")),
        ("watchlist", line(entry["watchlist"])),
        ("story", entry["story"]),
        ("level, score", f"{body.get('level')}, {body.get('relevance')}"),
        ("published", str(body.get("published", ""))),
        ("discovered", str(body.get("discovered", ""))),
        ("entered", f"{entry['created']:%Y-%m-%d %H:%M:%S} UTC"),
        ("tries", str(entry["attempts"])),
        ("sent", f"{entry['sent']:%Y-%m-%d %H:%M:%S} UTC" if entry["sent"] else ""),
        ("changes", line("; ".join(f"{each['kind']} {each['detail']}" for each in body.get("changes", ())))),
        ("why", line(" … ".join(each["text"] for each in body.get("evidence", ())))),
        ("tells of", "\n".join(f"{each['alert'][:SHOWN_ID]} {line(each['title'])}" for each in body.get("lines", ()))),
    ]  # fmt: skip


def as_json(entry: Entry) -> dict[str, Any]:
    """Return an alert for other programs: the row, times in ISO 8601, with the message that is sent in `body`."""
    return {str(name): value.isoformat() if isinstance(value, datetime) else value for name, value in entry.items()}


def snooze_line(snooze: Snooze, now: datetime) -> str:
    """Return what is snoozed, on one line."""
    return f"{snooze.scope} {line(snooze.subject)} until {snooze.until:%Y-%m-%d %H:%M} UTC, {due(snooze.until, now)}"
