"""The numbers and dates of a text in one form in every language: 2.4 million, 2,4 juta and 240万 are one number."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product

import regex

DECIMAL_COMMA = frozenset({"vi", "id", "ru", "pt", "uk", "de", "fr", "es", "tet"})
"""Languages that write 1.200,5 for what others write 1,200.5."""

_MAGNITUDES = {
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "mln": 1e6, "bln": 1e9, "bn": 1e9,
    "тыс": 1e3, "тысяч": 1e3, "тысячи": 1e3, "млн": 1e6, "миллион": 1e6, "миллиона": 1e6, "миллионов": 1e6,
    "млрд": 1e9, "миллиард": 1e9, "миллиарда": 1e9, "миллиардов": 1e9, "трлн": 1e12,
    "ribu": 1e3, "juta": 1e6, "miliar": 1e9, "bilion": 1e9, "triliun": 1e12, "trilion": 1e12,
    "nghìn": 1e3, "ngàn": 1e3, "triệu": 1e6, "tỷ": 1e9, "tỉ": 1e9,
    "พัน": 1e3, "หมื่น": 1e4, "แสน": 1e5, "ล้าน": 1e6, "พันล้าน": 1e9,
    "ພັນ": 1e3, "ໝື່ນ": 1e4, "ແສນ": 1e5, "ລ້ານ": 1e6, "ຕື້": 1e9,
    "ពាន់": 1e3, "ម៉ឺន": 1e4, "សែន": 1e5, "លាន": 1e6, "ពាន់លាន": 1e9,
    "千": 1e3, "万": 1e4, "萬": 1e4, "百万": 1e6, "亿": 1e8, "億": 1e8,
    "libo": 1e3, "libong": 1e3, "milyon": 1e6, "milyong": 1e6, "bilyon": 1e9, "bilyong": 1e9,
    "mil": 1e3, "milhão": 1e6, "milhões": 1e6, "mil milhões": 1e9, "bilhão": 1e9, "bilhões": 1e9,
}  # fmt: skip

_MONTHS = (
    "january jan января январь januari januari janeiro enero มกราคม ม.ค ມັງກອນ មករា ဇန်နဝါရီ",
    "february feb февраля февраль februari februari pebruari fevereiro pebrero กุมภาพันธ์ ก.พ ກຸມພາ កុម្ភៈ ဖေဖော်ဝါရီ",
    "march mar марта март maret mac março marso มีนาคม มี.ค ມີນາ មីនា မတ်",
    "april apr апреля апрель abril เมษายน เม.ย ເມສາ មេសា ဧပြီ",
    "мая май mei maio mayo พฤษภาคม พ.ค ພຶດສະພາ ឧសភា",
    "june jun июня июнь juni junho hunyo มิถุนายน มิ.ย ມິຖຸນາ មិថុនា ဇွန်",
    "july jul июля июль juli julai julho hulyo กรกฎาคม ก.ค ກໍລະກົດ កក្កដា ဇူလိုင်",
    "august aug августа август agustus ogos agosto สิงหาคม ส.ค ສິງຫາ សីហា ဩဂုတ်",
    "september sep sept сентября сентябрь setembro setyembre กันยายน ก.ย ກັນຍາ កញ្ញា စက်တင်ဘာ",
    "october oct октября октябрь oktober outubro oktubre ตุลาคม ต.ค ຕຸລາ តុលា အောက်တိုဘာ",
    "november nov ноября ноябрь nopember novembro nobyembre พฤศจิกายน พ.ย ພະຈິກ វិច្ឆិកា နိုဝင်ဘာ",
    "december dec декабря декабрь desember disember dezembro disyembre ธันวาคม ธ.ค ທັນວາ ធ្នូ ဒီဇင်ဘာ",
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()} | {"may": 5}
"""The number of a month by its name, in small letters."""

_names = sorted((regex.escape(name) for name in MONTHS), key=len, reverse=True)
_MONTH = "|".join(_names)
_DAY = r"(?P<day>[0-9]{1,2})"
_YEAR = r"(?:,? ?(?:году? |ឆ្នាំ ?|ปี ?|พ\.ศ\. ?)?(?P<year>[0-9]{4}))?"
_CASED = r"[\p{Latin}\p{Cyrillic}]"
_LINK = r"(?:of |ខែ ?|ເດືອນ ?|เดือน ?|de )?"
_DATES = tuple(
    regex.compile(pattern, regex.IGNORECASE)
    for pattern in (
        rf"(?<![0-9]){_DAY}(?:st|nd|rd|th)?[- ]?{_LINK}(?P<month>{_MONTH})(?!{_CASED}){_YEAR}",
        rf"(?<!{_CASED})(?P<month>{_MONTH})\.? {_DAY}(?![0-9]|[.,][0-9]|%| ?per){_YEAR}",
        rf"(?P<number>[0-9]{{1,2}})月{_DAY}日",
        rf"(?<![0-9.,/]){_DAY}/(?P<number>[0-9]{{1,2}})(?:/(?P<year>[0-9]{{4}}))?(?![0-9/])",
        rf"(?<![0-9.,/]){_DAY}\.(?P<number>[0-9]{{2}})\.(?P<year>[0-9]{{4}})(?![0-9])",
        rf"(?<![0-9]){_DAY} tháng (?P<number>[0-9]{{1,2}})(?![0-9])",
    )
)
_TIME = regex.compile(
    r"(?<![0-9])[0-9]{1,2}[:.][0-9]{2} ?(?:am|pm|a\.m|p\.m|น\.|WIB)|(?<![0-9])[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?",
    regex.IGNORECASE,
)
_NUMBER = regex.compile(
    r"(?<![0-9.,])[0-9]+(?:[.,\u00a0\u202f ][0-9]{3})+(?![0-9])(?:[.,][0-9]+)?|(?<![0-9.,])[0-9]+(?:[.,][0-9]+)?"
)
_THAI = 0x0E00  # the first of the scripts that are written without spaces
_WORD_AFTER = regex.compile(r"[-\u00a0 ]?([\p{L}\p{M}]+)")
_UNSPACED_AFTER = regex.compile(
    "[-\u00a0 ]?("
    + "|".join(sorted((name for name in _MAGNITUDES if ord(name[0]) >= _THAI), key=len, reverse=True))
    + ")"
)
_PERCENT = regex.compile(
    r"\s?(?:%|٪|per ?cent|percent|persen|peratus|процент|phần trăm|ร้อยละ|ភាគរយ|ເປີເຊັນ|ရာခိုင်နှုန်း|porsiyento|por cento)"
)
# An article is asked for its figures several times in a row, and so are those it is compared with.
_REMEMBERED = 64
_DIGITS = regex.compile("[0-9]+")
_AROUND = 40
"""Characters before or behind its digits within which a date lies with all that tells it from another number."""

_GROUP = 3
_BUDDHIST = 543
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_MONTHS_A_YEAR, _DAYS_A_MONTH = 12, 31


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its place; `percent` says what it counts."""

    value: float
    start: int
    end: int
    percent: bool = False

    @property
    def key(self) -> str:
        """Return the number in four significant digits, the same for the same number in any language."""
        return f"{self.value:.4g}" + ("%" if self.percent else "")

    @property
    def is_year(self) -> bool:
        """Return whether the number may be a year, in the common or the Buddhist era."""
        whole = self.value == int(self.value) and not self.percent
        return whole and (
            _FIRST_YEAR <= self.value <= _LAST_YEAR or _FIRST_YEAR <= self.value - _BUDDHIST <= _LAST_YEAR
        )


