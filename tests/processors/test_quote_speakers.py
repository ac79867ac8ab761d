"""Whose words they are, in passages as the news writes them: several speakers, pronouns, offices, bodies, things."""

import pytest

from processors.tagger import Tagger


def speakers(tagger: Tagger, text: str, language: str = "en") -> list[str | None]:
    _, (tagging,) = tagger.tag("", text, language)
    return [quote.speaker for quote in tagging.quotes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Maria Lopez told Jun Reyes: “It is full.” Reyes replied: “It is a bus.”", ["Maria Lopez", "Jun Reyes"]),
        ("“It is full,” said Jun Reyes. Maria Lopez laughed. “He always says that.”", ["Jun Reyes", "Maria Lopez"]),
        ("“It is full of smoke,” said Jun Reyes. The price rose. “Nobody asks why.”", ["Jun Reyes", "Jun Reyes"]),
        ("Maria Lopez called it fair. Her rival, Jun Reyes, did not. “It is a robbery,” he said.", ["Jun Reyes"]),
        ("Ian Storm said it had “more history than money”, while Elena Martin spoke of “a slow return”.",
         ["Ian Storm", "Elena Martin"]),
        ("The port had “more past than money” and would, said Ian Storm, “sell all its cranes”.", ["Ian Storm"] * 2),
        ("Ratna Dewi opened the fair. Her husband stayed away. “I came for the spoons,” she said.", ["Ratna Dewi"]),
        ("Ratna Dewi opened the fair. Her driver stayed away. “He hates the spoons,” said Ratna.", ["Ratna Dewi"]),
        ("Captain Quang Hai wept. So did Sam Kim. “He never cries,” his coach's wife said.", ["his coach's wife"]),
        ("Rubber tapper Ali Hassan has a gun. Ann Lee left. “Fences have two sides,” the tapper said.", ["Ali Hassan"]),
        ("Ian Storm, whom Jun Reyes called “a man who listens well”, did not smile.", ["Jun Reyes"]),
        ("Speaking alongside Ian Storm, Jun Reyes said that the port “never left the town”.", ["Jun Reyes"]),
        ("Somchai told Ann Lee that the well was “dry again and again”.", ["Somchai"]),
        ("The well is dry, says Somchai. He sells water now. “Same thing, other price,” Somchai says.", ["Somchai"]),
        ("Sutopo, head of the village, points at the river. “It eats a house a month,” he says.", ["Sutopo"]),
    ],
)  # fmt: skip
def test_of_several_people_the_one_who_speaks_is_found(tagger: Tagger, text: str, expected: list[str]) -> None:
    assert speakers(tagger, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two officials said the deal was “dead in all but name”.", "Two officials"),
        ("Both sides called the talks “open, frank and short”.", "Both sides"),
        ("“They dug and left a bill,” complained another.", "another"),
        ("“They dug and left a bill,” said one, who gave her name only as Sari.", "Sari"),
        ("The airline apologised. “We had the plane but no crew,” it said.", "The airline"),
        ("The bank's economists expect growth. “Buyers are tired, not broke,” the bank said.", "the bank"),
        ("“We had the plane but no crew,” Jun Reyes's mother said.", "Jun Reyes's mother"),
        ("“We had the plane but no crew,” was Jun Reyes's answer.", "Jun Reyes"),
        ("Said one trader: “Bananas do not need any papers.”", "one trader"),
        ("The fence, in the view of Jun Reyes, is “a wall with manners”.", "Jun Reyes"),
        ("“A wall with good manners,” S. Rajan said.", "S. Rajan"),
    ],
)
def test_who_has_no_name_and_who_is_told_by_a_noun(tagger: Tagger, text: str, expected: str) -> None:
    assert speakers(tagger, text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "A banner said “friendship has no winter here”.",
        "The slogan read “friendship has no winter here”.",
        "“Rain does not read reports,” goes a saying there.",
        "Her novel “The Rain That Came by Train” won.",
    ],
)
def test_a_thing_with_words_on_it_is_no_speaker(tagger: Tagger, text: str) -> None:
    assert speakers(tagger, text) == []


def test_a_leader_is_known_by_his_country(tagger: Tagger) -> None:
    text = "Ann Lee of the port received Vladimir Putin and Jun Reyes. “We spoke of ships,” the Russian leader said."
    assert speakers(tagger, text) == ["Vladimir Putin"]


