"""The command of the labels: judge, export, import, refit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from pipeline.messages import Level
from processors.fitting import NAMES
from processors.watchlist import load_watchlist
from processors.watchlist_model import Weights
from tests.processors.conftest import SMALL
from tests.wirewatch.archives import DEAL, FAIR, TOUR, archived, article
from tests.wirewatch.conftest import Wirewatch
from tests.wirewatch.test_bad_input import refused
from wirewatch.agreement import agreement, in_words
from wirewatch.label_commands import FEWEST, FEWEST_OF_LEVEL

WEIGHED = (
    SMALL
    + "  weights:\n"
    + "".join(f"    {name}: {value}\n" for name, value in Weights().model_dump().items())
    + "  thresholds: {passing: 0.31, direct: 0.63}\n"
)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = archived(
        tmp_path,
        article("deal", DEAL + " word" * 500, days=1, title="A \u202e\x1b[31mdeal"),
        article("tour", TOUR, days=2),
        article("fair", FAIR, days=1),
        article("old", DEAL, days=40),
    )
    monkeypatch.setenv("WIREWATCH_WATCHLISTS", str(path))
    return path


def labels(wirewatch: Wirewatch) -> list[tuple[str, Level, list[str]]]:
    ran = wirewatch("label", "--export", "-")
    assert ran.code == 0, ran.err
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert {row["watchlist"] for row in rows} <= {"small"}
    return [(row["url"].rpartition("/")[2], row["level"], row["themes"]) for row in rows]


def test_articles_are_judged_one_by_one_and_each_judgement_is_kept_at_once(wirewatch: Wirewatch, archive: Path) -> None:
    ran = wirewatch("label", stdin="p\nnonsense\ndirect\nq\n")
    assert ran.code == 0, ran.err
    assert ran.out.index("[1 of 3]") < ran.out.index("[2 of 3]") < ran.out.index("[3 of 3]")
    assert "'nonsense' is none of the answers" in ran.out
    assert "The Example, " in ran.out
    assert not {"\x1b", "\u202e"} & set(ran.out)
    assert ran.out.endswith("2 articles judged for small\n")
    assert labels(wirewatch) == [("tour", "passing", []), ("deal", "direct", [])]
    again = wirewatch("label", stdin="s\n")
    assert "[1 of 1]" in again.out
    assert "Title of fair" in again.out
    assert again.out.endswith("0 articles judged for small\n")


def test_a_long_text_is_shown_whole_when_more_is_asked_for(wirewatch: Wirewatch, archive: Path) -> None:
    ran = wirewatch("label", stdin="s\nm\nn\n")
    assert ran.out.count("characters more)") == 1
    assert ran.out.count("deal79") == 1, "the last word is shown for `more` only"
    assert labels(wirewatch) == [("deal", "none", [])]


def test_the_end_of_the_input_is_a_way_to_quit(wirewatch: Wirewatch, archive: Path) -> None:
    ran = wirewatch("label", stdin="none\n")
    assert (ran.code, len(labels(wirewatch))) == (0, 1)


def test_themes_are_asked_for_relevant_articles_only_and_checked(wirewatch: Wirewatch, archive: Path) -> None:
    ran = wirewatch("label", "--themes", stdin="passing\ntourism, travel\ntourism energy\ndirect\n\nnone\n")
    assert ran.code == 0, ran.err
    assert "'travel' is no theme: energy, tourism" in ran.out
    assert labels(wirewatch) == [
        ("tour", "passing", ["tourism", "energy"]),
        ("deal", "direct", []),
        ("fair", "none", []),
    ]


def test_an_article_whose_themes_are_not_given_is_not_judged(wirewatch: Wirewatch, archive: Path) -> None:
    wirewatch("label", "--themes", stdin="passing\n")
    assert labels(wirewatch) == []


def test_as_many_articles_as_asked_for_since_then(wirewatch: Wirewatch, archive: Path) -> None:
    assert "[1 of 4]" in wirewatch("label", "--since", "60d").out
    assert "[1 of 1]" in wirewatch("label", "--most", "1").out
    assert "no article since" in wirewatch("label", "--since", "1h").out


def test_labels_are_exported_and_imported_again(wirewatch: Wirewatch, archive: Path, tmp_path: Path) -> None:
    wirewatch("label", stdin="p\nd\n")
    given = labels(wirewatch)
    assert wirewatch("label", "--export", "labels.jsonl").code == 0
    wirewatch("label", "--import", "-", stdin=_line("tour", "none", judged="2999-01-01"))
    assert labels(wirewatch) != given
    (tmp_path / "data").rename(tmp_path / "before")
    archived(tmp_path, article("deal"))
    ran = wirewatch("label", "--import", "labels.jsonl")
    assert ran.out == "2 labels read, 1 of them for articles that the archive does not have\n"
    rows = [json.loads(line) for line in wirewatch("label", "--export", "-").out.splitlines()]
    assert [(row["level"], row["url"]) for row in rows] == [("passing", None), ("direct", "https://news.example/deal")]
    assert [row["judged"] for row in rows] == [
        json.loads(line)["judged"] for line in (tmp_path / "labels.jsonl").read_text().splitlines()
    ]


def _line(name: str, level: str, **more: str) -> str:
    return json.dumps({"watchlist": "small", "url": f"https://news.example/{name}", "level": level, **more}) + "\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", ("no valid JSON",)),
        ('{"watchlist": "small", "article": "a", "level": "high"}', ("level",)),
        ('{"watchlist": "Small!", "article": "a", "level": "none"}', ("watchlist",)),
        ('{"watchlist": "small", "level": "none"}', ("names no article", "url")),
        ('{"article": "a", "level": "none"}', ("watchlist",)),
        ("[]", ("the line",)),
        (_line("a", "none", judged="yesterday").strip(), ("judged",)),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_imported(
    wirewatch: Wirewatch, archive: Path, line: str, words: Iterable[str]
) -> None:
    refused(wirewatch("label", "--import", "-", stdin=_line("deal", "direct") + line), "stdin: line 2", *words)
    assert labels(wirewatch) == []


def _many(tmp_path: Path) -> list[str]:
    """An archive of articles on both sides, half of them direct by their label, and a line of label for each."""
    half = FEWEST // 2 + FEWEST_OF_LEVEL
    archived(
        tmp_path,
        *(article(f"d{number}", DEAL) for number in range(half)),
        *(article(f"n{number}", TOUR) for number in range(half)),
        article("fair", FAIR),
        article("blank", title="Vietnam and Russia hold talks").model_copy(update={"text": " \n"}),
        watchlist=WEIGHED,
    )
    pairs = [(f"{kind}{number}", level) for number in range(half) for kind, level in (("d", "direct"), ("n", "none"))]
    return [_line(name, level) for name, level in pairs]


def test_a_watchlist_is_refitted_to_its_labels(
    wirewatch: Wirewatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIREWATCH_WATCHLISTS", "live.yaml")
    lines = _many(tmp_path)
    strangers = [_line("fair", "none"), _line("gone", "none"), _line("blank", "direct")]
    wirewatch("label", "--import", "-", stdin="".join([*lines, *strangers]))
    before = (tmp_path / "live.yaml").read_bytes()
    ran = wirewatch("label", "--refit", "live.yaml")
    assert ran.code == 0, ran.err
    assert [line.split()[0] for line in ran.out.splitlines()[1 : len(NAMES) + 1]] == list(NAMES)
    assert f"mean squared error on {len(lines)} labelled articles" in ran.out
    assert "3 labels say nothing of weights" in ran.out
    assert ran.out.endswith("nothing is written without --write\n")
    assert (tmp_path / "live.yaml").read_bytes() == before
    assert wirewatch("label", "--refit", "live.yaml", "--write").code == 0
    old, new = Weights(), load_watchlist(tmp_path / "live.yaml").relation.weights
    assert new != old
    explained = wirewatch("tag", stdin=json.dumps({"id": "1", "text": TOUR, "lang": "en"}))
    assert json.loads(explained.out)["level"] == "none", "the labels say so, and the old weights do not"


def test_too_few_labels_are_refused_with_what_is_missing(wirewatch: Wirewatch, tmp_path: Path) -> None:
    lines = _many(tmp_path)
    wirewatch("label", "--import", "-", stdin="".join(lines[: FEWEST - 1]))
    refused(
        wirewatch("label", "--refit", "live.yaml"),
        f"{FEWEST - 1} articles",
        f"Judge more with wirewatch label: {FEWEST}",
    )
    wirewatch("label", "--import", "-", stdin="".join(line.replace('"none"', '"direct"') for line in lines))
    refused(wirewatch("label", "--refit", "live.yaml"), f"{len(lines)} of them direct, 0 none")


def test_a_watchlist_without_weights_to_replace_is_left_alone(wirewatch: Wirewatch, tmp_path: Path) -> None:
    wirewatch("label", "--import", "-", stdin="".join(_many(tmp_path)))
    (tmp_path / "live.yaml").write_text(SMALL)
    assert wirewatch("label", "--refit", "live.yaml").code == 0
    refused(wirewatch("label", "--refit", "live.yaml", "--write"), "live.yaml", "Write both first")
    assert (tmp_path / "live.yaml").read_text() == SMALL


def test_labels_say_how_right_a_draft_is(wirewatch: Wirewatch, archive: Path) -> None:
    wirewatch("label", "--import", "-", stdin=_line("deal", "direct") + _line("tour", "none") + _line("fair", "none"))
    (archive.parent / "draft.yaml").write_text(SMALL.replace("en: [Vietnam", "en: [Annam"), encoding="utf-8")
    ran = wirewatch("watchlist", "try", "draft.yaml")
    assert (
        "3 of the articles have a label for small\n  with the draft: precision -, recall 0.00, levels right" in ran.out
    )
    assert "  with the live one: precision 1.00, recall 1.00, levels right" in ran.out
    found = json.loads(wirewatch("watchlist", "try", "draft.yaml", "--json").out)
    assert (found["labelled"], found["agreement"]["draft"]["recall"], found["agreement"]["live"]["recall"]) == (3, 0, 1)


def test_agreement_counts_what_reaches_the_level() -> None:
    pairs: list[tuple[Level, Level]] = [
        ("direct", "direct"),
        ("direct", "passing"),
        ("passing", "direct"),
        ("none", "none"),
    ]
    found = agreement(pairs, "direct")
    assert (found.labelled, found.precision, found.recall, found.accuracy) == (4, 0.5, 0.5, 0.5)
    assert agreement(pairs, "passing").precision == 1
    assert in_words(agreement([], "direct")) == "precision -, recall -, levels right -"


def test_bad_ways_to_ask(wirewatch: Wirewatch, tmp_path: Path, archive: Path) -> None:
    refused(wirewatch("label", "--export", "a", "--import", "b"), "--export --import", "Give one")
    refused(wirewatch("label", "--write"), "--refit FILE")
    refused(wirewatch("label", "--watchlist", "other"), "other", "Use small")
    refused(wirewatch("label", "--since", "soon"), "--since")
    refused(wirewatch("label", "--refit", "nowhere.yaml"), "nowhere.yaml")
    refused(wirewatch("label", "--import", "nowhere.jsonl"), "nowhere.jsonl")


@pytest.mark.parametrize(
    "arguments", [(), ("--export", "labels.jsonl"), ("--import", "-"), ("--refit", "live.yaml")], ids=str
)
def test_there_is_nothing_to_judge_without_an_archive(
    wirewatch: Wirewatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "live.yaml").write_text(SMALL)
    refused(wirewatch("label", *arguments), "no archive there")
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "labels.jsonl").exists()


def test_several_watchlists_need_a_name(
    wirewatch: Wirewatch, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.yaml").write_text(SMALL.replace("id: small", "id: other"))
    monkeypatch.setenv("WIREWATCH_WATCHLISTS", f"{archive},other.yaml")
    refused(wirewatch("label"), "several watchlists", "Use small, other")
    assert "no article since" in wirewatch("label", "--watchlist", "other").out
