"""A draft of a watchlist, tried on a small archive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pipeline import database
from pipeline.messages import Level
from processors.tagger import Tagger
from processors.watchlist import load_watchlist
from sinks.stored import StoredArticle
from tests.processors.conftest import SMALL
from tests.sinks.contract import contents
from tests.wirewatch.archives import DEAL, FAIR, NOW, archived, article
from tests.wirewatch.conftest import Wirewatch
from tests.wirewatch.test_bad_input import refused
from wirewatch.replay import Alerting, replay

INDIA = DEAL.replace("Vietnam", "India")
DRAFT = SMALL.replace("names: {en: [India, Indian]}", "side: south\n    names: {en: [India, Indian]}").replace(
    "en: [Vietnam, Viet Nam, Vietnamese]", "en: [Annam]"
)
"""India instead of Vietnam on the southern side."""


@pytest.fixture
def draft(tmp_path: Path) -> str:
    assert DRAFT.count("side: south") == SMALL.count("side: south") + 1
    assert "Annam" in DRAFT
    (tmp_path / "draft.yaml").write_text(DRAFT, encoding="utf-8")
    return "draft.yaml"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Engine]:
    copy = article("vietnam", days=3)
    archived(
        tmp_path,
        copy,
        copy.model_copy(update={"id": "c", "url": "https://other.example/copy", "published": NOW - timedelta(days=2)}),
        article("india", INDIA, days=2, title="India \x1b[31mand Russia talk"),
        article("both", DEAL + " " + INDIA, days=1),
        article("fair", FAIR, days=1),
        article("empty", days=1).model_copy(update={"text": " \n"}),
        article("old", DEAL, days=40),
    )
    engine = database.open_engine(f"sqlite:///{tmp_path}/data/wirewatch.sqlite")
    yield engine
    engine.dispose()


def test_a_draft_is_compared_with_the_live_watchlist(wirewatch: Wirewatch, archive: Engine, draft: str) -> None:
    before = contents(archive)
    ran = wirewatch("watchlist", "try", draft, "--since", "30d")
    assert ran.code == 0, ran.err
    days = {number: (NOW - timedelta(days=number)).date().isoformat() for number in (1, 2, 3)}
    head, empty, by_draft, by_live, *stories = ran.out.splitlines()
    assert head.startswith("small ")
    assert "on 6 articles published since" in head
    assert empty == "1 articles have no text in the archive and are left out"
    assert by_draft == f"alerts (direct) with the draft: 2 stories, 0.7 a day, at most 1 ({days[2]})"
    assert by_live == f"alerts (direct) with the live one: 2 stories, 0.7 a day, at most 1 ({days[3]})"
    assert stories == [
        "appear: 1 stories that would alert and did not",
        f"  {days[2]}  none → direct  The Example: India [31mand Russia talk  https://news.example/india",
        "disappear: 1 stories that alerted and would not",
        f"  {days[3]}  direct → none  The Example: Title of vietnam (2 articles)  https://news.example/vietnam",
        "other changes: 0 stories whose level changes otherwise",
    ]
    assert contents(archive) == before


def test_a_try_as_json_has_all_stories(wirewatch: Wirewatch, archive: Engine, draft: str) -> None:
    ran = wirewatch("watchlist", "try", draft, "--json", "--most", "0")
    found = json.loads(ran.out)
    assert (found["draft"], found["live"], found["articles"], found["without_text"]) == ("small", "small", 6, 1)
    assert found["alerts"]["draft"]["stories"] == found["alerts"]["live"]["stories"] == 2
    assert [(story["url"], story["live"], story["draft"]) for story in found["appear"]] == [
        ("https://news.example/india", "none", "direct")
    ]
    assert [story["articles"] for story in found["disappear"]] == [2]
    assert found["changed"] == []


def test_the_live_watchlist_as_its_own_draft_changes_nothing(wirewatch: Wirewatch, archive: Engine) -> None:
    found = json.loads(wirewatch("watchlist", "try", "live.yaml", "--since", "60d", "--json").out)
    assert (found["articles"], found["appear"], found["disappear"], found["changed"]) == (7, [], [], [])
    assert found["alerts"]["draft"] == found["alerts"]["live"]


def test_the_level_that_alerts_is_that_of_the_settings(
    wirewatch: Wirewatch, archive: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    higher = SMALL + "  thresholds: {passing: 0.2, direct: 0.995}\n"
    (tmp_path / "higher.yaml").write_text(higher, encoding="utf-8")
    found = json.loads(wirewatch("watchlist", "try", "higher.yaml", "--json").out)
    assert (len(found["disappear"]), len(found["changed"])) == (2, 0)
    monkeypatch.setenv("WIREWATCH_ALERTS__MIN_LEVEL", "passing")
    found = json.loads(wirewatch("watchlist", "try", "higher.yaml", "--json").out)
    assert (len(found["disappear"]), len(found["changed"])) == (0, 2)


def test_a_draft_on_a_new_subject_is_told_what_it_can_be_compared_with(
    wirewatch: Wirewatch, archive: Engine, tmp_path: Path
) -> None:
    (tmp_path / "new.yaml").write_text(SMALL.replace("id: small", "id: new"), encoding="utf-8")
    ran = wirewatch("watchlist", "try", "new.yaml")
    assert "5 articles were not judged by new, which counts as none; it has taggings of small" in ran.out
    assert "appear: 2 stories" in ran.out
    ran = wirewatch("watchlist", "try", "new.yaml", "--against", "small")
    assert "appear: 0 stories" in ran.out


def test_many_stories_are_cut_short(wirewatch: Wirewatch, tmp_path: Path) -> None:
    archived(tmp_path, *(article(f"n{number}", days=number) for number in range(1, 5)))
    (tmp_path / "draft.yaml").write_text(SMALL.replace("en: [Vietnam", "en: [Annam"), encoding="utf-8")
    ran = wirewatch("watchlist", "try", "draft.yaml", "--most", "3")
    assert ran.out.count("direct → none") == 3
    assert "  and 1 more\n" in ran.out


def test_what_cannot_be_tried_is_refused_before_anything_is_read(
    wirewatch: Wirewatch, tmp_path: Path, draft: str
) -> None:
    refused(wirewatch("watchlist", "try", draft), "no archive there")
    archived(tmp_path, article("a"))
    refused(wirewatch("watchlist", "try", "nowhere.yaml"), "nowhere.yaml", "cannot be read")
    refused(wirewatch("watchlist", "try", draft, "--since", "soon"), "--since")
    refused(wirewatch("watchlist", "try", draft, "--against", "other"), "'other'", "Use small")


def test_a_story_alerts_on_the_day_its_first_article_reaches_the_level(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    tagger = Tagger([load_watchlist(tmp_path / "small.yaml")])
    levels: list[Level] = ["passing", "direct", "direct"]
    stored = [
        StoredArticle(
            id=str(number),
            url=f"https://news.example/{number}",
            outlet="The Example",
            title=f"Title {number}",
            text=article("same").text,
            language="en",
            published=NOW - timedelta(days=3 - number),
            level=level,
        )
        for number, level in enumerate(levels)
    ]
    found = replay(stored, tagger, {}, NOW - timedelta(days=30), NOW, "direct")
    assert found.stories.live == Alerting(1, 1 / 3, ((NOW - timedelta(days=2)).date(), 1))
    assert found.stories.draft.busiest == ((NOW - timedelta(days=3)).date(), 1)
    assert found.stories.changed == (), "both reach direct in the end"
