import pytest

from processors.fingerprint import SKETCH, Fingerprint

ENGLISH = (
    "The two ministers met on the sidelines of the forum and agreed to open talks on a maritime route. "
    "A working group will meet in the spring to settle the tariffs, the ports and the insurance of the ships. "
    "Officials said that the first vessel could sail before the end of the year if the weather allows it."
)
OTHER = (
    "Harvest festivals filled the villages along the river this weekend as farmers brought in the second crop. "
    "Traders at the central market said that prices had fallen by a tenth since the rains came in good time."
)
THAI = "รัฐมนตรีทั้งสองประเทศหารือกันที่กรุงเทพมหานครเมื่อวันจันทร์เกี่ยวกับความร่วมมือด้านพลังงานและการค้าระหว่างกัน" * 2


def test_a_text_equals_itself_whatever_its_case_spacing_and_punctuation() -> None:
    shouted = Fingerprint.of(ENGLISH.upper().replace(" ", "\n ").replace(".", " !"))
    assert Fingerprint.of(ENGLISH).overlap(shouted) == 1.0


@pytest.mark.parametrize("text", [ENGLISH, THAI])
def test_another_head_and_foot_leave_a_copy_a_copy(text: str) -> None:
    copy = f"HANOI, March 3 (Newswire) - {text}\nFollow us for more."
    original, copied = Fingerprint.of(text), Fingerprint.of(copy)
    assert original.overlap(copied) > 0.9
    assert set(original.bands) & set(copied.bands)


def test_texts_of_other_content_have_next_to_nothing_in_common() -> None:
    assert Fingerprint.of(ENGLISH).overlap(Fingerprint.of(OTHER)) < 0.05


def test_an_empty_text_is_like_nothing_not_even_itself() -> None:
    empty = Fingerprint.of(" \n")
    assert empty.overlap(empty) == 0.0
    assert empty.bands == ()


def test_a_fingerprint_survives_its_bytes() -> None:
    mark = Fingerprint.of(ENGLISH)
    assert Fingerprint.from_bytes(mark.to_bytes()).overlap(mark) == 1.0
    assert (*Fingerprint.from_bytes(mark.to_bytes()).bands, *mark.sentences) == mark.bands


def test_a_copy_cut_to_a_sentence_shares_a_band_with_a_long_text() -> None:
    long = f"{ENGLISH} {OTHER} " + " ".join(f"word{number}" for number in range(2000))
    cut = Fingerprint.of(
        "A working group will meet in the spring to settle the tariffs, the ports and the insurance of the ships."
    )
    assert set(cut.bands) & set(Fingerprint.of(long).bands)
    assert cut.overlap(Fingerprint.of(long)) > 0.9


def test_long_texts_are_compared_by_a_sketch_of_bounded_size() -> None:
    words = [f"word{number}" for number in range(20_000)]
    whole, half = Fingerprint.of(" ".join(words)), Fingerprint.of(" ".join(words[:10_000]))
    assert whole.hashes.size == SKETCH
    assert whole.overlap(half) > 0.9
