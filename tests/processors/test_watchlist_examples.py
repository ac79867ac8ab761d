"""The examples that a watchlist contains, and what is said where one fails."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from processors.watchlist import load_watchlist
from processors.watchlist_examples import Outcome, judge_examples

GOOD = """\
examples:
  must match:
    - title: Vietnam and Russia hold talks on oil
      text: Vietnam and Russia signed an oil deal. Russian visitors came to the talks.
      level: direct
      actors: [vietnam, russia]
      themes: [energy]
  must not:
    - {text: A Russian doll was sold at the fair on Sunday., language: en, actors: [russia]}
"""


def outcomes(path: Path, examples: str) -> tuple[Outcome, ...]:
    path.write_text(path.read_text(encoding="utf-8") + examples, encoding="utf-8")
    return judge_examples(load_watchlist(path))


def test_examples_that_hold_have_no_problems(small_path: Path) -> None:
    found = outcomes(small_path, GOOD)
    assert [(one.demand, one.number, one.problems) for one in found] == [("must match", 1, ()), ("must not", 1, ())]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("level: direct", "level: passing", "level is direct, not passing"),
        ("actors: [vietnam, russia]", "actors: [vietnam, china]", "actor china is not found"),
        ("themes: [energy]", "themes: [tourism]", "theme tourism is not found"),
        ("A Russian doll was", "A Russian car was", 'actor russia is found, as "Russian"'),
        ("A Russian doll was sold at the fair", "Vietnam and Russia signed an oil deal", "matched, as direct"),
    ],
)
def test_what_fails_is_told(small_path: Path, old: str, new: str, problem: str) -> None:
    assert old in GOOD
    assert problem in [text for one in outcomes(small_path, GOOD.replace(old, new)) for text in one.problems]


def test_an_article_on_something_else_is_not_matched(small_path: Path) -> None:
    cat = "examples:\n  must match:\n    - text: The cat sat on the mat and looked at the rain.\n"
    assert outcomes(small_path, cat)[0].problems == ("not matched",)


@pytest.mark.parametrize(
    ("old", "new", "problem", "remedy"),
    [
        ("[vietnam, russia]", "[vietnam, rusia]", "unknown actor 'rusia'", "Did you mean 'russia'?"),
        ("[energy]", "[zzz]", "unknown theme 'zzz'", "Known themes: energy, tourism, culture, health."),
        ("level: direct", "levle: direct", "unknown key 'levle'", "Did you mean 'level'?"),
        ("must not:", "must nott:", "unknown key 'must nott'", "Did you mean 'must not'?"),
    ],
)
def test_a_mistake_in_an_example_is_shown_with_its_remedy(
    small_path: Path, old: str, new: str, problem: str, remedy: str
) -> None:
    with pytest.raises(InputError) as caught:
        outcomes(small_path, GOOD.replace(old, new))
    assert (caught.value.problem, caught.value.remedy) == (problem, remedy)
    assert caught.value.place != str(small_path)


def test_an_example_changes_no_rule(small_path: Path) -> None:
    version = load_watchlist(small_path).version
    outcomes(small_path, GOOD)
    assert load_watchlist(small_path).version == version