@cache
def _digits() -> dict[int, str]:
    """Return the digits of other scripts as those of ASCII."""
    starts = (0x0E50, 0x0ED0, 0x1040, 0x17E0, 0xFF10)
    return {start + digit: str(digit) for start in starts for digit in range(10)}


def plain_digits(text: str) -> str:
    """Return the text with the digits of every script as 0 to 9, each character in its place."""
    return text.translate(_digits())


def _near_digits(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of what lies around the digits of a text: no date is anywhere else."""
    begin = end = 0
    for digits in _DIGITS.finditer(text):
        if digits.start() - _AROUND > end:
            if end:
                yield begin, end
            begin = max(0, digits.start() - _AROUND)
        end = digits.end() + _AROUND
    if end:
        yield begin, min(end, len(text))


def dates(text: str) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Yield (start, end, (month, day)) of each date in a text with plain digits."""
    taken: set[int] = set()
    for pattern, (begin, end) in product(_DATES, list(_near_digits(text))):
        for match in pattern.finditer(text, begin, end):
            if match.start() in taken or match.end() - 1 in taken:
                continue
            found = match.groupdict()
            name, number = found.get("month"), found.get("number")
            month = MONTHS[name.lower()] if name else int(number or 0)
            day = int(found["day"])
            if 1 <= month <= _MONTHS_A_YEAR and 1 <= day <= _DAYS_A_MONTH:
                taken.update(range(*match.span()))
                yield match.start(), match.end(), (month, day)


@lru_cache(maxsize=_REMEMBERED)
def figures(text: str, language: str) -> tuple[tuple[Figure, ...], frozenset[tuple[int, int]]]:
    """Return the numbers of a text, without those of dates and times, and its dates as (month, day)."""
    plain = plain_digits(text)
    found = list(dates(plain))
    taken = sorted([(start, end) for start, end, _ in found] + [match.span() for match in _TIME.finditer(plain)])
    numbers = tuple(
        figure for figure in _numbers(plain, language) if not any(start <= figure.start < end for start, end in taken)
    )
    return numbers, frozenset(date for _, _, date in found)


def _numbers(plain: str, language: str) -> Iterator[Figure]:
    for match in _NUMBER.finditer(plain):
        value = _value(match.group(), language)
        end = match.end()
        after = _UNSPACED_AFTER.match(plain, end) or _WORD_AFTER.match(plain, end)
        times = _MAGNITUDES.get(unicodedata.normalize("NFC", after[1]).lower()) if after else None
        if after and times:
            value, end = value * times, after.end()
        yield Figure(value, match.start(), end, percent=bool(_PERCENT.match(plain, end)))


def _value(written: str, language: str) -> float:
    """Return the value of a number in the language's way, or in the other one where it can be no other."""
    signs = [character for character in written if character in ".,"]
    digits = regex.sub(r"[\u00a0\u202f ]", "", written)
    if len(signs) == 1:
        grouping = "." if language in DECIMAL_COMMA else ","
        head, _, tail = digits.partition(signs[0])
        grouped = signs[0] == grouping and len(tail) == _GROUP
        return float(head + tail if grouped else f"{head}.{tail}")
    if len(set(signs)) == 1:
        return float(digits.replace(signs[0], ""))
    whole, _, fraction = digits.rpartition(signs[-1]) if signs else (digits, "", "0")
    return float(f"{regex.sub('[.,]', '', whole)}.{fraction}")
