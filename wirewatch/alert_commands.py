"""The alert ledger, looked at and changed by command; what is shown is in alert_view.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from pipeline.errors import InputError
from pipeline.settings import Settings
from sinks.channels import Channel, DeliveryError
from sinks.composed import trial
from sinks.desk import STATES, Desk, Scope, Wanted
from sinks.rule_reader import Known
from wirewatch import wiring
from wirewatch.since import since as begin_of


@contextmanager
def desk(settings: Settings) -> Iterator[Desk]:
    """Give the ledger of the settings' database. Raises InputError where there is none."""
    with wiring.archive(settings) as engine:
        yield Desk(engine)


def wanted(
    states: Sequence[str],
    channel: str | None,
    rule: str | None,
    watchlist: str | None,
    since: str | None,
    now: datetime,
) -> Wanted:
    """Return which alerts to list. Raises InputError for a state that there is not, and for a bad `since`."""
    for state in states:
        if state not in STATES:
            raise InputError("--state", f"{state!r} is no state of an alert", f"Use {', '.join(STATES)}.")
    return Wanted(tuple(states), channel, rule, watchlist, begin_of(since, now) if since else None)


def subject(at: Desk, settings: Settings, story: str | None, rule: str | None) -> tuple[Scope, str]:
    """Return what is to be snoozed. Raises InputError unless it is one known rule or one story of the ledger."""
    if (story is None) == (rule is None):
        raise InputError("snooze", "names both a story and a rule, or neither", "Give --story ID or --rule ID.")
    if story is not None:
        return "story", at.story(story)
    names = [each.id for each in wiring.load_rules(settings, Known(wiring.channel_names(settings)))]
    if rule not in names:
        raise InputError("--rule", f"{rule!r} is no rule's id", f"Use {', '.join(names)}.")
    return "rule", str(rule)


def chosen(names: Sequence[str], settings: Settings) -> tuple[Channel, ...]:
    """Return the channels of these names, all of them without any. Raises InputError for a name that is none's."""
    channels = wiring.channels(settings)
    there = [channel.name for channel in channels]
    for name in names:
        if name not in there:
            raise InputError(name, "no such channel is set", f"There are {', '.join(there) or 'none'}.")
    return tuple(channel for channel in channels if not names or channel.name in names)


def attempt(channel: Channel, now: datetime) -> str | None:
    """Send an alert that is marked as a test through a channel; return what went wrong, if anything did."""
    try:
        channel.send(trial(channel.name, now))
    except DeliveryError as error:
        return error.reason
    finally:
        channel.close()
    return None
