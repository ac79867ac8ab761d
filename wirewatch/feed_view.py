"""The feeds as a person reads them: tables on a terminal, one line a feed elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingest.discover import Found, newest
from ingest.feed_list import ListedFeed
from ingest.parsed import ParsedFeed
from sinks.inert import line
from wirewatch.feed_commands import Checked

LONGEST = 160
"""Characters of a failure on one line."""

STYLES = {"failing": "yellow", "retired": "dim", "disabled": "dim", "removed": "dim", "new": "cyan"}
WAYS = {
    "itself": "the address itself",
    "link": "named by the page",
    "page": "linked from the page",
    "robots": "named by robots.txt",
    "usual": "a usual place",
}
UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def span(seconds: float) -> str:
    """Return a length of time in its largest unit, as in 3 h."""
    for size, unit in UNITS:
        if seconds >= 2 * size or size == 1:
            return f"{seconds / size:.0f} {unit}"
    return "0 s"


def past(moment: datetime | None, now: datetime) -> str:
    """Return how long ago it was."""
    return "never" if moment is None else f"{span(max((now - moment) / timedelta(seconds=1), 0.0))} ago"


def due(moment: datetime | None, now: datetime) -> str:
    """Return in how long it will be."""
    if moment is None:
        return "-"
    return "now" if moment <= now else f"in {span((moment - now) / timedelta(seconds=1))}"


def rate(listed: ListedFeed) -> str:
    """Return the entries a day."""
    return "-" if listed.rate is None else f"{listed.rate:.1f}"


def lines(listed: ListedFeed, now: datetime, outlets: Mapping[str, str] | None = None) -> str:
    """Return a feed on one line, its fields separated by tabs; `outlets` are words on the health of outlets."""
    return "\t".join((
        listed.state,
        listed.feed.outlet.country or "-",
        line(listed.feed.outlet.name),
        listed.feed.url,
        past(listed.succeeded, now),
        past(listed.last_new_entry, now),
        due(listed.next_poll, now),
        rate(listed),
        _wrong(listed, outlets) or "-",
    ))  # fmt: skip


def _wrong(listed: ListedFeed, outlets: Mapping[str, str] | None) -> str:
    """Return what is wrong with a feed, and with the pages of its outlet."""
    health = (outlets or {}).get(listed.feed.outlet.name)
    return "; ".join(filter(None, (line(listed.problem or "", LONGEST), f"outlet: {health}" if health else "")))


def show_list(
    feeds: Sequence[ListedFeed], now: datetime, console: Console, outlets: Mapping[str, str] | None = None
) -> None:
    """Print feeds as a table; `outlets` are words on the health of outlets, by name, shown where there are any."""
    table = Table("state", "", "outlet", "feed", "succeeded", "last new", "next poll", box=None)
    table.add_column("a day", justify="right")
    table.add_column("what is wrong")
    for one in feeds:
        name = one.feed.outlet.name
        table.add_row(
            Text(one.state, STYLES.get(one.state, "")),
            one.feed.outlet.country or "",
            Text(line(name)),
            Text(line(one.feed.url), overflow="fold"),
            past(one.succeeded, now),
            past(one.last_new_entry, now),
            due(one.next_poll, now),
            rate(one),
            Text(_wrong(one, outlets)),
        )
    console.print(table)
    console.print(counts(feeds))


def counts(feeds: Sequence[ListedFeed]) -> str:
    """Return how many feeds there are, by state."""
    states = dict.fromkeys(one.state for one in feeds)
    each = ", ".join(f"{sum(one.state == state for one in feeds)} {state}" for state in states)
    return f"{len(feeds)} feeds" + (f": {each}" if each else "")


def in_words(feed: ParsedFeed | None, latest: datetime | None, problem: str | None, now: datetime) -> str:
    """Return what an address answered."""
    if feed is None:
        return f"FAILED: {line(problem or '', LONGEST)}"
    many = f"{len(feed.entries)} entries" if feed.entries else "no entries"
    age = f", the newest {past(latest, now)}" if latest else ", none with a date" if feed.entries else ""
    wrong = f"; {line('; '.join(feed.problems), LONGEST)}" if feed.problems else ""
    return f"{feed.format}, {many}{age}{wrong}"


def checked_line(checked: Checked, now: datetime, outlets: Mapping[str, str] | None = None) -> str:
    """Return what a feed answered, on one line, with what there is to say of its outlet's health."""
    health = (outlets or {}).get(checked.outlet)
    words = in_words(checked.feed, checked.newest, checked.problem, now)
    return f"{line(checked.outlet)}  {line(checked.url)}  {words}" + (f"; outlet: {health}" if health else "")


def found_line(found: Found, now: datetime) -> str:
    """Return a feed that was found, on one line."""
    latest = newest(found.feed, now) if found.feed else None
    title = f"{line(found.feed.title, 60)!r}, " if found.feed and found.feed.title else ""
    return f"{line(found.url)}  {title}{in_words(found.feed, latest, found.problem, now)}  ({WAYS[found.way]})"
