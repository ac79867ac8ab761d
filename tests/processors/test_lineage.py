from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.testing import NOON
from processors.lineage import MOST_EDITS, Edit, Report, edits, lineage

TEXT = "The ministers met on Tuesday and agreed to open talks on a shipping line in spring."


def report(name: str, hours: float, **more: object) -> Report:
    values = {"outlet": name, "title": "Ministers meet", "text": TEXT}
    return Report(id=name, published=NOON + timedelta(hours=hours), **(values | more))  # type: ignore[arg-type]  # as Report has them


def test_who_was_first_who_copied_and_after_how_long() -> None:
    found = lineage([report("copy", 3, copy_of="first"), report("own", 2, text="Other words."), report("first", 0)])
    assert found.first.id == "first"
    assert [source.report.id for source in found.sources] == ["first", "own"]
    assert [source.delay for source in found.sources] == [timedelta(0), timedelta(hours=2)]
    (copied,) = found.sources[0].copies
    assert (copied.report.id, copied.delay, copied.edits, copied.headline) == ("copy", timedelta(hours=3), (), None)
    assert found.independent == 2


def test_an_outlet_that_tells_it_twice_is_one_source() -> None:
    assert lineage([report("a", 0), report("b", 1, outlet="a", text="Other words.")]).independent == 1


def test_the_copy_that_was_published_before_its_original_is_what_was_copied() -> None:
    found = lineage([report("placed-first", 5), report("earlier", 1, copy_of="placed-first")])
    assert found.first.id == "earlier"
    assert [copied.report.id for copied in found.sources[0].copies] == ["placed-first"]


def test_a_copy_whose_original_is_elsewhere_is_a_source() -> None:
    assert lineage([report("first", 0), report("orphan", 1, copy_of="gone")]).independent == 2


def test_the_sides_that_report_and_those_that_do_not() -> None:
    found = lineage([report("a", 0, side="asean"), report("b", 1, side="asean")], ["asean", "russia"])
    assert {side: first.id for side, first in found.sides.items()} == {"asean": "a"}
    assert found.silent == ("russia",)


def test_the_wording_that_a_copy_changed() -> None:
    changed = TEXT.replace("on Tuesday ", "").replace("open talks", "negotiate")
    assert edits(TEXT, changed) == (Edit("on Tuesday", ""), Edit("open talks", "negotiate"))
    copied = lineage([report("a", 0), report("b", 1, copy_of="a", title="Chiefs meet")]).sources[0].copies[0]
    assert copied.headline == Edit("Ministers meet", "Chiefs meet")


def test_a_change_in_a_script_without_spaces_is_as_short_as_it_is() -> None:
    assert edits("俄罗斯外长周二抵达雅加达", "俄罗斯外长周三抵达雅加达") == (Edit("二", "三"),)


def test_no_reports_are_no_story() -> None:
    with pytest.raises(ValueError, match="one report"):
        lineage([])


@given(st.text(max_size=300), st.text(max_size=300))
def test_edits_of_any_texts_are_few_and_none_where_both_are_one(before: str, after: str) -> None:
    assert len(edits(before, after)) <= MOST_EDITS
    assert edits(before, before) == ()
