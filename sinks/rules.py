"""Which rules a story or a surge meets, and when each of them tells of it: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.messages import LEVELS, Level, StoryEvent, Surge
from sinks.rule_model import Condition, Rule, RuleFile, RuleKind
from sinks.timing import HOUR, hour_of, next_digest, quiet_until

DEFAULT_RULE = "default"

Reason = Literal["digest", "quiet", "ceiling", "snoozed"]


@dataclass(frozen=True)
class Held:
    """Why an alert is not told at once, and until when it is not."""

    reason: Reason
    due: datetime


def default_rules(min_level: Level) -> RuleFile:
    """Return the rules where there is no file: each story of the level, once, to every channel, at once."""
    return RuleFile(version=1, rules=(Rule(id=DEFAULT_RULE, when=Condition(level=min_level)),))


def resolved(file: RuleFile, channels: Sequence[str]) -> tuple[Rule, ...]:
    """Return the rules with the channels that there are, by their whole names, and with their time zones."""
    return tuple(
        rule.model_copy(
            update={"channels": _named(rule, channels), "timezone": rule.timezone or file.timezone},
        )
        for rule in file.rules
    )


def _named(rule: Rule, channels: Sequence[str]) -> tuple[str, ...]:
    if rule.channels is None:
        return tuple(channels)
    return tuple(channel for channel in channels if any(is_meant(name, channel) for name in rule.channels))


def is_meant(name: str, channel: str) -> bool:
    """Return whether a rule that says `name` means the channel: itself, or all whose name goes on after a hyphen."""
    return channel == name or channel.startswith(f"{name}-")


def meets(condition: Condition, document: StoryEvent | Surge) -> bool:
    """Return whether a story or a surge has all that is asked for."""
    if condition.watchlists and document.watchlist not in condition.watchlists:
        return False
    return _surge_meets(condition, document) if isinstance(document, Surge) else _story_meets(condition, document)


def _story_meets(condition: Condition, event: StoryEvent) -> bool:
    tagging, outlet = event.tagging, event.article.outlet
    return (
        LEVELS.index(tagging.level) >= LEVELS.index(condition.level)
        and tagging.relevance >= condition.score
        and event.sources >= condition.sources
        and _one_of(condition.actors, *(actor.id for actor in tagging.actors))
        and _one_of(condition.themes, *tagging.themes)
        and _one_of(condition.countries, outlet.country)
        and _one_of(condition.languages, event.language)
        and _one_of(condition.outlets, outlet.name)
    )


def _surge_meets(condition: Condition, surge: Surge) -> bool:
    """Return whether a surge is on one of the actors or themes, where some are named, and large enough."""
    subjects = [("actor", name) for name in condition.actors] + [("theme", name) for name in condition.themes]
    named = not subjects or (surge.scope, surge.subject) in subjects
    return named and surge.deviations >= condition.deviations


def _one_of(wanted: Sequence[str], *given: str | None) -> bool:
    return not wanted or any(each in wanted for each in given)


def goes_on(event: StoryEvent) -> bool:
    """Return whether the story may have been told of before."""
    return event.kind == "updated" or event.article.revision > 0


def kind_of(rule: Rule, document: StoryEvent | Surge, *, known: bool) -> RuleKind | None:
    """Return what a rule would tell of a document that meets it, or nothing.

    A story that it told of before (`known`) is told again only for a material change: another copy changes nothing.
    """
    if isinstance(document, Surge):
        return "surge" if "surge" in rule.kinds else None
    if document.kind == "closed":
        return None
    if "story" in rule.kinds and not known:
        return "story"
    changed = goes_on(document) and bool(document.changes)
    return "update" if changed and "update" in rule.kinds else None


def held(rule: Rule, document: StoryEvent | Surge, now: datetime, told: int) -> Held | None:
    """Return why and until when a rule does not tell of a document at once, or nothing; `told` were in this hour."""
    if (due := next_digest(rule, now)) is not None:
        return Held("digest", due)
    if (end := _quiet_end(rule, document, now)) is not None:
        return Held("quiet", end)
    if rule.ceiling is not None and told >= rule.ceiling:
        return Held("ceiling", hour_of(now) + HOUR)
    return None


def _quiet_end(rule: Rule, document: StoryEvent | Surge, now: datetime) -> datetime | None:
    if rule.quiet is None or (rule.quiet.override is not None and meets(rule.quiet.override, document)):
        return None
    return quiet_until(rule.quiet, rule.timezone or "UTC", now)
