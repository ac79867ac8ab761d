"""Titles that mean who held the office when the article was published."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import InputError
from processors.tagger import Tagger
from processors.watchlist import load_watchlist
from tests.processors.conftest import SMALL

ROLES = """\
  - id: elder
    name: Anna Elder
    kind: person
    side: south
    country: VN
    names: {en: [Anna Elder]}
    roles:
      - {from: 2010-01-01, to: 2020-06-01, titles: {en: [Vietnamese premier], ru: [премьер Вьетнама]}}
  - id: younger
    name: Boris Younger
    kind: person
    side: south
    country: VN
    names: {en: [Boris Younger]}
    not: {en: [former Vietnamese premier]}
    roles:
      - {from: 2020-06-01, titles: {en: [Vietnamese premier], ru: [премьер Вьетнама]}}
"""
TEXT = "The Vietnamese premier spoke to reporters after the meeting on Monday."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "roles.yaml"
    path.write_text(SMALL.replace("  - id: russia\n", f"{ROLES}  - id: russia\n", 1), encoding="utf-8")
    return path


def named(path: Path, text: str, published: date | None, language: str = "en") -> set[str]:
    _, (tagging,) = Tagger([load_watchlist(path)]).tag("", text, language, published)
    return {actor.id for actor in tagging.actors}


@pytest.mark.parametrize(
    ("published", "holder"),
    [
        (date(2010, 1, 1), {"elder"}),
        (date(2020, 5, 31), {"elder"}),
        (date(2020, 6, 1), {"younger"}),
        (None, {"younger"}),
        (date(2009, 12, 31), set()),
    ],
)
def test_a_title_means_who_held_the_office_on_the_day(path: Path, published: date | None, holder: set[str]) -> None:
    assert named(path, TEXT, published) & {"elder", "younger"} == holder


def test_a_title_before_a_name_is_left_to_the_name_and_the_country(path: Path) -> None:
    text = "The Vietnamese premier Anna Elder spoke to reporters after the meeting on Monday."
    assert named(path, text, date(2024, 1, 1)) == {"vietnam", "elder"}


def test_a_former_holder_is_not_the_present_one(path: Path) -> None:
    assert "younger" not in named(path, TEXT.replace("The ", "A former "), date(2024, 1, 1))


def test_titles_are_declined_in_russian(path: Path) -> None:
    text = "Журналисты встретились с премьером Вьетнама после переговоров в понедельник вечером."
    assert "younger" in named(path, text, date(2024, 1, 1), "ru")


def test_an_office_must_end_after_it_begins(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("to: 2020-06-01", "to: 2010-01-01"), encoding="utf-8")
    with pytest.raises(InputError, match="'to' must be later than 'from'"):
        load_watchlist(path)


@pytest.mark.parametrize("day", ["2010", "2010-05", "spring"])
def test_a_day_is_a_whole_date(path: Path, day: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("from: 2010-01-01", f"from: {day}"), encoding="utf-8")
    with pytest.raises(InputError, match="valid date"):
        load_watchlist(path)


def test_only_a_person_holds_an_office(path: Path) -> None:
    old = "name: Anna Elder\n    kind: "
    path.write_text(path.read_text(encoding="utf-8").replace(f"{old}person", f"{old}body"), encoding="utf-8")
    with pytest.raises(InputError, match="only a person has roles"):
        load_watchlist(path)
