from pathlib import Path

import pytest

from pipeline.errors import InputError
from processors.watchlist import CompiledWatchlist, load_watchlist


def broken(path: Path, old: str, new: str) -> InputError:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_watchlist(path)
    assert len(str(caught.value).splitlines()) == 2
    return caught.value


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return 1 + next(number for number, line in enumerate(lines) if text in line)


def test_an_unknown_key_is_shown_with_its_line_and_the_nearest_known_one(small_path: Path) -> None:
    error = broken(small_path, "    side: south\n    country: VN", "    sied: south\n    country: VN")
    assert error.place == f"{small_path}:{line_of(small_path, 'sied')}"
    assert error.problem == "unknown key 'sied'"
    assert error.remedy == "Did you mean 'side'?"


def test_an_unknown_key_unlike_any_other_is_answered_with_all_known_ones(small_path: Path) -> None:
    error = broken(small_path, "name: A small watchlist", "name: A small watchlist\nzzz: 1")
    assert "Known keys here: version, id, name" in error.remedy


def test_a_misspelt_weight_is_named(small_path: Path) -> None:
    error = broken(small_path, "  sides: [south, north]", "  sides: [south, north]\n  weights: {titel_sides: 1}")
    assert error.remedy == "Did you mean 'title_sides'?"


def test_an_actor_id_given_twice_is_shown_at_the_second(small_path: Path) -> None:
    error = broken(small_path, "id: thailand", "id: vietnam")
    assert error.place == f"{small_path}:{line_of(small_path, 'name: Thailand') - 1}"
    assert "'vietnam' is given twice" in error.problem


def test_an_unknown_side_is_shown_with_the_nearest(small_path: Path) -> None:
    error = broken(small_path, "    side: south", "    side: suoth")
    assert error.problem == "unknown side 'suoth'"
    assert error.remedy == "Did you mean 'south'?"


def test_an_unknown_kind_is_answered_with_the_kinds(small_path: Path) -> None:
    error = broken(small_path, "kind: country", "kind: contry")
    assert error.problem == "'kind' cannot be 'contry'"
    assert "Did you mean 'country'?" in error.remedy


def test_an_actor_without_names_is_told_so(small_path: Path) -> None:
    error = broken(small_path, "    names: {en: [China]}\n", "")
    assert error.place == f"{small_path}:{line_of(small_path, 'id: china')}"
    assert error.problem == "'names' is missing"


def test_bad_yaml_is_shown_at_its_line(small_path: Path) -> None:
    error = broken(small_path, "names: {en: [China]}", "names: {en: [China}")
    assert error.place.startswith(f"{small_path}:")
    assert error.problem.startswith("not valid YAML")


def test_a_key_given_twice_names_both_lines(small_path: Path) -> None:
    error = broken(small_path, "    country: VN\n", "    country: VN\n    side: north\n")
    assert error.problem.startswith("'side' is given twice, first on line 11")
    assert error.place == f"{small_path}:13"


def test_a_language_that_yaml_takes_for_a_truth_value_stays_a_language(small_path: Path) -> None:
    text = small_path.read_text(encoding="utf-8").replace("names: {en: [China]}", "names: {no: [Kina]}")
    small_path.write_text(text, encoding="utf-8")
    assert load_watchlist(small_path).actors[8].names == {"no": ("Kina",)}


def test_a_name_that_yaml_takes_for_a_number_is_asked_to_be_quoted(small_path: Path) -> None:
    error = broken(small_path, "names: {en: [China]}", "names: {en: [1917]}")
    assert error.remedy.startswith("Put it in quotes")


def test_a_star_inside_a_cue_is_refused(small_path: Path) -> None:
    error = broken(small_path, "cooperat*", "coop* deal")
    assert "not at its end" in error.problem


def test_the_relation_needs_two_different_known_sides(small_path: Path) -> None:
    error = broken(small_path, "sides: [south, north]", "sides: [south, south]")
    assert "the same" in error.problem


def test_thresholds_in_the_wrong_order_are_refused(small_path: Path) -> None:
    error = broken(
        small_path, "sides: [south, north]", "sides: [south, north]\n  thresholds: {passing: 0.7, direct: 0.5}"
    )
    assert "direct must be above passing" in error.problem


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "just words"])
def test_a_file_that_is_no_watchlist_says_how_one_begins(tmp_path: Path, content: str) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="is no watchlist"):
        load_watchlist(path)


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_watchlist(tmp_path / "none.yaml")


def test_without_a_relation_the_first_two_sides_are_watched(small_path: Path) -> None:
    text = small_path.read_text(encoding="utf-8")
    small_path.write_text(text[: text.index("relation:")], encoding="utf-8")
    assert load_watchlist(small_path).relation.sides == ("south", "north")


def test_the_version_changes_with_any_word_of_the_watchlist(small: CompiledWatchlist, small_path: Path) -> None:
    assert load_watchlist(small_path).version == small.version
    small_path.write_text(small_path.read_text(encoding="utf-8").replace("[China]", "[China, PRC]"), encoding="utf-8")
    assert load_watchlist(small_path).version != small.version
