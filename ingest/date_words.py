"""Dates as they are written in the region, in a form that readers of dates understand."""

from __future__ import annotations

import re
import unicodedata

BUDDHIST = 543
"""Years that the Buddhist era, in use in Thailand and at times in Laos and Cambodia, is ahead."""

ERA = re.compile(r"(?<![\d:.+])(2[45]\d\d)(?![\d:])")
"""A year of 2400 to 2599: nothing else in a date is written so, and no article is of then by the common era."""

THAI_MONTHS = (
    ("มกราคม", "ม.ค."), ("กุมภาพันธ์", "ก.พ."), ("มีนาคม", "มี.ค."), ("เมษายน", "เม.ย."), ("พฤษภาคม", "พ.ค."),
    ("มิถุนายน", "มิ.ย."),
    ("กรกฎาคม", "ก.ค."), ("สิงหาคม", "ส.ค."), ("กันยายน", "ก.ย."), ("ตุลาคม", "ต.ค."), ("พฤศจิกายน", "พ.ย."),
    ("ธันวาคม", "ธ.ค."),
)  # fmt: skip
ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
THAI_MONTH = re.compile("|".join(re.escape(name).replace(r"\.", r"\.?") for names in THAI_MONTHS for name in names))
NUMBER = {name.replace(".", ""): number for number, names in enumerate(THAI_MONTHS) for name in names}
SHORT_YEAR = re.compile(r"(?<= (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) )([5-9]\d)(?=\s|$)")
"""A year of two digits behind a Thai month, from 50 on: 2550 is 2007, and 1950 had no news to poll."""

WORDS = re.compile(
    r"วัน(?:จันทร์|อังคาร|พุธ|พฤหัสบดี|พฤหัสฯ|พฤหัส|ศุกร์|เสาร์|อาทิตย์)?(?:ที่)?|พ\.\s?ศ\.|ค\.\s?ศ\.|เวลา|น\.|"
    r"ວັນ(?:ຈັນ|ອັງຄານ|ພຸດ|ພະຫັດ|ສຸກ|ເສົາ|ອາທິດ)?(?:ທີ)?|ເວລາ|"
    r"ថ្ងៃ(?:ចន្ទ|អង្គារ|ពុធ|ព្រហស្បតិ៍|សុក្រ|សៅរ៍|អាទិត្យ)?(?:ទី)?|ទី|ខែ|ឆ្នាំ|ម៉ោង|"
    r"ခုနှစ်|ရက်နေ့|ရက်|နာရီ|(?<=[\u1000-\u109f])လ(?=[\s,]|$)|"
    r"\bika-|\bng\b|\bnoong\b|\bMSK\b(?=\s*\()|\bг\.|\bгода\b|\bв\b|\bpukul\b|\bjam\b|\blúc\b|\bàs\b",
    re.IGNORECASE,
)
"""Words around a date that name nothing of it."""

ZONE_WORDS = {"МСК": "MSK", "мск": "MSK", "Мск": "MSK"}
ZONE_WORD = re.compile(r"\b(?:МСК|мск|Мск)\b")


def plain_date(text: str) -> tuple[str, bool]:
    """Return a date with the digits, the years and, if Thai, the months of English, and whether its century is guessed.

    What is in no need of it is returned as it is.
    """
    if text.isascii():
        return _common_era(_without_words(text) if text[:1].isalpha() else text), False
    digits = "".join(str(unicodedata.decimal(sign, sign)) for sign in text)
    zoned = ZONE_WORD.sub(lambda match: ZONE_WORDS[match[0]], digits)
    months = THAI_MONTH.sub(lambda match: f" {ENGLISH[NUMBER[match[0].replace('.', '')]]} ", zoned)
    spaced = _without_words(months)
    whole = SHORT_YEAR.sub(lambda match: str(2500 + int(match[1]) - BUDDHIST), spaced) if months != zoned else spaced
    return _common_era(whole), whole != spaced


def _without_words(text: str) -> str:
    return " ".join(WORDS.sub(" ", text).split())


def _common_era(text: str) -> str:
    return ERA.sub(lambda match: str(int(match[1]) - BUDDHIST), text)
