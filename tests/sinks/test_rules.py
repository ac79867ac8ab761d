from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from pipeline.messages import Change, StoryEvent, Surge
from pipeline.testing import NOON, make_surge
from sinks.rule_model import Condition, Quiet, Rule
from sinks.rules import Held, default_rules, held, is_meant, kind_of, meets, resolved
from tests.sinks.builders import make_article, make_event

NUMBER = Change(kind="number", detail="300")


def rule(**given: Any) -> Rule:
    return Rule(id="r", **given)


# an event of watchlist w, level direct, score 0.9, actor asean, theme trade, outlet The Example of ID, in English


@pytest.mark.parametrize(
    ("asked", "met"),
    [
        ({}, True),
        ({"watchlists": ("w",)}, True),
        ({"watchlists": ("v",)}, False),
        ({"score": 0.9}, True),
        ({"score": 0.91}, False),
        ({"actors": ("russia", "asean")}, True),
        ({"actors": ("russia",)}, False),
        ({"themes": ("trade",)}, True),
        ({"themes": ("energy",)}, False),
        ({"countries": ("ID",)}, True),
        ({"countries": ("RU",)}, False),
        ({"languages": ("en",)}, True),
        ({"languages": ("ru",)}, False),
        ({"outlets": ("The Example",)}, True),
        ({"outlets": ("Example",)}, False),
        ({"sources": 2}, True),
        ({"sources": 3}, False),
        ({"actors": ("asean",), "themes": ("energy",)}, False),
    ],
)
def test_a_story_meets_a_condition_when_it_has_all_that_is_asked_for(asked: dict[str, Any], met: bool) -> None:  # noqa: FBT001  # a row of the table
    assert meets(Condition(**asked), make_event(sources=2)) is met


@pytest.mark.parametrize(("level", "met"), [("direct", False), ("passing", True)])
def test_the_level_is_the_lowest_that_is_told(level: Any, met: bool) -> None:  # noqa: FBT001  # a row of the table
    assert meets(Condition(level=level), make_event(level="passing")) is met


@pytest.mark.parametrize(
    ("asked", "met"),
    [
        ({}, True),
        ({"watchlists": ("v",)}, False),
        ({"actors": ("asean",)}, True),
        ({"actors": ("russia",)}, False),
        ({"themes": ("asean",)}, False),
        ({"themes": ("energy",), "actors": ("asean",)}, True),
        ({"deviations": 6.0}, True),
        ({"deviations": 7.0}, False),
        ({"countries": ("RU",), "score": 1.0}, True),
    ],
)
def test_a_surge_is_asked_for_its_subject_and_size_alone(asked: dict[str, Any], met: bool) -> None:  # noqa: FBT001  # a row of the table
    surge = make_surge(watchlist="w", scope="actor", subject="asean")
    assert meets(Condition(**asked), surge) is met


def updated(*changes: Change) -> StoryEvent:
    return make_event("updated", article=make_article("b"), changes=changes)


@pytest.mark.parametrize(
    ("event", "known", "kinds", "told"),
    [
        (make_event(), False, ("story",), "story"),
        (make_event(), True, ("story", "update"), None),
        (updated(), False, ("story",), "story"),
        (updated(), True, ("story", "update"), None),
        (updated(NUMBER), True, ("story",), None),
        (updated(NUMBER), True, ("story", "update"), "update"),
        (updated(NUMBER), False, ("story", "update"), "story"),
        (updated(NUMBER), False, ("update",), "update"),
        (make_event("closed", changes=(NUMBER,)), True, ("story", "update"), None),
        (make_event("closed"), False, ("story", "update"), None),
        (make_event(article=make_article(revision=1), changes=(NUMBER,)), True, ("update",), "update"),
        (make_event(changes=(NUMBER,)), False, ("update",), None),
        (make_surge(), False, ("story", "update"), None),
        (make_surge(), False, ("surge",), "surge"),
    ],
)
def test_a_story_is_told_once_and_again_only_for_what_changes_it(
    event: StoryEvent | Surge,
    known: bool,  # noqa: FBT001  # a row of the table
    kinds: Any,
    told: str | None,
) -> None:
    assert kind_of(rule(kinds=kinds), event, known=known) == told


def test_without_quiet_hours_digest_or_ceiling_a_story_is_told_at_once() -> None:
    assert held(rule(), make_event(), NOON, told=10_000) is None


def test_a_digest_holds_a_story_until_it_is_due() -> None:
    assert held(rule(send="hourly"), make_event(), NOON, told=0) == Held("digest", NOON + timedelta(hours=1))


def test_quiet_hours_hold_a_story_unless_it_matters() -> None:
    until = NOON + timedelta(hours=2)
    quiet = Quiet(begin=time(NOON.hour), end=time(until.hour), override=Condition(score=0.9))
    assert held(rule(quiet=quiet), make_event(), NOON, told=0) is None
    strict = quiet.model_copy(update={"override": Condition(score=0.95)})
    assert held(rule(quiet=strict), make_event(), NOON, told=0) == Held("quiet", until)
    without = quiet.model_copy(update={"override": None})
    assert held(rule(quiet=without), make_event(), NOON, told=0) == Held("quiet", until)


def test_the_ceiling_holds_what_is_beyond_it_until_the_hour_ends() -> None:
    assert held(rule(ceiling=2), make_event(), NOON, told=1) is None
    assert held(rule(ceiling=2), make_event(), NOON, told=2) == Held("ceiling", NOON + timedelta(hours=1))


def test_by_default_one_rule_tells_every_channel_at_once() -> None:
    [only] = resolved(default_rules("passing"), ["red", "blue"])
    assert (only.id, only.channels, only.when.level, only.send, only.kinds) == (
        "default",
        ("red", "blue"),
        "passing",
        "at once",
        ("story",),
    )


def test_a_channel_is_named_whole_or_by_its_service() -> None:
    assert is_meant("slack-1a2b", "slack-1a2b")
    assert is_meant("slack", "slack-1a2b")
    assert not is_meant("slack", "slackware")
    assert not is_meant("slack-1a2b", "slack")
    file = default_rules("direct")
    file = file.model_copy(update={"rules": (rule(channels=("slack", "mail")),)})
    assert resolved(file, ["slack-1", "slack-2", "mail", "webhook"])[0].channels == ("slack-1", "slack-2", "mail")
