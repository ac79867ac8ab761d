"""The traps of matching: each a text that a search for words falls into."""

from functools import cache

import pytest

from pipeline.messages import Tagging
from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist, load_watchlist
from tests.quality.conftest import SEEDS


@cache
def shipped(name: str) -> CompiledWatchlist:
    return load_watchlist(SEEDS / "watchlists" / f"{name}.yaml")


def tagged(tagger: Tagger, text: str, language: str, title: str = "") -> Tagging:
    found, (tagging,) = tagger.tag(title, text, language)
    assert found == language
    return tagging


def ids(tagging: Tagging) -> set[str]:
    return {actor.id for actor in tagging.actors}


@pytest.mark.parametrize(
    ("language", "text", "actor"),
    [
        ("th", "เมื่อวานนี้ผู้แทนรัสเซียเดินทางถึงกรุงเทพฯเพื่อประชุม", "russia"),
        ("lo", "ມື້ວານນີ້ຜູ້ແທນລັດເຊຍເດີນທາງມາຮອດນະຄອນຫຼວງ", "russia"),
        ("zh", "昨天俄罗斯代表抵达首都参加会议。", "russia"),
        ("km", "កាលពីម្សិលមិញតំណាងរុស្ស៊ីបានមកដល់រាជធានីដើម្បីចូលរួមប្រជុំ។", "russia"),
        ("my", "မနေ့ကရုရှားကိုယ်စားလှယ်များသည်အစည်းအဝေးတက်ရန်မြို့တော်သို့ရောက်ရှိခဲ့သည်။", "russia"),
        ("ru", "Вчера делегация вернулась в Россию после переговоров.", "russia"),
        ("ru", "Вчера с российскими коллегами встретились представители Лаоса.", "laos"),
        ("vi", "Hôm qua, phái đoàn Nga đã đến thủ đô để dự hội nghị.", "russia"),
    ],
)
def test_a_name_inside_running_script_or_inflected_is_found(
    tagger: Tagger, language: str, text: str, actor: str
) -> None:
    assert actor in ids(tagged(tagger, text, language))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("vi", "Á hậu Nguyễn Phương Nga và ca sĩ Tố Nga cùng biểu diễn tối qua. Cô Nga hát rất hay, bà Nga vỗ tay."),
        ("vi", "Đàn thiên nga bơi trên hồ Hoàn Kiếm vào một buổi sáng mùa thu đẹp trời."),
        ("en", "A Russian Blue named Pushok won the prize for the best cat in the city show on Sunday."),
        ("zh", "孩子们在电脑上玩俄罗斯方块，玩了整整一个下午。"),
        ("en", "The council of Moscow, Idaho, voted on Monday to repair the bleachers of its gymnasium."),
        ("en", "Copper mugs are back, and with them the Moscow Mule, on every list of drinks in town."),
        ("th", "รัฐปรัสเซียเคยเป็นอาณาจักรที่ยิ่งใหญ่ในยุโรปเมื่อหลายร้อยปีก่อน"),
    ],
)
def test_what_only_looks_like_russia_is_not(tagger: Tagger, language: str, text: str) -> None:
    assert not ids(tagged(tagger, text, language)) & {"russia", "moscow", "kremlin"}


def test_chinese_and_altai_are_not_thai(tagger: Tagger) -> None:
    text = "Китайский и алтайский мёд продавали на ярмарке; китайские и алтайские пчеловоды приехали с семьями."
    assert "thailand" not in ids(tagged(tagger, text, "ru"))


def test_the_bloc_is_the_european_union_where_that_is_meant(tagger: Tagger) -> None:
    text = "The European Union agreed on tariffs in Brussels. Ministers of the bloc meet again on Friday, the EU said."
    assert "asean" not in ids(tagged(tagger, text, "en"))


def test_the_bloc_is_asean_where_that_was_named_last(tagger: Tagger) -> None:
    text = "The European Union sent a message. ASEAN ministers met in Vientiane, and the bloc thanked them."
    asean = next(actor for actor in tagged(tagger, text, "en").actors if actor.id == "asean")
    assert "the bloc" in [mention.text for mention in asean.mentions]


def test_moscow_in_idaho_with_a_sister_city_in_the_region_is_none(tagger: Tagger) -> None:
    text = (
        "MOSCOW — The council voted to send a delegation to Davao in the Philippines, which could become Moscow's "
        "sister city. Students of the University of Idaho will visit schools there and meet Philippine officials."
    )
    assert tagged(tagger, text, "en", "Moscow signs sister-city agreement with Davao").level == "none"


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("en", "important"),
        ("en", "according"),
        ("en", "Protestant"),
        ("en", "might migrate"),
        ("en", "patiently"),
        ("ru", "товарищ"),
        ("ru", "согласно"),
        ("ru", "угол"),
        ("pt", "importante"),
        ("tl", "importante"),
        ("th", "พัทยา"),
        ("zh", "核心"),
    ],
)
@pytest.mark.parametrize("name", ["asean-russia", "asean-japan"])
def test_a_cue_is_not_seen_in_a_word_of_another_meaning(name: str, language: str, word: str) -> None:
    assert list(shipped(name).lexicon(language).cue_scanner.hits(word.lower())) == []


KEYWORDS = ["Russia", "ASEAN", "Putin", "Vietnam", "Kremlin", "cooperation", "talks", "Rosatom"]


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_single_keyword_never_fires(tagger: Tagger, keyword: str) -> None:
    text = f"The word of the day was {keyword}. The library will be closed on Monday. Readers may bring books back."
    assert tagged(tagger, text, "en", f"{keyword} and the library").level == "none"
