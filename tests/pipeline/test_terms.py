from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.terms import BREAK, LONGEST_TERM, MOST_PLACES, MOST_TERMS, fold, mark, runs, terms
from pipeline.terms_type import tsvector


@given(st.text(), st.text(alphabet="aé 9яไท俄្ក\u0301_-'", max_size=30))
def test_all_texts_are_read_the_same_however_quickly(title: str, text: str) -> None:
    slowly = (*chain.from_iterable(runs(title)), BREAK, *chain.from_iterable(runs(text)))
    assert terms(title, text) == slowly


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("SÃO Paulo", "sao paulo"),
        ("Đà Nẵng", "da nang"),
        ("Ёлка мой", "елка мой"),
        ("STRASSE Straße", "strasse strasse"),
        ("ｆｕｌｌ １２", "full 12"),
        ("ឆ្នាំ ២០២៥", "ឆ្នាំ 2025"),
        ("ចុះ\u200bហត្ថលេខា", "ចុះហត្ថលេខា"),
        ("İstanbul", "istanbul"),
    ],
)
def test_what_is_written_in_several_ways_is_folded_into_one(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


def test_no_article_has_more_terms_than_any_database_keeps() -> None:
    found = terms("", " ".join(["same", "x" * 999] * MOST_TERMS))
    assert len(found) == MOST_TERMS
    assert found.count("same") == MOST_PLACES
    assert max(map(len, found)) == LONGEST_TERM


def test_a_mark_is_one_term_that_no_text_holds() -> None:
    made = mark("outlet", "Near & Far's: a/b")
    assert made not in terms(made, made)
    assert not {" ", "'", "\\", "/", ":"} & set(made)
    assert tsvector(("a", "b", "a", made)) == f"'a':1,3 'b':2 '{made}'"


@given(st.text(max_size=60))
@example("\U0001e5f1")
@example("“Đà Nẵng” ñandú\u00a0Россия รัสเซีย x")
def test_a_text_has_the_terms_of_its_words_whatever_stands_around_them(text: str) -> None:
    apart = [term for word in text.split() for run in runs(word) for term in run]
    assert [term for run in runs(text) for term in run] == apart
