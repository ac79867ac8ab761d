import pytest

from processors.tagger import Tagger


def quoted(tagger: Tagger, text: str, language: str = "en") -> list[tuple[str | None, str]]:
    _, (tagging,) = tagger.tag("", text, language)
    assert all(text[quote.start : quote.end] == quote.text for quote in tagging.quotes)
    return [(quote.speaker, quote.text) for quote in tagging.quotes]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("“We will build it soon,” said Anna Melnikova.", "Anna Melnikova"),
        ("“We will build it soon,” Anna Melnikova said.", "Anna Melnikova"),
        ("“We will build it soon,” said Dr Le Thi Hanh of the port.", "Le Thi Hanh"),
        ('Anna Melnikova, 34, said: "We will build it soon."', "Anna Melnikova"),
        ("Anna Melnikova told the hall that “we will build it soon”.", "Anna Melnikova"),
        ("Anna Melnikova spoke first. “We will build it soon,” she said.", "Anna Melnikova"),
        ("Indian Prime Minister Narendra Modi said, “We will build it soon.”", "Narendra Modi"),
        ("Ms Anna Melnikova came late.\n\n“We will build it soon,” Melnikova said.", "Anna Melnikova"),
        ("'We will build it soon,' Anna Melnikova said.", "Anna Melnikova"),
        ("According to Anna Melnikova, “we will build it soon”.", "Anna Melnikova"),
        ("“We will build it soon,” said Anna.", "Anna"),
        ("The finance director told the hall that “we will build it soon”.", "The finance director"),
        ("A banker in Hanoi said “we will build it soon”.", "A banker"),
        ("Minister Anna Melnikova met Lee Chan.\n\n“We will build it soon,” the minister said.", "Anna Melnikova"),
        ("Anna Melnikova, 34, studied in Saint Petersburg. “We will build it soon,” she said.", "Anna Melnikova"),
        ("“We will build it soon,” said a nurse at the port.", "a nurse"),
        ("“We will build it soon,” one of the drivers, Anna Melnikova, said.", "Anna Melnikova"),
        ("“We will build it soon,” recalled her neighbour, Anna.", "Anna"),
        ("Police said “we will build it soon”.", "Police"),
        ("The union's leader said “we will build it soon”.", "The union's leader"),
        ("The harbour was, according to Anna Melnikova, where “we will build it soon”.", "Anna Melnikova"),
        ("Asked by Lee Chan, Anna Melnikova said “we will build it soon”.", "Anna Melnikova"),
        ("After talks with Lee Chan, Anna Melnikova said “we will build it soon”.", "Anna Melnikova"),
        ("Mr Lee Chan's lawyer, Anna Melnikova, said “we will build it soon”.", "Anna Melnikova"),
        ("“We will build it soon,” Reuters quoted Anna Melnikova as saying.", "Anna Melnikova"),
        ("Anna Melnikova shrugs. “We will build it soon.”", "Anna Melnikova"),
        ("“We will build it soon,” she said. Anna Melnikova, 34, had come for the day.", "Anna Melnikova"),
        (
            "Anna Melnikova came with the crew. Their captain had a map, and, he said, “we will build it soon”.",
            "Their captain",
        ),
        ("“We will build it soon,” the mayor said. Mayor Lee Chan listened to Anna Melnikova.", "the mayor"),
        (
            "Chea Sokha, the minister of works, met Lee Chan.\n\n“We will build it soon,” the minister said.",
            "Chea Sokha",
        ),
        ("When Anna Melnikova spoke, it rained. “We will build it soon,” Melnikova said.", "Anna Melnikova"),
    ],
)
def test_english_speech_has_its_speaker(tagger: Tagger, text: str, speaker: str) -> None:
    ((found, words),) = quoted(tagger, text)
    assert found == speaker
    assert "will build it soon" in words


@pytest.mark.parametrize(
    ("language", "text", "speaker"),
    [
        ("id", '"Kami akan membangunnya segera tahun ini," kata Budi Santoso di pelabuhan kota itu.', "Budi Santoso"),
        ("id", 'Budi Santoso mengatakan bahwa "kami akan membangunnya segera tahun ini" di kota itu.', "Budi Santoso"),
        ("ms", '"Kami akan membinanya dengan segera tahun ini," kata Ahmad Zaki di ibu negara itu.', "Ahmad Zaki"),
        ("vi", "Ông Bùi Thanh Sơn nhấn mạnh: “Chúng tôi sẽ sớm xây dựng nó trong năm nay”.", "Bùi Thanh Sơn"),
        ("ru", "«Мы построим его уже в этом году», — сказала Анна Мельникова на встрече в порту.", "Анна Мельникова"),
        ("ru", "Анна Мельникова заявила: «Мы построим его уже в этом году».", "Анна Мельникова"),
        ("th", 'นายสมชาย ใจดี กล่าวว่า "เราจะสร้างให้เสร็จภายในปีนี้แน่นอน" ที่ท่าเรือ', "สมชาย ใจดี"),
        ("ru", "«Мы построим его уже в этом году», — пошутила пенсионерка Анна Мельникова в порту.", "Анна Мельникова"),
        ("id", '"Kami akan membangunnya tahun ini juga," tutur Nurhayati, warga desa di pesisir itu.', "Nurhayati"),
        ("pt", '"Vamos construí-lo ainda este ano," disse Ana Soares aos jornalistas na cidade.', "Ana Soares"),
        ("th", 'นายกสมาคมประมง สมชาย ใจดี กล่าวว่า "เราจะสร้างให้เสร็จภายในปีนี้แน่นอน"', "สมชาย ใจดี"),
        ("zh", "渔民林素娥说：“我们今年将建成这座港口。”", "渔民林素娥"),
        ("zh", "越南总理说：“我们今年将建成这座港口。”", "越南总理"),
    ],
)
def test_speech_in_other_languages(tagger: Tagger, language: str, text: str, speaker: str | None) -> None:
    ((found, _),) = quoted(tagger, text, language)
    assert found == speaker


def test_a_speaker_on_the_watchlist_is_that_actor(tagger: Tagger) -> None:
    text = "Russia spoke. “We have agreed on it,” Putin said."
    _, (tagging,) = tagger.tag("", text, "en")
    assert [(quote.speaker, quote.speaker_id) for quote in tagging.quotes] == [("Vladimir Putin", "putin")]


def test_a_split_quote_is_two_of_one_speaker(tagger: Tagger) -> None:
    text = "“You can moor a tanker,” Anna Melnikova said. “You cannot moor a guarantee.”"
    assert [speaker for speaker, _ in quoted(tagger, text)] == ["Anna Melnikova"] * 2


def test_a_quote_over_two_paragraphs_has_the_speaker_of_its_end(tagger: Tagger) -> None:
    text = "Anna Melnikova spoke.\n\n“It was long ago and far away.\n\n“It is near now,” she said."
    assert quoted(tagger, text) == [
        ("Anna Melnikova", "It was long ago and far away."),
        ("Anna Melnikova", "It is near now,"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The “great power” rivalries went on.",
        "They met under the theme “The Role of Parties in Strengthening Peace”.",
        "The «десятка» came.",
        'A 6" pipe and an 8" pipe were laid.',
        "No quote here.",
    ],
)
def test_words_in_marks_that_nobody_says_are_no_quotes(tagger: Tagger, text: str) -> None:
    assert quoted(tagger, text) == []
