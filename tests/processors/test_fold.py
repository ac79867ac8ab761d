import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from processors.fold import fold, fold_name


def test_accents_go_except_in_vietnamese() -> None:
    assert fold("Phạm Minh Chính", "en").text == "Pham Minh Chinh"
    assert fold("Phạm Minh Chính", "vi").text == "Phạm Minh Chính"


def test_all_dashes_and_spaces_are_one_space_each() -> None:
    assert fold("Russia–ASEAN\u00a0talks", "en").text == "Russia ASEAN talks"
    assert fold_name("ASEAN – Russia", "en") == "ASEAN Russia"


def test_a_decomposed_letter_leads_back_to_the_whole_of_it() -> None:
    original = unicodedata.normalize("NFD", "Việt Nam")
    folded = fold(original, "en")
    start = folded.text.index("Viet")
    first, last = folded.span(start, start + len("Viet Nam"))
    assert original[first:last] == original


def test_invisible_signs_inside_a_word_are_passed_over() -> None:
    folded = fold("Rus\u00adsia said", "en")
    assert folded.text == "Russia said"
    assert folded.span(0, 6) == (0, 7)


@given(st.text(), st.sampled_from(["en", "vi", "ru", "th"]))
def test_every_folded_character_leads_back_into_the_text(text: str, language: str) -> None:
    folded = fold(text, language)
    for place in range(len(folded.text)):
        start, end = folded.span(place, place + 1)
        assert 0 <= start < end <= len(text)
