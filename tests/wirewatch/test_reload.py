"""Watchlists that change while the tagger runs."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pipeline.errors import InputError
from pipeline.messages import Article, Outlet
from pipeline.telemetry import Telemetry
from pipeline.testing import make_article
from processors.watchlist import load_watchlist
from tests.processors.conftest import SMALL
from wirewatch.reload import INTERVAL, ReloadingTagger

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Bench:
    """A tagger on one watchlist file, with a clock that is set by hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0
        self.edits = 0
        self.telemetry = Telemetry()
        self.write(SMALL)
        self.tagger = ReloadingTagger([path], lambda: [load_watchlist(path)], lambda: self.now, self.telemetry)

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")
        self.edits += 1
        os.utime(self.path, (self.edits, self.edits))

    def actors(self, text: str) -> set[str]:
        article = Article(
            id="1",
            entry_id="1",
            feed_url="https://example.org/feed",
            text_source="page",
            url="https://example.org/1",
            outlet=Outlet(name="Outlet"),
            title="",
            text=text,
            published=NOW,
            published_basis="feed",
            discovered=NOW,
            fetched=NOW,
        )
        (tagged,) = self.tagger(article)
        return {actor.id for actor in tagged.taggings[0].actors}

    def loads(self, result: str) -> float:
        return self.telemetry.total("watchlist_loads_total", result=result)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "small.yaml")


EDITED = SMALL.replace("names: {en: [China]}", "names: {en: [China, Cathay]}")


def test_a_changed_watchlist_is_used_for_the_next_articles(bench: Bench) -> None:
    assert bench.actors("Ships came from Cathay.") == set()
    bench.write(EDITED)
    bench.now += INTERVAL
    assert bench.actors("Ships came from Cathay.") == {"china"}
    assert bench.loads("loaded") == 1


def test_the_files_are_looked_at_only_now_and_then(bench: Bench) -> None:
    bench.write(EDITED)
    bench.now += INTERVAL / 2
    assert bench.actors("Ships came from Cathay.") == set()


@pytest.mark.parametrize("broken", ["actors: [", "version: 1\nid: small\n", ""])
def test_a_broken_edit_keeps_the_old_watchlist_and_says_so_once(bench: Bench, broken: str) -> None:
    bench.write(broken)
    with capture_logs() as logs:
        for _ in range(3):
            bench.now += INTERVAL
            assert bench.actors("Ships came from China.") == {"china"}
    (said,) = logs
    assert said["event"] == "watchlist.rejected"
    assert said["place"].startswith(str(bench.path))
    assert said["remedy"]
    assert (bench.loads("rejected"), bench.loads("loaded")) == (1, 0)


def test_a_mended_edit_is_used(bench: Bench) -> None:
    for text in ("actors: [", EDITED):
        bench.write(text)
        bench.now += INTERVAL
        bench.actors("Ships came from China.")
    assert bench.actors("Ships came from Cathay.") == {"china"}


def test_a_missing_file_keeps_the_old_watchlist(bench: Bench) -> None:
    bench.path.unlink()
    bench.now += INTERVAL
    assert bench.actors("Ships came from China.") == {"china"}
    assert bench.loads("rejected") == 1


def test_an_unchanged_file_is_not_read_again(bench: Bench) -> None:
    bench.now += INTERVAL
    bench.actors("Ships came from China.")
    assert bench.loads("loaded") == 0


def test_a_watchlist_that_is_broken_at_the_start_stops_the_stage(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    with pytest.raises(InputError):
        ReloadingTagger([path], lambda: [load_watchlist(path)], lambda: 0.0, Telemetry())


def test_the_model_goes_on_finding_candidates_after_a_reload(tmp_path: Path) -> None:
    path, now = tmp_path / "small.yaml", [0.0]
    path.write_text(SMALL, encoding="utf-8")
    entities = [("person", "text", 0, 7)]
    tagger = ReloadingTagger(
        [path], lambda: [load_watchlist(path)], lambda: now[0], Telemetry(), lambda reading: entities
    )
    path.write_text(EDITED, encoding="utf-8")
    now[0] += INTERVAL
    text = "Ana Bel is glad. Vietnam and Russia signed an oil deal. Russia and Vietnam are pleased."
    (tagged,) = tagger(make_article(title="Vietnam and Russia hold talks", text=text))
    assert [candidate.name for candidate in tagged.taggings[0].candidates] == ["Ana Bel"]
