"""The gate: on the testing part no score falls below the one that is pinned."""

from processors.tagger import Tagger
from tests.quality.articles import load, part_of
from tests.quality.pinned import drops, measured, pinned
from tests.quality.scoring import score


def test_no_score_falls_below_the_pinned_one(tagger: Tagger) -> None:
    scores = score(tagger, part_of(load(), "testing"))
    assert drops(measured(scores), pinned()) == []


def test_a_drop_is_named_with_the_score_and_the_pin() -> None:
    found = {"en": {"direct_f1": 0.912, "accuracy": 0.9}}
    floor = {"en": {"direct_f1": 0.95, "accuracy": 0.9}}
    assert drops(found, floor) == ["en: direct_f1 is 0.912, pinned at 0.95"]
