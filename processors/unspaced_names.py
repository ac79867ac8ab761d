"""Who stands before a verb of saying in scripts without capitals: Thai and Chinese."""

from __future__ import annotations

import re

from processors.fold import word_set

_THAI_PIECES = 3
_THAI_LONGEST = 60
# A piece that begins so is no name but what somebody is.
_THAI_TITLES = tuple(
    word_set(
        """นายก ผู้ ประธาน โฆษก รอง เลขา อธิบดี รัฐมนตรี แพทย์ ทันตแพทย์ โค้ช กัปตัน อาจารย์ เอกอัครราชทูต ทูต
        กงสุล นัก ชาว เจ้าของ หัวหน้า ภัณฑารักษ์ เชฟ แม่ค้า พ่อค้า ครู ผอ. ศาสตราจารย์ กรรมการ"""
    )
)
# Titles with which a name may stand together without a space.
_THAI_GLUED = ("โค้ช", "กัปตัน", "อาจารย์", "ครู", "เชฟ", "หมอ", "ภัณฑารักษ์", "ผู้กำกับ", "นักร้อง")
_HAN_LONGEST = 20
# What follows a name of so many characters in a Chinese clause: where, to whom, when, how.
_HAN_PLACE = re.compile("[在对對向于]|接受|随后|日前|近日|昨天|今天|笑着|也$|还$|则$")
_HAN_NAME = 2


def thai_name(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return where the name stands that begins a Thai clause, titles left out: its first pieces."""
    clause = text[start:end].strip()
    if not clause or not ("\u0e00" <= clause[0] <= "\u0e7f"):
        return None
    pieces = clause.split(" ")[:_THAI_PIECES]
    glued = next(
        (title for title in _THAI_GLUED if pieces[0].startswith(title) and pieces[0] not in {title, title + "ทีม"}), None
    )
    if glued:
        pieces = [pieces[0].removeprefix(glued), *pieces[1:2]]
    titled = not glued and len(pieces) > 1 and pieces[0].startswith(_THAI_TITLES)
    name = " ".join(pieces[1:] if titled else pieces[: _THAI_PIECES - 1])
    begin = text.index(name, start)
    return (begin, begin + len(name)) if len(name) <= _THAI_LONGEST else None


def han_name(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return where that stands which comes before the verb of a Chinese clause, from the last comma on."""
    begin = max(start, text.rfind("，", start, end) + 1)
    while begin < end and text[begin].isspace():
        begin += 1
    if place := _HAN_PLACE.search(text, begin + _HAN_NAME, end):
        end = place.start()
    if begin >= end or end - begin > _HAN_LONGEST or not is_han(text[begin]):
        return None
    return begin, end


def is_only_part(text: str, name_end: int, verb_start: int) -> bool:
    """Return whether a name is but part of what stands before a Chinese verb: a party's before its leader's."""
    between = text[name_end:verb_start]
    return len(between) >= _HAN_NAME and all(is_han(letter) for letter in between[:_HAN_NAME])


def is_han(letter: str) -> bool:
    """Return whether a letter is a Chinese character."""
    return "\u4e00" <= letter <= "\u9fff"
