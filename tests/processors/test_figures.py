from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.figures import figures
from processors.slots import Slots


@pytest.mark.parametrize(
    ("language", "text", "keys"),
    [
        ("en", "worth 2.4 million, or 2,400 megawatts", ["2.4e+06", "2400"]),
        ("id", "senilai 2,4 juta, atau 2.400 megawatt", ["2.4e+06", "2400"]),
        ("vi", "trị giá 15 tỷ USD, tăng 40%", ["1.5e+10", "40%"]),
        ("ru", "58,3 тыс. человек и 2 300 компьютеров", ["5.83e+04", "2300"]),
        ("zh", "7.4万吨，3.2亿美元", ["7.4e+04", "3.2e+08"]),
        ("th", "๑.๗ ล้านคน ร้อยละ 30", ["1.7e+06", "30"]),
        ("km", "ចំនួន ២៤០ គ្រឿង", ["240"]),
        ("my", "၁၂၀ ကို", ["120"]),
        ("pt", "1.200 toneladas e 3,5 milhões", ["1200", "3.5e+06"]),
    ],
)
def test_numbers_are_the_same_in_every_language(language: str, text: str, keys: list[str]) -> None:
    found, _ = figures(text, language)
    assert [figure.key for figure in found] == keys


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "on June 12, 2025,"),
        ("en", "the 12th of June"),
        ("ru", "вечером 12 июня"),
        ("id", "Kamis (12/6) pagi"),
        ("vi", "sáng 12/6"),
        ("vi", "ngày 12 tháng 6"),
        ("th", "วันที่ 12 มิถุนายน"),
        ("zh", "6月12日，"),
        ("km", "ថ្ងៃទី១២ ខែមិថុនា"),
        ("my", "ဇွန် ၁၂ ရက်"),
    ],
)
def test_dates_are_the_same_in_every_language_and_no_numbers(language: str, text: str) -> None:
    numbers, dates = figures(text, language)
    assert dates == {(6, 12)}
    assert [figure for figure in numbers if not figure.is_year] == []


def test_a_time_of_day_is_no_number() -> None:
    numbers, _ = figures("at 7:42 pm and 16:30", "en")
    assert numbers == ()


@given(st.text(), st.sampled_from(["en", "ru", "vi", "th", "zh"]))
def test_no_text_is_too_odd_to_be_read(text: str, language: str) -> None:
    figures(text, language)
    Slots.of(text)


NOTICE = (
    "The consular section will be closed to the public on June 12, 2024, on the occasion of the holiday. Applications "
    "for 35 visas a day will be received again from Thursday, and citizens may call the duty officer at any time."
)


def test_the_same_notice_of_another_year_contradicts() -> None:
    assert Slots.of(NOTICE).contradict(Slots.of(NOTICE.replace("2024", "2025")))
    assert Slots.of(NOTICE).contradict(Slots.of(NOTICE.replace("June 12", "November 4")))


def test_a_corrected_figure_does_not() -> None:
    assert not Slots.of(NOTICE).contradict(Slots.of(NOTICE.replace("35", "40")))


def test_the_same_report_of_another_day_contradicts_by_its_one_figure_and_the_day() -> None:
    monday = "Philippine shares rose 0.4 percent on Monday, with property stocks leading gains, traders said."
    assert Slots.of(monday).contradict(Slots.of(monday.replace("0.4", "1.2").replace("Monday", "Tuesday")))
    assert not Slots.of(monday).contradict(Slots.of(monday.replace("0.4", "0.5")))


def test_a_dateline_of_another_day_does_not() -> None:
    one, other = f"JAKARTA, May 14, 2024. /Wire/. {NOTICE}", f"JAKARTA, May 15, 2024. /Wire/. {NOTICE}"
    assert not Slots.of(one).contradict(Slots.of(other))


def test_slots_survive_their_bytes() -> None:
    slots = Slots.of(NOTICE)
    assert Slots.from_bytes(slots.to_bytes()).rows.tolist() == slots.rows.tolist()
