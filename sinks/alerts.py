"""Decides which stories and surges deserve an alert and enters it in the ledger; the delivery tells the channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from pipeline.messages import StoryEvent, Surge
from pipeline.stage import Topics
from pipeline.telemetry import Telemetry
from pipeline.topics import STORIES, SURGES
from sinks.composed import compose, event_of
from sinks.ledger import Ledger
from sinks.page import Draft, Page
from sinks.rule_model import Rule, RuleKind
from sinks.rules import Held, held, kind_of, meets
from sinks.timing import hour_of

REASONS = ("digest", "quiet", "ceiling", "snoozed", "old")


class Alerts:
    """Tells of a story by the rules: once when it first meets one, and of each material change if the rule says so.

    `rules` have their channels by name. Only the live topics are read, and an article older than `max_age` makes no
    alert, so neither a backfill nor a replay pages anybody. `wake` is called when new rows are durable.
    """

    name = "alerts"
    reads: Topics = (STORIES, SURGES)

    def __init__(
        self,
        ledger: Ledger,
        rules: Sequence[Rule],
        wake: Callable[[], None],
        telemetry: Telemetry,
        max_age: timedelta = timedelta(days=3),
    ) -> None:
        self._ledger = ledger
        self._rules = tuple(rules)
        self._wake = wake
        self._telemetry = telemetry
        self._max_age = max_age
        for reason in REASONS:
            telemetry.alerts_held.labels(reason)  # begun at nought, so that the first increase is seen

    def write(self, batch: Sequence[StoryEvent | Surge], /) -> None:
        """Enter the alerts the batch deserves, all or none. Raises Retry when the database may come back."""
        worthy = [document for document in batch if any(meets(rule.when, document) for rule in self._rules)]
        if not worthy:
            return
        with self._ledger.page() as page:
            fresh = [document for document in worthy if page.now - document.event_time <= self._max_age]
            wanted = self._wanted(fresh, page)
            there = page.present(draft.alert.id for draft, _, _ in wanted)
            new = self._timed([one for one in wanted if one[0].alert.id not in there], page)
            page.add(new)
        self._count(new, len(worthy) - len(fresh))
        if new:
            self._wake()

    def _wanted(
        self, documents: Sequence[StoryEvent | Surge], page: Page
    ) -> list[tuple[Draft, Rule, StoryEvent | Surge]]:
        """Return an alert for each rule, document and channel that belong together, in order."""
        stories = [(one.watchlist, one.story) for one in documents if isinstance(one, StoryEvent)]
        known = dict(page.known(stories))
        found = []
        for document in documents:
            for rule, kind in self._telling(document, known):
                event = event_of(document)
                found += [
                    (Draft(compose(document, rule.id, kind, channel, page.now), event), rule, document)
                    for channel in rule.channels or ()
                ]
        return found

    def _telling(
        self, document: StoryEvent | Surge, known: dict[tuple[str, str, str], str | None]
    ) -> Iterator[tuple[Rule, RuleKind]]:
        for rule in self._rules:
            if not meets(rule.when, document):
                continue
            first: str | None = None
            is_known = False
            if isinstance(document, StoryEvent):
                story = rule.id, document.watchlist, document.story
                is_known, first = story in known, known.get(story)
            # The event that a story was first told of is no update of it when it comes again after a crash.
            kind = None if first == event_of(document) else kind_of(rule, document, known=is_known)
            if kind == "story" and isinstance(document, StoryEvent):
                known[story] = event_of(document)
            if kind is not None:
                yield rule, kind
            if rule.stop:
                return

    def _timed(self, wanted: Iterable[tuple[Draft, Rule, StoryEvent | Surge]], page: Page) -> list[Draft]:
        """Return the drafts with what holds each of them back."""
        told = self._told(page)
        snoozed = page.snoozed()
        timed = []
        for draft, rule, document in wanted:
            place = rule.id, draft.alert.channel
            because = _snoozed(draft, snoozed) or held(rule, document, page.now, told[place])
            if because is None:
                told[place] += 1
            timed.append(replace(draft, held=because))
        return timed

    def _told(self, page: Page) -> Counter[tuple[str, str]]:
        """Return how many alerts of the rules with a ceiling there were in this hour, by rule and channel."""
        limited = [rule for rule in self._rules if rule.ceiling is not None]
        channels = {channel for rule in limited for channel in rule.channels or ()}
        return page.told((rule.id for rule in limited), channels, hour_of(page.now)) if limited else Counter()

    def _count(self, new: Sequence[Draft], old: int) -> None:
        for draft in new:
            if draft.held is not None:
                self._telemetry.alerts_held.labels(draft.held.reason).inc()
        if old:
            self._telemetry.alerts_held.labels("old").inc(old)
            structlog.get_logger().info("alerts.too_old", events=old, max_age=str(self._max_age))


def _snoozed(draft: Draft, snoozed: Mapping[tuple[str, str], datetime]) -> Held | None:
    alert = draft.alert
    ends = [snoozed[key] for key in (("rule", alert.rule), ("story", alert.story)) if key in snoozed]
    return Held("snoozed", max(ends)) if ends else None
