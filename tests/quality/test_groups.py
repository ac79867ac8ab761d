"""The gate of grouping: copies of one text, tellings of one event, and nothing that only looks like either."""

from __future__ import annotations

from collections import Counter

import pytest

from processors.tagger import Tagger
from tests.quality.grouping import Grouping, group
from tests.quality.groups import load

LANGUAGES = ("en", "ru", "vi", "th", "id")

COPIES_F1 = 0.99
EVENTS_F1 = {"fitting": 0.90, "testing": 0.85}
EVENTS_B_CUBED = {"fitting": 0.93, "testing": 0.93}


@pytest.fixture(scope="module")
def grouping(tagger: Tagger) -> Grouping:
    return group(tagger, load())


def test_the_corpus_has_sixty_groups_of_copies_and_events_told_in_three_languages() -> None:
    articles = load()
    texts = Counter(one.text_group for one in articles)
    assert sum(times > 1 for times in texts.values()) >= 60
    languages: dict[str, set[str]] = {}
    for one in articles:
        languages.setdefault(one.event, set()).add(one.lang)
    assert sum(len(told) >= 3 for told in languages.values()) >= 15


@pytest.mark.parametrize("part", ["fitting", "testing"])
def test_copies_are_found_and_no_false_friend_is_one(grouping: Grouping, part: str) -> None:
    found = grouping.copies(lambda one: one.part == part)
    assert found.f1 >= COPIES_F1
    assert found.wrong == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_copies_are_found_in_each_language(grouping: Grouping, language: str) -> None:
    assert grouping.copies(lambda one: one.lang == language).f1 >= COPIES_F1


@pytest.mark.parametrize("part", ["fitting", "testing"])
def test_tellings_of_one_event_meet_in_one_story(grouping: Grouping, part: str) -> None:
    assert grouping.events(lambda one: one.part == part).f1 >= EVENTS_F1[part]
    assert grouping.b_cubed(lambda one: one.part == part) >= EVENTS_B_CUBED[part]


def test_notices_and_reports_of_other_dates_are_other_stories(grouping: Grouping) -> None:
    notices = ("russia-day", "rate-april", "sawit-", "flood-bulletin", "gold-th", "covid-zh", "flights-ru", "quake")
    events: dict[str, set[str]] = {}
    for one in grouping.articles:
        if one.event.startswith(notices):
            events.setdefault(grouping.placed[one.id].story, set()).add(one.event)
    assert all(len(told) == 1 for told in events.values())
    assert len(events) == len({one.event for one in grouping.articles if one.event.startswith(notices)})
