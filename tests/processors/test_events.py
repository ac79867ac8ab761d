from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.testing import NOON
from processors.concepts import concepts
from processors.events import SAME_EVENT, keys, likeness, rarity, to_story, with_time
from processors.profile import profile
from processors.sounds import names, sound

RARE = rarity(1000, {"g:russia": 900})

ENGLISH = profile(
    "Potash carrier held in Singapore",
    "Port officers detained the Pechora Spirit with 31,500 tonnes of potash over a forged flag. Its crew are well.",
    "en",
)
RUSSIAN = profile(
    "В Сингапуре задержали судно",
    "Власти порта задержали сухогруз Pechora Spirit с 31,5 тыс. тонн калия из-за поддельного флага. Экипаж цел.",
    "ru",
)
OTHER = profile(
    "Circus comes to town",
    "Horses and sixty artists of a circus have come for 24 shows, and the first weekend is sold out.",
    "en",
)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The ship was detained"),
        ("ru", "Судно задержано"),
        ("vi", "Tàu hàng bị bắt giữ"),
        ("zh", "货轮被扣押"),
        ("km", "កប៉ាល់ត្រូវបានឃាត់ខ្លួន"),
        ("th", "เรือสินค้าถูกกักตัว"),
    ],
)
def test_a_concept_is_the_same_in_every_language(language: str, text: str) -> None:
    assert {"ship", "detain"} <= concepts(text, language).keys()


@pytest.mark.parametrize(
    ("latin", "cyrillic"), [("Likhachev", "Лихачев"), ("Rosatom", "Росатом"), ("Shaposhnikov", "Шапошников")]
)
def test_a_name_sounds_the_same_in_both_alphabets(latin: str, cyrillic: str) -> None:
    assert sound(latin) == sound(cyrillic) != ""


def test_a_word_that_only_begins_a_sentence_is_no_name() -> None:
    assert "Officials" not in list(names("He left. Officials met Likhachev in Hanoi."))
    assert "Likhachev" in list(names("He left. Officials met Likhachev in Hanoi."))


def test_one_event_in_two_languages_is_likelier_than_two_events_in_one() -> None:
    assert likeness(ENGLISH, RUSSIAN, RARE) > SAME_EVENT > likeness(ENGLISH, OTHER, RARE)


def test_what_everybody_writes_says_less_than_what_few_do() -> None:
    common = rarity(1000, dict.fromkeys(ENGLISH.terms, 900))
    assert likeness(ENGLISH, RUSSIAN, common) < likeness(ENGLISH, RUSSIAN, RARE)


def test_tellings_find_each_other_by_a_key() -> None:
    assert set(keys(ENGLISH, RARE)) & set(keys(RUSSIAN, RARE))


def test_days_between_two_publications_count_against_them() -> None:
    assert with_time(2.0, NOON, NOON + timedelta(days=4)) < with_time(2.0, NOON, NOON + timedelta(hours=4)) == 2.0


def test_one_like_member_is_not_enough_for_a_story_of_others() -> None:
    assert to_story([1.5, -4.0, -4.0]) < SAME_EVENT < to_story([1.5, 1.0])
