from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import database
from pipeline.errors import Drop
from pipeline.messages import Actor, Outlet, Quote, StoryEvent, TaggedArticle
from pipeline.testing import NOON, make_article, make_tagged, make_tagging
from processors.placing import story_id
from processors.stories import Stories
from processors.story_index import StoryIndex
from processors.story_memory import MemoryStoryIndex
from processors.story_sql import SqlStoryIndex

BODY = (
    "The two ministers met on the sidelines of the forum and agreed to open talks on a maritime route. "
    "A working group will meet in the spring to settle the tariffs, the ports and the insurance of the ships. "
    "Officials said that the first vessel could sail before the end of the year if the weather allows it."
)
RETOLD = (
    "A shipping line between the two countries moved closer on Monday, when their transport chiefs shook hands on a "
    "plan to negotiate. Port fees and cover for cargo are still open, and an expert panel is to be named by April."
)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoryIndex]:
    if request.param == "memory":
        yield MemoryStoryIndex()
        return
    url = f"sqlite:///{tmp_path / 'stories.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = database.open_engine(url)
    database.migrate(engine)
    yield SqlStoryIndex(engine)
    engine.dispose()


def article(name: str, text: str = BODY, hours: float = 0, level: str = "direct") -> TaggedArticle:
    body = make_article(
        url=f"https://{name}.example/story", text=text, published=NOON + timedelta(hours=hours), outlet={"name": name}
    )
    return make_tagged(article=body, taggings=(make_tagging(level=level),))


def revised(tagged: TaggedArticle, revision: int, text: str) -> TaggedArticle:
    body = tagged.article.model_copy(update={"revision": revision, "text": text})
    return tagged.model_copy(update={"article": body})


def only(events: object) -> StoryEvent:
    (event,) = list(events)  # type: ignore[call-overload]  # the stage returns an iterable of events
    assert isinstance(event, StoryEvent)
    return event


def test_an_article_opens_a_story(index: StoryIndex) -> None:
    tagged = article("first")
    event = only(Stories(index)(tagged))
    assert event.kind == "opened"
    assert event.story == story_id("asean-russia", tagged.id)
    assert event.copy_of is None
    assert event.outlets == ("first",)


def test_the_same_text_elsewhere_is_a_copy_in_the_same_story(index: StoryIndex) -> None:
    stage = Stories(index)
    first, second = article("first"), article("second", f"HANOI - {BODY} Follow us.", hours=1)
    opened, updated = only(stage(first)), only(stage(second))
    assert (updated.kind, updated.story, updated.copy_of) == ("updated", opened.story, first.id)
    assert updated.outlets == ("first", "second")


def test_a_copy_of_a_copy_names_the_first(index: StoryIndex) -> None:
    stage = Stories(index)
    first = article("first")
    only(stage(first))
    only(stage(article("second", hours=1)))
    assert only(stage(article("third", hours=2))).copy_of == first.id


def test_the_same_event_told_independently_is_no_copy(index: StoryIndex) -> None:
    stage = Stories(index)
    opened = only(stage(article("first")))
    retold = only(stage(article("second", RETOLD)))
    assert retold.story != opened.story
    assert retold.copy_of is None


def test_the_same_text_weeks_later_is_another_story(index: StoryIndex) -> None:
    stage = Stories(index)
    opened = only(stage(article("first")))
    assert only(stage(article("second", hours=24 * 8))).story != opened.story


def test_a_redelivery_gives_the_same_event_again(index: StoryIndex) -> None:
    stage = Stories(index)
    first, second = article("first"), article("second", hours=1)
    events = [only(stage(tagged)) for tagged in (first, second)]
    again = [only(stage(tagged)) for tagged in (first, second)]
    assert [(event.id, event.kind, event.story) for event in again] == [
        (event.id, event.kind, event.story) for event in events
    ]


def test_an_article_that_is_not_relevant_is_in_no_story(index: StoryIndex) -> None:
    assert list(Stories(index)(article("first", level="none"))) == []


def test_each_watchlist_has_its_own_stories(index: StoryIndex) -> None:
    tagged = article("first")
    both = tagged.model_copy(update={"taggings": (*tagged.taggings, make_tagging(watchlist="other", level="passing"))})
    events = list(Stories(index)(both))
    assert [event.watchlist for event in events] == ["asean-russia", "other"]
    assert len({event.story for event in events}) == 2
    assert len({event.id for event in events}) == 2


