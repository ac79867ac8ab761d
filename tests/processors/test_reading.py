import pytest

from processors.reading import read


def sentences(text: str, language: str = "en") -> list[str]:
    reading = read("", text, language)
    return [text[sentence.start : sentence.end] for sentence in reading.sentences]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Tay spoke at 5 p.m. yesterday. Mr. Foo left.", 2),
        ("The U.S. envoy, Gen. A. B. Smith, came. He left.", 2),
        ("“It is so.” He left.", 2),
        ("Is it? It is! Well…", 3),
        ("Он приехал в 2021 г. в Москву. Потом уехал.", 2),
        ("他来了。他走了。", 2),
    ],
)
def test_a_text_is_split_into_its_sentences(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_sentences_lose_nothing_but_the_space_between() -> None:
    text = "One is here. Two is there.\n\nThree follows"
    assert sentences(text) == ["One is here.", "Two is there.", "Three follows"]


def test_thai_is_cut_at_spaces_into_pieces_of_a_sentence_s_length() -> None:
    pieces = sentences("ประชุม " * 100, "th")
    assert len(pieces) > 1
    assert all(len(piece) < 200 for piece in pieces)


def test_a_text_without_full_stops_is_no_single_sentence() -> None:
    assert all(len(piece) <= 1300 for piece in sentences("word " * 2000))


def test_the_title_comes_first_and_is_a_field_of_its_own() -> None:
    reading = read("A title", "A text.", "en")
    assert [sentence.field for sentence in reading.sentences] == ["title", "text"]


@pytest.mark.parametrize(
    ("language", "box"),
    [
        ("en", "Most read:\nRussia and ASEAN meet\nA second headline"),
        ("id", "Baca juga: Rusia dan ASEAN bertemu"),
        ("ru", "Читайте также\nРоссия и АСЕАН провели встречу"),
        ("th", "อ่านเพิ่มเติม: รัสเซียพบอาเซียน"),
        ("vi", "Tin liên quan\nNga và ASEAN gặp nhau"),
    ],
)
def test_boxes_of_links_are_left_out(language: str, box: str) -> None:
    assert sentences(f"It rained all day.\n\n{box}", language) == ["It rained all day."]


def test_the_article_goes_on_after_a_box() -> None:
    assert sentences("It rained.\nRead also: Russia and ASEAN meet\nIt stopped.") == ["It rained.", "It stopped."]


def test_a_sentence_that_begins_like_a_box_is_none() -> None:
    assert len(sentences("Recommended by the panel, the plan was adopted after a debate of more than two hours.")) == 1
