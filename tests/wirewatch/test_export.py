"""The archive, exported: every format reads back, and no cell is a formula."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from sinks.exported import COLUMNS
from tests.wirewatch.archives import DEAL, FAIR, NOW, archived, article
from tests.wirewatch.conftest import Wirewatch
from tests.wirewatch.test_bad_input import refused
from wirewatch.export_files import FORMULA, cell

QUOTE = f"{DEAL}\n\n“Our cooperation is growing fast,” Russian President Vladimir Putin said after the signing."


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archived(
        tmp_path,
        article("deal", QUOTE, days=2, title="=HYPERLINK(1)", authors=("@one", "Two")),
        article("fair", FAIR, days=1),
        article("old", days=40, title='Line\nbreak, "quoted"'),
    )
    monkeypatch.setenv("WIREWATCH_WATCHLISTS", str(path))


def test_csv_has_a_row_an_article_oldest_first(wirewatch: Wirewatch, archive: None) -> None:
    ran = wirewatch("export", "--format", "csv")
    assert ran.code == 0, ran.err
    assert ran.err == "3 rows\n"
    rows = list(csv.DictReader(io.StringIO(ran.out, newline="")))
    assert list(rows[0]) == list(COLUMNS["articles"])
    assert [row["title"] for row in rows] == ['Line\nbreak, "quoted"', "'=HYPERLINK(1)", "Title of fair"]
    assert [row["level"] for row in rows] == ["direct", "direct", "none"]
    assert rows[1]["authors"] == "'@one; Two"
    assert {"russia", "vietnam"} <= set(rows[1]["actors"].split("; "))
    assert rows[1]["published"] == (NOW - timedelta(days=2)).isoformat(timespec="seconds")


def test_json_lines_hold_the_same(wirewatch: Wirewatch, archive: None, tmp_path: Path) -> None:
    ran = wirewatch("export", "--format", "jsonl", "--since", "30d", "--level", "direct", "-o", "out.jsonl")
    assert (ran.code, ran.out, ran.err) == (0, "", "1 rows\n")
    (row,) = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (row["title"], row["watchlist"], row["authors"]) == ("=HYPERLINK(1)", "small", ["@one", "Two"])
    assert row["text"].startswith(DEAL)


def test_parquet_holds_the_same(wirewatch: Wirewatch, archive: None, tmp_path: Path) -> None:
    assert wirewatch("export", "--format", "parquet", "--output", "out.parquet").code == 0
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.column_names == list(COLUMNS["articles"])
    lines = wirewatch("export", "--format", "jsonl").out.splitlines()
    assert table.column("title").to_pylist() == [json.loads(line)["title"] for line in lines]
    assert table.column("published").to_pylist()[1] == NOW - timedelta(days=2)


@pytest.mark.parametrize(("what", "many"), [("mentions", 5), ("quotes", 1), ("stories", 0), ("alerts", 0)])
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_everything_can_be_exported(
    wirewatch: Wirewatch, archive: None, tmp_path: Path, what: str, many: int, form: str
) -> None:
    ran = wirewatch("export", "--format", form, "--what", what, "-o", "out")
    assert ran.code == 0, ran.err
    if what in {"stories", "alerts"}:
        assert ran.err == f"{many} rows\n"
    else:
        assert int(ran.err.split()[0]) >= many
    if form == "jsonl":
        for line in (tmp_path / "out").read_text(encoding="utf-8").splitlines():
            assert set(json.loads(line)) == set(COLUMNS[what])  # type: ignore[index]  # it is one of them


def test_a_quote_comes_with_its_speaker(wirewatch: Wirewatch, archive: None) -> None:
    ran = wirewatch("export", "--format", "jsonl", "--what", "quotes", "--actor", "Vladimir Putin")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert ("Our cooperation is growing fast,", "putin") in {(row["quote"], row["speaker_id"]) for row in rows}


def test_what_cannot_be_written_is_refused(
    wirewatch: Wirewatch, archive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(wirewatch("export", "--format", "csv", "-o", "none/out.csv"), "none/out.csv", "cannot be written")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    refused(wirewatch("export", "--format", "parquet", "-o", "out"), "wirewatch[parquet]")


@given(st.text(max_size=30), st.sampled_from(FORMULA))
def test_no_cell_is_a_formula(text: str, begin: str) -> None:
    assert not cell(text).startswith(FORMULA)
    assert cell(begin + text).startswith(f"'{begin}")
    assert not cell([begin, text]).startswith(FORMULA)
