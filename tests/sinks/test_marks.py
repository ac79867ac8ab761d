from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.messages import Actor, Evidence, Mention
from pipeline.testing import make_tagging
from sinks import inert, marks
from sinks.marks import CLOSE, OPEN, marked, pieces, replaced

START = 100


def sentence(text: str) -> Evidence:
    return Evidence(field="text", start=START, end=START + len(text), text=text, reasons=())


def mention(start: int, end: int, field: str = "text") -> Mention:
    return Mention.model_validate({"field": field, "start": START + start, "end": START + end, "text": "x"})


def starred(text: str, *places: tuple[int, int], limit: int = 400) -> str:
    found = [mention(*place) for place in places]
    return replaced(marked(sentence(text), found, inert.line, limit), "*", "*")


@pytest.mark.parametrize(
    ("text", "places", "shown"),
    [
        ("ASEAN met Russia", [(0, 5), (10, 16)], "*ASEAN* met *Russia*"),
        ("the Russian foreign ministry", [(4, 11), (4, 28)], "the *Russian foreign ministry*"),
        ("อาเซียนและรัสเซีย", [(0, 7), (10, 17)], "*อาเซียน*และ*รัสเซีย*"),
        ("no names", [], "no names"),
        ("a\nRussia\u202e b", [(2, 8)], "a *Russia* b"),
    ],
)
def test_names_are_marked_where_they_are(text: str, places: list[tuple[int, int]], shown: str) -> None:
    assert starred(text, *places) == shown


def test_a_name_that_is_cut_stays_marked() -> None:
    assert starred("Met by Vladimir Putin today", (7, 21), limit=14) == "Met by *Vladi…*"


def test_marks_that_come_from_the_web_are_none() -> None:
    assert starred(f"{OPEN}fake{CLOSE} ASEAN", (7, 12)) == "fake *ASEAN*"


def test_mentions_elsewhere_mark_nothing() -> None:
    text = sentence("ASEAN met")
    others = [mention(0, 5, "title"), mention(50, 55), mention(-5, 5), mention(4, 12)]
    assert marked(text, others, inert.line, 100) == "ASEAN met"


def test_a_marked_text_falls_into_its_pieces() -> None:
    text = marked(sentence("ASEAN met Russia."), [mention(0, 5), mention(10, 16)], inert.line, 100)
    assert list(pieces(text)) == [("ASEAN", True), (" met ", False), ("Russia", True), (".", False)]


def test_an_alert_is_given_the_mentions_that_its_evidence_holds() -> None:
    inside, outside, title = mention(0, 5), mention(30, 35), mention(0, 5, "title")
    actors = (
        Actor(id="b", name="B", kind="state", count=2, mentions=(outside, inside)),
        Actor(id="a", name="A", kind="state", count=2, mentions=(title, inside)),
    )
    assert marks.in_evidence(make_tagging(actors=actors, evidence=(sentence("ASEAN met"),))) == (inside,)


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70))), st.integers(1, 80))
def test_whatever_is_marked_the_marks_are_paired_and_the_text_is_the_same(
    text: str, places: list[tuple[int, int]], limit: int
) -> None:
    found = [mention(first, last) for first, last in places]
    shown = marked(sentence(text), found, inert.line, limit)
    assert replaced(shown, "", "") == "".join(part for part, _ in pieces(shown))
    if limit > 70 + 2 * len(places):
        plain = text.replace(OPEN, "").replace(CLOSE, "")
        assert "".join(replaced(shown, "", "").split()) == "".join(inert.line(plain).split())