def test_a_revision_keeps_its_place_whatever_its_text_says_now(index: StoryIndex) -> None:
    stage = Stories(index)
    first, second = article("first"), article("second", hours=1)
    opened, updated = only(stage(first)), only(stage(second))
    again = only(stage(revised(first, 1, RETOLD)))
    assert (again.id, again.kind, again.story) == (opened.id, "opened", opened.story)
    assert again.article.text == RETOLD
    again = only(stage(revised(second, 1, RETOLD)))
    assert (again.id, again.kind, again.story, again.copy_of) == (updated.id, "updated", opened.story, first.id)


def test_a_copy_of_a_revision_is_found_by_its_new_text_and_not_by_the_old(index: StoryIndex) -> None:
    stage = Stories(index)
    first = article("first")
    opened = only(stage(first))
    only(stage(revised(first, 1, RETOLD)))
    assert only(stage(article("second", RETOLD, hours=1))).story == opened.story
    assert only(stage(article("third", BODY, hours=1))).story != opened.story


def test_an_older_revision_that_comes_late_is_dropped(index: StoryIndex) -> None:
    stage = Stories(index)
    first = article("first")
    opened = only(stage(revised(first, 2, RETOLD)))
    assert opened.kind == "opened"
    with pytest.raises(Drop):
        stage(revised(first, 1, BODY))
    assert only(stage(article("second", RETOLD, hours=1))).story == opened.story


SHIP = (
    "Port officers in Singapore detained the Pechora Spirit on Tuesday with 31,500 tonnes of Russian potash because "
    "its registration was forged. The nineteen sailors on board are well and have food for weeks."
)
SHIP_RU = (
    "Власти порта в Сингапуре задержали сухогруз Pechora Spirit, который вез 31,5 тыс. тонн российского калия. "
    "Причиной стала поддельная регистрация. Экипаж не пострадал, сообщили в посольстве."
)


PLACES = tuple(
    Actor(id=name.lower(), name=name, kind="country", side=side, count=2, mentions=())
    for name, side in (("Singapore", "asean"), ("Russia", "russia"))
)


def telling(name: str, text: str, title: str, *, hours: float = 0, country: str = "SG") -> TaggedArticle:
    outlet = Outlet(name=name, country=country)
    body = make_article(
        url=f"https://{name}.example/told",
        title=title,
        text=text,
        published=NOON + timedelta(hours=hours),
        discovered=NOON + timedelta(hours=hours),
        outlet=outlet,
    )
    language = "ru" if text == SHIP_RU else "en"
    return make_tagged(article=body, language=language, taggings=(make_tagging(actors=PLACES),))


def test_one_happening_in_two_languages_is_one_story(index: StoryIndex) -> None:
    stage = Stories(index)
    opened = only(stage(telling("strait", SHIP, "Potash ship held in Singapore over forged flag")))
    retold = only(stage(telling("versta", SHIP_RU, "В Сингапуре задержали судно с калием", hours=5, country="RU")))
    other = only(stage(article("first", hours=6)))
    assert (retold.kind, retold.story, retold.copy_of) == ("updated", opened.story, None)
    assert retold.outlets == ("strait", "versta")
    assert (opened.sources, retold.sources) == (1, 2)
    assert other.story != opened.story


def test_a_copy_is_no_source(index: StoryIndex) -> None:
    stage = Stories(index)
    only(stage(article("first")))
    copied = only(stage(article("second", hours=1)))
    assert (copied.outlets, copied.sources) == (("first", "second"), 1)


def test_tellings_far_apart_are_two_stories(index: StoryIndex) -> None:
    stage = Stories(index)
    opened = only(stage(telling("strait", SHIP, "Potash ship held in Singapore over forged flag")))
    later = only(stage(telling("versta", SHIP_RU, "В Сингапуре задержали судно с калием", hours=24 * 6)))
    assert later.story != opened.story


def test_an_article_that_comes_late_joins_the_story_that_is_there(index: StoryIndex) -> None:
    stage = Stories(index)
    opened = only(stage(telling("strait", SHIP, "Potash ship held in Singapore over forged flag", hours=5)))
    late = only(stage(telling("versta", SHIP_RU, "В Сингапуре задержали судно с калием", hours=0)))
    assert late.story == opened.story
    assert late.outlets == ("versta", "strait")


