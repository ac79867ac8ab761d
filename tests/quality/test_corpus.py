"""The corpus itself: every label holds, the mix is what the README says, and the parts do not mix."""

from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from processors.watchlist import CompiledWatchlist, load_watchlist
from tests.quality.articles import ActorLabel, LabelledArticle, QuoteLabel, faults, load, part_of
from tests.quality.report import WATCHLIST


@pytest.fixture(scope="module")
def watchlist() -> CompiledWatchlist:
    return load_watchlist(WATCHLIST)


@pytest.fixture(scope="module")
def articles() -> tuple[LabelledArticle, ...]:
    return load()


def test_every_label_holds(articles: tuple[LabelledArticle, ...], watchlist: CompiledWatchlist) -> None:
    assert faults(articles, watchlist) == []


def test_the_corpus_is_large_many_voiced_and_a_third_of_it_irrelevant(articles: tuple[LabelledArticle, ...]) -> None:
    levels = Counter(article.level for article in articles)
    assert len(articles) >= 300
    assert len({article.lang for article in articles}) >= 9
    assert levels["none"] >= len(articles) / 3
    assert len({article.text for article in articles}) == len(articles)


def test_the_parts_are_all_of_the_corpus_and_share_nothing(articles: tuple[LabelledArticle, ...]) -> None:
    fitting, testing = part_of(articles, "fitting"), part_of(articles, "testing")
    assert len(fitting) + len(testing) == len(articles)
    assert not {article.id for article in fitting} & {article.id for article in testing}
    assert 0.55 <= len(fitting) / len(articles) <= 0.7


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"actors": (ActorLabel(id="atlantis", mention="Russia"),)}, "unknown actor atlantis"),
        ({"actors": (ActorLabel(id="russia", mention="Rossiya"),)}, "mention not in the text: Rossiya"),
        ({"themes": ("gardening",)}, "unknown theme gardening"),
        ({"quotes": (QuoteLabel(speaker="Somebody", quote="never said"),)}, "quote not in the text: never said"),
        ({"level": "none"}, "a relevant article has a theme, another has none"),
        ({"id": "ru-001"}, "the id does not begin with the language"),
        ({"optional": ("russia",)}, "an actor labelled twice"),
    ],
)
def test_a_wrong_label_is_named(watchlist: CompiledWatchlist, change: dict[str, object], fault: str) -> None:
    right = LabelledArticle(
        id="en-001",
        lang="en",
        title="Russia and Laos meet",
        text="They met on Monday.",
        published="2025-01-01",
        level="direct",
        themes=("diplomacy",),
        actors=(ActorLabel(id="russia", mention="Russia"),),
        quotes=(),
    )
    assert faults([right], watchlist) == []
    assert [line.partition(": ")[2] for line in faults([right.model_copy(update=change)], watchlist)] == [fault]


def test_an_id_used_twice_is_named(articles: tuple[LabelledArticle, ...], watchlist: CompiledWatchlist) -> None:
    assert faults([articles[0], articles[0]], watchlist) == [f"{articles[0].id}: used twice"]


def test_a_line_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "en.jsonl").write_text('{"id": "en-001", "headline": "Wrong key"}\n', encoding="utf-8")
    with pytest.raises(ValidationError):
        load(tmp_path)