def test_a_paragraph_that_is_a_quote_belongs_to_who_spoke_before(tagger: Tagger) -> None:
    text = "“I will not repeat it,” said Ann Lee.\n\n“I will only say what I saw.”\n\nShe left."
    assert speakers(tagger, text) == ["Ann Lee", "Ann Lee"]
    text = "Ann Lee said she would not repeat it.\n\n“I will only say what I saw.”\n\nShe left."
    assert speakers(tagger, text) == ["Ann Lee"]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("id", '"Kami menunggu sejak pagi," kata warga.', ["warga"]),
        ("id", '"Saya naik ojek setiap hari," kata seorang penjual nasi uduk di pasar.', ["seorang penjual nasi uduk"]),
        ("id", 'Bagi Murniati, 52 tahun, jalan itu berat. "Saya naik ojek saja," kata penjual nasi itu.', ["Murniati"]),
        ("id", 'Menurut Slamet Riyadi, harga pupuk "sudah seperti harga emas".', ["Slamet Riyadi"]),
        ("id", 'Slamet Riyadi menyebutnya "jabat tangan terpanjang". Ia menambahkan, "Saya masih ingat."',
         ["Slamet Riyadi", "Slamet Riyadi"]),
        ("ms", '"Hujan turun tiga hari," kata jurucakap polis.', ["jurucakap polis"]),
        ("ms", '"Cuaca itu sudah ada dalam akaun kita," balas Syed Saddiq.', ["Syed Saddiq"]),
        ("vi", '"Khách ăn rất nhiều ớt," một người bán phở cho biết.', ["một người bán phở"]),
        ("vi", 'Một nông dân ở Đắk Lắk than thở: "Giá phân tăng gấp đôi rồi."', ["Một nông dân"]),
        ("vi", '"Tôi chỉ muốn về nhà," theo lời anh Tuấn.', ["Tuấn"]),
        ("ru", "«Рыба не читает списков», — сказал один из рыбаков.", ["один из рыбаков"]),
        ("ru", "«Рыба не читает списков», — смеётся рыбак.", ["рыбак"]),
        ("ru", "«Рыба не читает списков, — сказал Иван Белов. — Она их ест».", ["Иван Белов"] * 2),
        ("ru", "По словам Натальи Зубовой, это «не рост, а отскок кошки».", ["Наталья Зубова"]),
        ("ru", "«Мы спим», — сказал Иван Белов. Тренер Карл Анчев его поддержал: «Дайте мальчику выспаться».",
         ["Карл Анчев"]),
        ("th", 'ภัณฑารักษ์มาลี สุขใจ เล่าว่า "ชิ้นที่แพงที่สุดคือกาน้ำชา"', ["มาลี สุขใจ"]),
        ("th", 'อาจารย์ปณิธาน วัฒนายากร วิเคราะห์ว่า "เขาต้องการเพื่อนมากกว่าตลาด"', ["ปณิธาน วัฒนายากร"]),
        ("th", 'ด้านนายวิชัย ทองแตง ประธานหอการค้า กล่าวเสริมว่า "ผู้ส่งออกต้องการความชัดเจน"', ["วิชัย ทองแตง"]),
        ("zh", "“客人吃辣椒比我还多，”阮氏兰在店里笑着说。", ["阮氏兰"]),
        ("zh", "老板娘陈秀英笑道：“客人吃辣椒比我还多。”", ["老板娘陈秀英"]),
        ("tl", '"Hindi nagbabasa ng batas ang isda," sabi ng isang mangingisda sa Navotas.', ["isang mangingisda"]),
        ("tl", 'Sinabi ni Francisco Laurel Jr. na "hindi tayo mauubusan ng bigas".', ["Francisco Laurel Jr"]),
        ("pt", '"A pobreza não sabe ler tratados," disse um pescador em Díli.', ["um pescador"]),
        ("pt", '"Carrego o telefone no carro," queixa-se Ana Soares, professora.', ["Ana Soares"]),
    ],
)  # fmt: skip
def test_other_languages_have_their_own_ways(tagger: Tagger, language: str, text: str, expected: list[str]) -> None:
    assert speakers(tagger, text, language) == expected
