"""An alert in words: the pieces that every channel for people is made of, inert."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pipeline.messages import Alert, Change, DigestLine, Outlet, Surge
from sinks import inert, marks

TITLE_LENGTH = 300
SENTENCE_LENGTH = 400
NAME_LENGTH = 80
SENTENCES = 3
QUOTES = 3
NAMES = 8
"""Actors and outlets that are named; the rest are counted."""

KEY_DIGITS = 8
"""Digits of an alert's id that a person is shown: enough to know it again, and for `wirewatch alerts show`."""

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))

_CHANGES = {
    "actor": "actor",
    "number": "number",
    "denial": "denial",
    "confirmation": "confirmation",
    "other-side": "report from the other side",
    "correction": "correction",
}


@dataclass(frozen=True, slots=True)
class Style:
    """How a channel makes text and links harmless, and shows a marked sentence (`sinks.marks`)."""

    text: Callable[[str, int], str]
    link: Callable[[str], str]
    mark: Callable[[str], str]


def _starred(text: str) -> str:
    return marks.replaced(text, "*", "*")


def _as_it_is(text: str) -> str:
    return text


PLAIN = Style(inert.line, inert.link, _starred)
"""Text that nothing interprets."""

CHAT = Style(inert.chat, inert.chat_link, _starred)
"""Text that a chat service may interpret."""

MARKED = Style(inert.line, inert.link, _as_it_is)
"""Text for whoever shows the marks in a way of its own."""


@dataclass(frozen=True, slots=True)
class Said:
    """A quote."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a digest."""

    title: str
    outlet: str
    news: tuple[str, ...]
    level: str
    link: str


@dataclass(frozen=True, slots=True)
class Words:
    """What can be said of an alert; templates use these names. What there is nothing to say of is empty."""

    kind: str
    key: str
    title: str
    outlet: str
    country: str
    published: str
    lag: str
    why: tuple[str, ...]
    actors: str
    quotes: tuple[Said, ...]
    carried: str
    sources: int
    news: tuple[str, ...]
    themes: tuple[str, ...]
    surge: str
    lines: tuple[Line, ...]
    omitted: int
    watchlist: str
    rule: str
    level: str
    relevance: str
    link: str


def words(alert: Alert, style: Style) -> Words:
    """Return the alert in the words of a style."""
    text = style.text
    return Words(
        kind=alert.kind,
        key=alert.id.replace("-", "")[:KEY_DIGITS],
        title=text(alert.title, TITLE_LENGTH) or "(no title)",
        outlet=_outlet(alert.outlet, style),
        country=text(alert.outlet.country or "", NAME_LENGTH),
        published=f"{alert.published:%Y-%m-%d %H:%M} UTC",
        lag=_lag(alert.published, alert.created),
        why=_why(alert, style),
        actors=_listed(alert.actors, style),
        quotes=tuple(
            Said(text(quote.speaker or "", NAME_LENGTH), text(quote.text, SENTENCE_LENGTH))
            for quote in alert.quotes[:QUOTES]
        ),
        carried=_carried(alert, style),
        sources=alert.sources,
        news=_news(alert.changes, style),
        themes=tuple(text(theme, NAME_LENGTH) for theme in alert.themes),
        surge=_surge(alert.surge, style) if alert.surge else "",
        lines=tuple(_line(line, style) for line in alert.lines),
        omitted=alert.omitted,
        watchlist=text(alert.watchlist, NAME_LENGTH),
        rule=text(alert.rule, NAME_LENGTH),
        level=alert.level,
        relevance=f"{alert.relevance:.2f}",
        link=style.link(alert.url),
    )


def _outlet(outlet: Outlet, style: Style) -> str:
    country = f" ({style.text(outlet.country, NAME_LENGTH)})" if outlet.country else ""
    return style.text(outlet.name, NAME_LENGTH) + country


def _lag(start: datetime, end: datetime) -> str:
    seconds = max(int((end - start).total_seconds()), 0)
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _why(alert: Alert, style: Style) -> tuple[str, ...]:
    """Return the sentences of the text that carried the score, since the title is shown anyway."""
    found = [sentence for sentence in alert.evidence if sentence.field == "text"][:SENTENCES]
    return tuple(style.mark(marks.marked(sentence, alert.mentions, style.text, SENTENCE_LENGTH)) for sentence in found)


def _listed(names: tuple[str, ...], style: Style) -> str:
    named = ", ".join(style.text(name, NAME_LENGTH) for name in names[:NAMES])
    more = len(names) - NAMES
    return f"{named} and {more} more" if more > 0 else named


def _carried(alert: Alert, style: Style) -> str:
    """Return how many outlets carry the story, and how many not as a copy; nothing if it is only the one named."""
    count = len(alert.outlets)
    return f"{count} outlets ({alert.sources} independent): {_listed(alert.outlets, style)}" if count > 1 else ""


def _news(changes: tuple[Change, ...], style: Style) -> tuple[str, ...]:
    return tuple(
        _CHANGES[change.kind] + (f": {style.text(change.detail, NAME_LENGTH)}" if change.detail else "")
        for change in changes
    )


def _surge(surge: Surge, style: Style) -> str:
    name = style.text(surge.name, NAME_LENGTH)
    hour = f"{surge.hour:%Y-%m-%d %H:%M} UTC"
    return f"{surge.count} {surge.counted} on {name} in the hour from {hour}; usual: {surge.expected:g}"


def _line(line: DigestLine, style: Style) -> Line:
    return Line(
        title=style.text(line.title, TITLE_LENGTH) or "(no title)",
        outlet=_outlet(line.outlet, style),
        news=_news(line.changes, style),
        level=line.level,
        link=style.link(line.url),
    )
