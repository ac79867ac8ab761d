"""An alert in words: the pieces that every channel for people is made of, inert."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pipeline.messages import Alert

Inert = Callable[[str, int], str]

TITLE_LENGTH = 300
SENTENCE_LENGTH = 400
NAME_LENGTH = 80
ACTORS = 8
"""Actors that are named; the rest are counted."""

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def title(alert: Alert, inert: Inert) -> str:
    """Return the headline, or what stands for it."""
    return inert(alert.title, TITLE_LENGTH) or "(no title)"


def outlet(alert: Alert, inert: Inert) -> str:
    """Return the outlet with its country."""
    country = f" ({inert(alert.outlet.country, NAME_LENGTH)})" if alert.outlet.country else ""
    return inert(alert.outlet.name, NAME_LENGTH) + country


def time(alert: Alert) -> str:
    """Return when it was published, in UTC, and how long after that it was alerted."""
    return f"{alert.published:%Y-%m-%d %H:%M} UTC, alerted {_lag(alert.published, alert.created)} later"


def _lag(start: datetime, end: datetime) -> str:
    seconds = max(int((end - start).total_seconds()), 0)
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def why(alert: Alert, inert: Inert) -> str:
    """Return the first sentence of the text that carried the score, since the title is shown anyway; or nothing."""
    sentence = next((found for found in alert.evidence if found.field == "text"), None)
    return inert(sentence.text, SENTENCE_LENGTH) if sentence else ""


def actors(alert: Alert, inert: Inert) -> str:
    """Return the names of the actors."""
    named = ", ".join(inert(name, NAME_LENGTH) for name in alert.actors[:ACTORS])
    more = len(alert.actors) - ACTORS
    return f"{named} and {more} more" if more > 0 else named


def judgement(alert: Alert, inert: Inert) -> str:
    """Return the watchlist, and how much the article is about it."""
    return f"{inert(alert.watchlist, NAME_LENGTH)} · {alert.level} · {alert.relevance:.2f}"
