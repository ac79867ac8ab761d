"""The commands of the stories, on a small archive."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import database
from pipeline.messages import Article, Outlet, StoryEvent, TaggedArticle
from pipeline.tables import alerts
from pipeline.testing import make_story_event
from processors.tagger import Tagger
from processors.watchlist import load_watchlist
from sinks.store import Store
from tests.wirewatch.archives import FAIR, NOW, TOUR, archived, article
from tests.wirewatch.conftest import Wirewatch
from tests.wirewatch.test_bad_input import refused

ENERGY = article("energy", days=1, title="An oil deal")
COPY = article("copy", days=0.5, title="Oil: a deal", outlet=Outlet(name="Other Wire", country="TH"))
VISIT = article("visit", TOUR, days=20, title="Guests from \x1b[31mRussia", language="en")
GOAT = article("goat", FAIR, days=2, title="A goat is sold")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An archive of four articles in two stories, one of them alerted; returns the ids of the stories."""
    path = archived(tmp_path, ENERGY, COPY, VISIT, GOAT)
    monkeypatch.setenv("WIREWATCH_WATCHLISTS", str(path))
    tagger = Tagger([load_watchlist(path)])

    def event(one: Article, story: str, **more: object) -> StoryEvent:
        (tagged,) = tagger(one)
        assert isinstance(tagged, TaggedArticle)
        return make_story_event(article=one, story=story, tagging=tagged.taggings[0], language="en", **more)

    ids = {"oil": "aaaa0000-0000-5000-8000-000000000001", "tour": "aaaabbbb-0000-5000-8000-000000000002"}
    events = [
        event(ENERGY, ids["oil"]),
        event(COPY, ids["oil"], kind="updated", copy_of=ENERGY.id, id=COPY.id),
        event(VISIT, ids["tour"]),
    ]
    engine = database.open_engine(f"sqlite:///{tmp_path / 'data' / 'wirewatch.sqlite'}")
    Store(engine).write(events)
    alert = {"id": "1", "watchlist": "small", "story": ids["oil"], "channel": "webhook", "state": "pending"}
    with database.writing(engine) as connection:
        connection.execute(alerts.insert().values(**alert, body={}, attempts=0, next_attempt=NOW, created=NOW))
    engine.dispose()
    return ids


def rows(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_stories_are_listed_latest_first(wirewatch: Wirewatch, archive: dict[str, str]) -> None:
    ran = wirewatch("stories", "list", "--since", "30d", "--format", "json")
    assert ran.code == 0, ran.err
    oil, tour = rows(ran.out)
    assert (oil["id"], tour["id"]) == (archive["oil"], archive["tour"])
    assert (oil["articles"], oil["copies"], oil["outlets"], oil["countries"]) == (
        2,
        1,
        ["The Example", "Other Wire"],
        ["MY", "TH"],
    )
    assert oil["title"] == "An oil deal"
    assert [row["id"] for row in rows(wirewatch("stories", "list", "--format", "json").out)] == [archive["oil"]]


def test_stories_as_lines_hold_no_control_character(wirewatch: Wirewatch, archive: dict[str, str]) -> None:
    ran = wirewatch("stories", "list", "--since", "30d")
    day = (NOW - timedelta(days=20)).strftime("%Y-%m-%d %H:%M")
    tour = ran.out.splitlines()[1]
    assert tour.split("\t")[:3] == [archive["tour"], day, "small"]
    assert tour.endswith("\tGuests from [31mRussia\thttps://news.example/visit")
    assert "\x1b" not in ran.out


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--actor", "thailand"], ["tour"]),
        (["--actor", "Viet Nam"], ["oil"]),
        (["--country", "th"], ["oil"]),
        (["--country", "PH"], []),
        (["--lang", "en"], ["oil", "tour"]),
        (["--outlet", "Other Wire"], ["oil"]),
        (["--watchlist", "small"], ["oil", "tour"]),
        (["--watchlist", "other"], []),
        (["--level", "direct"], ["oil"]),
        (["--theme", "energy"], ["oil"]),
        (["--most", "1"], ["oil"]),
    ],
)
def test_stories_are_listed_by_what_their_articles_are(
    wirewatch: Wirewatch, archive: dict[str, str], options: list[str], names: list[str]
) -> None:
    ran = wirewatch("stories", "list", "--since", "30d", "--format", "json", *options)
    assert ran.code == 0, ran.err
    assert [row["id"] for row in rows(ran.out)] == [archive[name] for name in names]


def test_a_story_is_shown_whole(wirewatch: Wirewatch, archive: dict[str, str]) -> None:
    ran = wirewatch("stories", "show", "aaaa0000")
    assert ran.code == 0, ran.err
    for said in (
        "An oil deal",
        "2 articles, 1 of them copies, from 2 outlets",
        "Other Wire (TH)",
        "webhook: story by rule default, pending",
    ):
        assert said in ran.out
    assert ran.out.index("An oil deal https") < ran.out.index("Oil: a deal https")
    (shown,) = rows(wirewatch("stories", "show", archive["oil"], "--format", "json").out)
    assert [one["copy_of"] for one in shown["members"]] == [None, ENERGY.id]
    assert {one["id"] for one in shown["actors"]} >= {"russia", "vietnam"}
    assert [one["state"] for one in shown["alerts"]] == ["pending"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [("aaaa", "several stories"), ("ffff", "no story 'ffff'"), ("a", "too short"), ("%%%%", "no story '%%%%'")],
)
def test_a_story_that_is_not_meant_clearly_is_refused(
    wirewatch: Wirewatch, archive: dict[str, str], name: str, problem: str
) -> None:
    refused(wirewatch("stories", "show", name), problem)


def test_articles_are_found_by_words_and_filters(wirewatch: Wirewatch, archive: dict[str, str]) -> None:
    ran = wirewatch("stories", "search", "oil deal", "--format", "json")
    assert ran.code == 0, ran.err
    copy, energy = rows(ran.out)
    assert (copy["url"], copy["stories"], energy["url"]) == (COPY.url, [archive["oil"]], ENERGY.url)
    goat = wirewatch("stories", "search", '"goat is" -oil', "--level", "none").out
    assert goat.split("\t")[1:] == ["none", "The Example", "MY", "en", "-", "A goat is sold", f"{GOAT.url}\n"]
    assert wirewatch("stories", "search", "oil", "--since", "12h", "--country", "MY").out == ""
    assert wirewatch("stories", "search", "goat", "--watchlist", "small").out == ""


def test_what_cannot_be_asked_is_refused(wirewatch: Wirewatch, archive: dict[str, str]) -> None:
    refused(wirewatch("stories", "search", "--", "-oil"), "no word to look for")
    refused(wirewatch("stories", "list", "--level", "high"), "'high' is no level")
    refused(wirewatch("stories", "list", "--since", "soon"), "'soon'")


def test_where_there_is_no_archive_that_is_said(wirewatch: Wirewatch) -> None:
    refused(wirewatch("stories", "list"), "no archive there")


def test_tables_show_what_is_found(wirewatch: Wirewatch, archive: dict[str, str]) -> None:
    listed = wirewatch("stories", "list", "--format", "table")
    assert "An oil deal" in listed.out
    assert "1 stories" in listed.out
    assert "news.example/goat" in wirewatch("stories", "search", "goat", "--format", "table").out
