import pytest

from processors.language import detect, primary

TEXTS = {
    "en": "The ministers met in the capital on Monday and agreed to open talks on trade, visas and shipping next year.",
    "id": "Para menteri bertemu di ibu kota pada hari Senin dan sepakat membuka pembicaraan tentang perdagangan.",
    "vi": "Các bộ trưởng đã gặp nhau tại thủ đô vào thứ Hai và nhất trí mở đàm phán về thương mại và thị thực.",
    "tl": "Nagpulong ang mga ministro sa kabisera noong Lunes at nagkasundong magbukas ng usapan sa kalakalan.",
    "ru": "Министры встретились в столице в понедельник и договорились начать переговоры о торговле и визах.",
    "th": "รัฐมนตรีพบกันที่เมืองหลวงเมื่อวันจันทร์และตกลงเปิดการเจรจาการค้า",
    "lo": "ລັດຖະມົນຕີພົບກັນທີ່ນະຄອນຫຼວງໃນວັນຈັນ",
    "km": "រដ្ឋមន្ត្រីបានជួបគ្នានៅរាជធានីកាលពីថ្ងៃចន្ទ",
    "my": "ဝန်ကြီးများသည် တနင်္လာနေ့တွင် မြို့တော်၌ တွေ့ဆုံခဲ့ကြသည်",
    "zh": "部长们星期一在首都会面，同意就贸易和签证展开谈判。",
    "ja": "閣僚は月曜日に首都で会談し、貿易交渉を始めることで合意した。",
    "ko": "장관들은 월요일 수도에서 만나 무역 협상을 시작하기로 합의했다.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_shows_its_language(language: str) -> None:
    assert detect("", TEXTS[language], None) == language


@pytest.mark.parametrize("language", TEXTS)
def test_a_wrong_declaration_loses_to_the_text(language: str) -> None:
    wrong = "th" if language == "en" else "en"
    assert detect("", TEXTS[language], wrong) == language


def test_a_text_too_short_to_tell_keeps_the_declaration() -> None:
    assert detect("Putin", "", "id") == "id"


def test_a_short_text_in_another_script_does_not() -> None:
    assert detect("รัสเซีย", "", "en") == "th"


def test_relatives_that_cannot_be_told_apart_keep_the_declaration() -> None:
    assert detect("", TEXTS["id"], "ms") in {"ms", "id"}
    assert (
        detect("", "Ministru sira hasoru malu iha kapitál no konkorda hahú ko'alia kona-ba komérsiu.", "tet") == "tet"
    )


def test_nothing_to_go_by_is_undetermined() -> None:
    assert detect("", "12 + 3 … 😀", None) == "und"


@pytest.mark.parametrize(
    ("tag", "language"), [("en-GB", "en"), ("zh_Hans", "zh"), ("fil", "tl"), ("in", "id"), ("", None)]
)
def test_a_language_tag_is_reduced_to_one_spelling(tag: str, language: str | None) -> None:
    assert primary(tag) == language
