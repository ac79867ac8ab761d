"""Vietnamese syllables that are a country's name or a given name: "Nga" is Russia, "Phương Nga" is somebody."""

from __future__ import annotations

import re
import unicodedata

from processors.fold import word_set

# Said before a given name.
_PERSONAL = word_set("""cô chị bà em anh ông bé mẹ dì thím mợ cháu bạn nàng ns nsnd nsưt mc""")
# Capitalised for beginning a sentence, and no part of a name.
_OPENERS = word_set(
    """tại ở với theo và về từ nước người phía báo sang nhưng khi nếu vì do tuy giữa trong cả bởi đối quân lính tiếng
    hàng
    dầu khí du khách đội máy tàu phái đoàn đại tổng thủ bộ chính quốc liên cộng công trước sau hiện hôm ngày năm còn
    riêng ngoài cùng để được bị các những một hai nhiều mỗi mọi vậy rằng thì là mà nên song dù bên sinh học văn thị vé
    đường tiền đồng xe súng đạn pháo không hải lục mùa gấu rượu giới dân đất vùng miền thời cựu ngoại"""
)
_BEFORE = re.compile(r"(?P<start>^|[.!?…:;\n“\"«(\[]\s*|\s)(?P<word>[^\W\d_]+) $")
_WINDOW = 24


def is_given_name(text: str, start: int) -> bool:
    """Return whether the syllable at `start` of a text is somebody's given name, by the word before it."""
    before = _BEFORE.search(unicodedata.normalize("NFC", text[max(0, start - _WINDOW) : start]))
    if before is None:
        return False
    word = before["word"]
    if word.lower() in _PERSONAL:
        return True
    if not word[0].isupper() or (word.isupper() and len(word) > 1):
        return False
    opening = before["start"].strip() != "" or (before["start"] == "" and start <= _WINDOW) or "\n" in before["start"]
    return not (opening and word.lower() in _OPENERS)
