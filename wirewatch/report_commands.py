"""The report of a period: what is in it, and where it is written to."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pipeline.errors import InputError
from pipeline.settings import Settings
from sinks.summary import summary
from wirewatch import report_pages, wiring
from wirewatch.since import since as begin_of


def report(
    settings: Settings, since: str, now: datetime, watchlist: str | None, form: report_pages.ReportFormat
) -> str:
    """Return the report of the time from `since` to now. Raises InputError."""
    begin = begin_of(since, now)
    lists = {one.id: one for one in wiring.load_watchlists(settings)}
    if watchlist is not None and watchlist not in lists:
        raise InputError("--watchlist", f"{watchlist!r} is no watchlist's id", f"Use {', '.join(lists)}.")
    themes = {theme.id: theme.name for one in lists.values() for theme in one.themes}
    names = {**themes, **{one.id: one.source.name for one in lists.values()}}
    with wiring.archive(settings) as engine:
        found = summary(engine, begin, now, watchlist)
    return report_pages.render(found, names, form, now)


def write(text: str, output: Path) -> None:
    """Write a report to a file. Raises InputError."""
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        remedy = "Name a file in a writable folder."
        raise InputError(str(output), f"cannot be written: {error.strerror}", remedy) from None
