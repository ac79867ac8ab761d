"""What became of one article, and of all; what is shown is in trace_view.py."""

from __future__ import annotations

from datetime import datetime

from ingest.urls import canonical_url
from pipeline.errors import InputError
from pipeline.messages import url_id
from pipeline.settings import Settings
from sinks import accounts, traced
from wirewatch import wiring
from wirewatch.since import since as begin_of

BY: tuple[accounts.By, ...] = ("outlet", "feed", "stage")


def trace(settings: Settings, wanted: str) -> list[traced.Trace]:
    """Return the steps of the article with an address or an id. Raises InputError where it was never seen."""
    url = wanted.strip()
    canonical = canonical_url(url) or url
    ids = [url_id(url), url_id(canonical)] if "://" in url else [url]
    with wiring.archive(settings) as engine:
        found = traced.trace(engine, ids, canonical)
    if not found:
        raise InputError("trace", f"{wanted!r} was never seen", "Give the address as a feed names it, or an id.")
    return found


def funnel(settings: Settings, since: str, now: datetime, by: str | None) -> list[accounts.Count]:
    """Return what became of the entries seen since then. Raises InputError for a bad `since` or `by`."""
    begin = begin_of(since, now)
    grouped = next((one for one in BY if one == by), None)
    if by is not None and grouped is None:
        raise InputError("--by", f"{by!r} is nothing to count by", f"Use {', '.join(BY)}.")
    with wiring.archive(settings) as engine:
        return accounts.funnel(engine, begin, grouped)
