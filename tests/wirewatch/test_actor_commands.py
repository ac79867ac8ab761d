"""The commands of the actors, on a small archive."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import database
from pipeline.errors import InputError
from tests.processors.conftest import SMALL
from tests.wirewatch.archives import DEAL, FAIR, NOW, archived, article
from tests.wirewatch.conftest import Wirewatch
from tests.wirewatch.test_bad_input import refused
from wirewatch.since import since


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = archived(
        tmp_path,
        article("a", days=1),
        article("b", DEAL.replace("Ana Bel", "Bo Li"), days=2),
        article("c", days=40),
        article("d", FAIR.replace("The mayor", "Mayor Carl Dun"), days=1),
    )
    monkeypatch.setenv("WIREWATCH_WATCHLISTS", str(path))
    return path


def test_candidates_are_listed_with_their_counts_and_an_example(wirewatch: Wirewatch, archive: Path) -> None:
    ran = wirewatch("actors", "candidates", "--since", "60d")
    day = (NOW - timedelta(days=1)).date().isoformat()
    first = (NOW - timedelta(days=40)).date().isoformat()
    assert ran.code == 0, ran.err
    assert ran.out == f"2\t2\tAna Bel\tMinister\tperson\ten\t{first}\t{day}\tsmall\thttps://news.example/a\n"


def test_candidates_as_json_since_a_time_named_rarely(wirewatch: Wirewatch, archive: Path) -> None:
    ran = wirewatch("actors", "candidates", "--since", "30d", "--min-count", "1", "--json")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [(row["name"], row["count"], row["languages"], row["example_url"]) for row in rows] == [
        ("Ana Bel", 1, ["en"], "https://news.example/a"),
        ("Bo Li", 1, ["en"], "https://news.example/b"),
    ]
    assert wirewatch("actors", "candidates", "--most", "1", "--min-count", "1").out.count("\n") == 1


def test_who_has_come_onto_the_watchlist_is_no_candidate_any_more(wirewatch: Wirewatch, archive: Path) -> None:
    archive.write_text(
        SMALL.replace("themes:", "  - {id: ana, name: Ana, kind: person, names: {en: [Ana Bel]}}\nthemes:")
    )
    ran = wirewatch("actors", "candidates", "--min-count", "1")
    assert [line.split("\t")[2] for line in ran.out.splitlines()] == ["Bo Li"]


def test_looking_at_an_archive_that_is_not_there_makes_none(
    wirewatch: Wirewatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(wirewatch("actors", "candidates"), "wirewatch.sqlite: no archive there", "WIREWATCH_DATA")
    assert not (tmp_path / "data").exists()
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", f"sqlite:///{tmp_path}/other.sqlite")
    refused(wirewatch("actors", "candidates"), "other.sqlite: no archive there")
    assert not (tmp_path / "other.sqlite").exists()


def test_an_archive_of_an_older_version_asks_for_its_migration(wirewatch: Wirewatch, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    engine = database.open_engine(f"sqlite:///{tmp_path}/data/wirewatch.sqlite")
    database.migrate(engine, "0006")
    engine.dispose()
    refused(wirewatch("actors", "candidates"), "not up to date", "wirewatch migrate")


@pytest.mark.parametrize("bad", ["soon", "30", "-3d", "d", "2999-01-01", "999999w", ""])
def test_a_bad_stretch_of_time(wirewatch: Wirewatch, archive: Path, bad: str) -> None:
    refused(wirewatch("actors", "candidates", f"--since={bad}"), "--since", "30d")


def test_an_unknown_watchlist(wirewatch: Wirewatch, archive: Path) -> None:
    refused(wirewatch("actors", "candidates", "--watchlist", "smal"), "smal", "Use small")


def test_a_model_that_is_not_installed_is_told_at_the_start(
    wirewatch: Wirewatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIREWATCH_TAGGER__MODEL", "en_no_such_model")
    refused(wirewatch("check"), "tagger.model", "en_no_such_model")
    refused(wirewatch("tagger"), "tagger.model", "en_no_such_model")


@pytest.mark.parametrize(
    ("text", "hours"),
    [("30d", 720), ("12h", 12), ("2w", 336), (" 1D ", 24), ("2026-03-01", 36), ("2026-03-02T10:00", 2)],
)
def test_a_stretch_of_time_is_a_length_or_the_day_it_begins(text: str, hours: int) -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert since(text, now) == now - timedelta(hours=hours)


def test_a_stretch_before_all_time_is_refused() -> None:
    with pytest.raises(InputError):
        since("999999w", datetime(2026, 3, 2, tzinfo=UTC))