def test_a_story_changes_by_the_other_sides_first_report_a_new_figure_and_a_denial(index: StoryIndex) -> None:
    stage = Stories(index, {"asean-russia": {"SG": "asean", "RU": "russia"}})
    opened = only(stage(telling("strait", SHIP, "Potash ship held in Singapore over forged flag")))
    retold = only(stage(telling("versta", SHIP_RU, "В Сингапуре задержали судно с калием", hours=5, country="RU")))
    denied = (
        "The owner of the Pechora Spirit denied that its flag was forged and spoke of 84 letters to Singapore. The "
        "potash, 31,500 tonnes of it, is still on board the ship with the sailors."
    )
    third = only(stage(telling("ledger", denied, "Owner of ship with potash denies forged flag", hours=9)))
    assert opened.changes == ()
    assert [change.kind for change in retold.changes] == ["other-side"]
    assert {(change.kind, change.detail) for change in third.changes} == {("number", "84"), ("denial", "")}
    assert third.copy_of is None


def test_a_copy_changes_nothing_whatever_it_says(index: StoryIndex) -> None:
    stage = Stories(index, {"asean-russia": {"SG": "asean", "RU": "russia"}})
    only(stage(telling("strait", SHIP, "Potash ship held in Singapore over forged flag")))
    copied = only(stage(telling("versta", SHIP, "Owner denies 99 faults", hours=5, country="RU")))
    assert copied.copy_of is not None
    assert copied.changes == ()


def test_an_actor_who_speaks_for_the_first_time_changes_the_story(index: StoryIndex) -> None:
    stage = Stories(index)
    only(stage(telling("strait", SHIP, "Potash ship held in Singapore over forged flag")))
    event = telling("versta", SHIP_RU, "В Сингапуре задержали судно с калием", hours=5)
    quoted = Quote(speaker="Ana Bel", speaker_id="ana-bel", text="We are well", start=0, end=11)
    actor = Actor(id="ana-bel", name="Ana Bel", kind="person", count=1, mentions=())
    tagging = event.taggings[0].model_copy(update={"quotes": (quoted,), "actors": (*PLACES, actor)})
    changed = only(stage(event.model_copy(update={"taggings": (tagging,)})))
    assert [(change.kind, change.detail) for change in changed.changes] == [("actor", "Ana Bel")]


def test_a_correction_by_revision_changes_the_story(index: StoryIndex) -> None:
    stage = Stories(index)
    first = article("first")
    only(stage(first))
    corrected = only(stage(revised(first, 1, f"Correction: the earlier report was wrong. {BODY}")))
    assert [change.kind for change in corrected.changes] == ["correction"]


def test_a_redelivery_tells_the_same_changes_again(index: StoryIndex) -> None:
    stage = Stories(index, {"asean-russia": {"SG": "asean", "RU": "russia"}})
    only(stage(telling("strait", SHIP, "Potash ship held in Singapore over forged flag")))
    retold = telling("versta", SHIP_RU, "В Сингапуре задержали судно с калием", hours=5, country="RU")
    event = only(stage(retold))
    assert event.changes
    assert only(stage(retold)) == event


def test_a_story_that_nobody_reports_any_more_is_closed_once(index: StoryIndex) -> None:
    stage = Stories(index)
    opened = only(stage(article("first")))
    late = telling("strait", SHIP, "Potash ship held in Singapore over forged flag", hours=24 * 8)
    event, closed = list(stage(late))
    assert (closed.kind, closed.story, closed.article.id) == ("closed", opened.story, opened.article.id)
    assert event.kind == "opened"
    assert list(stage(late)) == [event, closed]
    later = telling("ledger", RETOLD, "Shipping line draws closer", hours=24 * 8 + 1)
    assert [told.kind for told in stage(later)] == ["opened"]


def test_an_article_from_the_past_closes_nothing(index: StoryIndex) -> None:
    stage = Stories(index)
    only(stage(article("first", hours=24 * 30)))
    only(stage(telling("strait", SHIP, "Potash ship held in Singapore over forged flag")))
    only(stage(article("second", RETOLD, hours=1)))


def test_a_closed_story_that_is_reported_again_can_close_again(index: StoryIndex) -> None:
    stage = Stories(index)
    only(stage(article("first")))
    shipped = telling("strait", SHIP, "Potash ship held in Singapore over forged flag", hours=24 * 6 + 23)
    only(stage(shipped))
    event, closed = list(stage(telling("ledger", RETOLD, "Shipping line draws closer", hours=24 * 7 + 1)))
    again = only(stage(article("second", hours=24 * 6)))
    assert (again.kind, again.story) == ("updated", closed.story)
    assert event.kind == "opened"
