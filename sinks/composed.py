"""Alerts as messages: of a story, of a surge, of many in one digest, and of nothing, to try a channel."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from pipeline.codec import trace_id
from pipeline.messages import LEVELS, Alert, AlertKind, DigestLine, Outlet, StoryEvent, Surge, url_id
from sinks import marks
from sinks.rules import DEFAULT_RULE

OURSELVES = Outlet(name="wirewatch")
"""Who speaks where no outlet does."""

LINES = 50
"""Lines of a digest; the rest is counted."""

_PLURALS = {"story": "stories", "update": "updates", "surge": "surges"}


def alert_id(watchlist: str, story: str, channel: str, rule: str = DEFAULT_RULE) -> str:
    """Return the id of a rule's one alert of a story in a channel: a uuid5 in the URL namespace (RFC 9562)."""
    if rule == DEFAULT_RULE:
        return url_id(f"wirewatch:{watchlist}:{story}:{channel}")
    return url_id(f"wirewatch:{rule}:story:{watchlist}:{story}:{channel}")


def event_of(document: StoryEvent | Surge) -> str:
    """Return what tells a story event or a surge from every other."""
    return document.id if isinstance(document, Surge) else f"{document.id}:{document.article.revision}"


def compose(document: StoryEvent | Surge, rule: str, kind: AlertKind, channel: str, created: datetime) -> Alert:
    """Return what a channel is told about a story event or a surge."""
    if isinstance(document, Surge):
        return _of_surge(document, rule, channel, created)
    return _of_story(document, rule, kind, channel, created)


def _of_story(event: StoryEvent, rule: str, kind: AlertKind, channel: str, created: datetime) -> Alert:
    article, tagging = event.article, event.tagging
    if kind == "story":
        name = alert_id(event.watchlist, event.story, channel, rule)
    else:
        name = url_id(f"wirewatch:{rule}:{kind}:{event_of(event)}:{channel}")
    return Alert(
        id=name,
        rule=rule,
        kind=kind,
        channel=channel,
        watchlist=event.watchlist,
        story=event.story,
        title=article.title,
        url=article.url,
        outlet=article.outlet,
        language=event.language,
        level=tagging.level,
        relevance=tagging.relevance,
        published=article.published,
        discovered=article.discovered,
        created=created,
        themes=tagging.themes,
        actors=tuple(actor.name for actor in tagging.actors),
        evidence=tagging.evidence,
        mentions=marks.in_evidence(tagging),
        quotes=tagging.quotes,
        outlets=event.outlets,
        sources=event.sources,
        changes=event.changes,
        trace=trace_id(article.entry_id),
    )


def _of_surge(surge: Surge, rule: str, channel: str, created: datetime) -> Alert:
    return Alert(
        id=url_id(f"wirewatch:{rule}:surge:{surge.id}:{channel}"),
        rule=rule,
        kind="surge",
        channel=channel,
        watchlist=surge.watchlist,
        story=str(uuid.uuid5(uuid.NAMESPACE_URL, f"wirewatch:surge:{surge.id}")),
        title=f"{surge.name}: {surge.count} {surge.counted} in an hour, {surge.expected:.1f} expected",
        url=surge.url,
        outlet=OURSELVES,
        language="en",
        level="direct",
        relevance=1.0,
        published=surge.hour,
        discovered=created,
        created=created,
        surge=surge,
    )


def digest(told: Sequence[Alert], created: datetime) -> Alert:
    """Return the one alert that tells of several of a rule and channel, in their order.

    Its id comes from that of the first and the time: an alert that is told again later may be the first once more.
    """
    first = told[0]
    name = url_id(f"wirewatch:{first.rule}:digest:{first.id}:{created.isoformat()}")
    return Alert(
        id=name,
        rule=first.rule,
        kind="digest",
        channel=first.channel,
        watchlist=", ".join(sorted({alert.watchlist for alert in told})),
        story=name,
        title=f"{summary(told)} by the rule {first.rule}",
        url="",
        outlet=OURSELVES,
        language="en",
        level=max((alert.level for alert in told), key=LEVELS.index),
        relevance=max(alert.relevance for alert in told),
        published=max(alert.published for alert in told),
        discovered=created,
        created=created,
        lines=tuple(_line(alert) for alert in told[:LINES]),
        omitted=max(len(told) - LINES, 0),
    )


def summary(told: Sequence[Alert]) -> str:
    """Return how many of which kind they are, as in 3 stories and 1 update."""
    counts = Counter(alert.kind for alert in told)
    return " and ".join(f"{count} {kind if count == 1 else _PLURALS[kind]}" for kind, count in counts.items())


def _line(alert: Alert) -> DigestLine:
    names = DigestLine.model_fields.keys() - {"alert"}
    return DigestLine(alert=alert.id, **{name: getattr(alert, name) for name in names})


def trial(channel: str, created: datetime) -> Alert:
    """Return an alert that tells of nothing and says so, to try a channel with."""
    return Alert(
        id=str(uuid.uuid4()),
        rule="test",
        kind="test",
        channel=channel,
        watchlist="test",
        story=str(uuid.uuid4()),
        title="TEST of this channel: there is no such story",
        url="https://wirewatch.example/test",
        outlet=OURSELVES,
        language="en",
        level="direct",
        relevance=1.0,
        published=created,
        discovered=created,
        created=created,
    )
