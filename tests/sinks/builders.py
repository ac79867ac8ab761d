"""Messages for the tests of the sinks, named by what matters there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pipeline import testing
from pipeline.messages import (
    Actor,
    ActorCandidate,
    Alert,
    Article,
    Evidence,
    Level,
    Mention,
    Outlet,
    Quote,
    StoryEvent,
    StoryEventKind,
    TaggedArticle,
    Tagging,
    url_id,
)
from pipeline.telemetry import Telemetry
from pipeline.testing import NOON
from sinks.alerts import Alerts
from sinks.composed import compose
from sinks.ledger import Ledger
from sinks.rules import default_rules, resolved


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def alerting(ledger: Ledger, channels: Sequence[str], wake: Callable[[], None] = lambda: None) -> Alerts:
    """Return the sink with the rule that there is by default, for articles however old."""
    rules = resolved(default_rules("direct"), channels)
    return Alerts(ledger, rules, wake, Telemetry(), max_age=timedelta(days=36500))


def make_article(name: str = "a", **changes: Any) -> Article:
    """Return an article of half an hour ago, found ten minutes ago."""
    values: dict[str, Any] = {
        "url": f"https://news.example/{name}",
        "outlet": Outlet(name="The Example", country="ID", kind="newspaper"),
        "title": f"Title of {name}",
        "text": f"Text of {name}.",
        "authors": ("A. Writer",),
        "published": NOON - timedelta(minutes=30),
        "discovered": NOON - timedelta(minutes=10),
    }
    return testing.make_article(**(values | changes))


def make_actor(name: str = "asean", count: int = 1) -> Actor:
    mentions = (Mention(field="title", start=0, end=5, text=name),)
    return Actor(id=name, name=name.upper(), kind="organisation", side="asean", count=count, mentions=mentions)


def make_candidate(name: str = "Ana Bel", count: int = 1, title: str | None = "Minister") -> ActorCandidate:
    mention = Mention(field="text", start=0, end=len(name), text=name)
    return ActorCandidate(name=name, kind="person", title=title, basis="pattern", count=count, mention=mention)


def make_tagging(watchlist: str = "w", level: Level = "direct", *actors: Actor, version: str = "v1") -> Tagging:
    return testing.make_tagging(
        watchlist=watchlist,
        watchlist_version=version,
        level=level,
        themes=("trade",),
        actors=actors or (make_actor(),),
        quotes=(Quote(speaker="A. Minister", text="We agree.", start=0, end=9),),
        evidence=(Evidence(field="text", start=0, end=15, text="They signed it.", reasons=("both sides",)),),
        score={"both sides": 0.9},
    )


def make_tagged(article: Article | None = None, *taggings: Tagging, language: str = "en") -> TaggedArticle:
    return testing.make_tagged(
        article=article or make_article(), taggings=taggings or (make_tagging(),), language=language
    )


def make_event(
    kind: StoryEventKind = "opened",
    story: str = "s",
    article: Article | None = None,
    level: Level = "direct",
    watchlist: str = "w",
    copy_of: str | None = None,
    **changes: Any,
) -> StoryEvent:
    return testing.make_story_event(
        kind=kind,
        story=url_id(story),
        article=article or make_article(),
        tagging=make_tagging(watchlist, level),
        copy_of=copy_of,
        **changes,
    )


def make_alert(story: str = "s", channel: str = "fake", article: Article | None = None, **changes: Any) -> Alert:
    return compose(make_event(story=story, article=article), "default", "story", channel, NOON).model_copy(
        update=changes
    )


HOSTILE = (
    "Rubel\x1b[31mfalls\x1b[0m",
    "\x9b31mC1 control",
    "line\nbreak\r\nBcc: victim@example.com",
    "paragraph\u2029separator\u2028line",
    "\u202eright to left\u202c",
    "\u2066isolate\u2069 \u200emark\u200f \u061c",
    "[bold red]markup[/bold red] [link=https://evil.example]x[/link]",
    ":skull: [/] [unclosed",
    "<script>alert(1)</script><b>bold</b>",
    "@channel @everyone @here",
    "<!channel> <@U12345> <#C12345|general>",
    "＠everyone",
    "[Click here](https://evil.example) ![x](https://evil.example/y.png)",
    "*bold* _it_ `code` ~gone~ > quote",
    "{{template}} {variable} %s %(name)s $HOME",
    "\ufeffbom \u00adsoft \U000e0041tag \x00nul \x7fdel",
    "back\x08space\x08 bell\x07 tab\ttab",
    "https://user:pass@evil.example/",
    "&lt;entity&gt; &amp; &#x202e;",
    "ทดสอบ\u200bข่าว ទំព័រ\u200bដើម 新闻",
)
