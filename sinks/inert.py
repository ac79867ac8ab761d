"""Text from the web made harmless: no control or bidi characters, no line breaks, no markup, nobody called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

JOINERS = frozenset({0x200B, 0x200C, 0x200D})
"""Invisible characters that Khmer, Thai, Lao, the Indic scripts and emoji cannot be written without."""

ZERO_WIDTH_SPACE = "\u200b"

_MARKDOWN_LINK = re.compile(r"\](?=[(\[])")
_BLOCK = re.compile(r"^(?=[#+-]|\d+[.)])")
_ADDRESS = re.compile(r":(?=//)")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SPEAKABLE_LINK = re.compile(r"https?://[^\s\"'`\\^{|}]+", re.IGNORECASE)


def _is_unsafe(code: int) -> bool:
    """Return whether a character steers a terminal or a line instead of being shown (Unicode Cc, Cf, Cs, Zl, Zp)."""
    return unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and code not in JOINERS


class _Table(dict[int, str | int]):
    """A table for str.translate that looks each character up once."""

    def __init__(self, replace: Callable[[int], str]) -> None:
        super().__init__()
        self._replace = replace

    def __missing__(self, code: int) -> str | int:
        self[code] = found = self._replace(code) if _is_unsafe(code) else code
        return found


def _escape(code: int) -> str:
    units = chr(code).encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[index : index + 2].hex()}" for index in range(0, len(units), 2))


_REMOVED = _Table(lambda code: " " if chr(code).isspace() else "")
_ESCAPED = _Table(_escape)
_LOOKALIKES = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "*": "∗",
        "_": "ˍ",
        "`": "ˋ",
        "~": "∼",
        "|": "∣",
        "\\": "∖",
        "@": f"@{ZERO_WIDTH_SPACE}",
        "＠": f"＠{ZERO_WIDTH_SPACE}",
    }
)
"""What chat services read as markup, or as calling somebody, and what looks like it and is neither."""


def line(text: str, limit: int | None = None) -> str:
    """Return the text as one line of visible characters, cut to `limit` of them."""
    clean = " ".join(text.translate(_REMOVED).split())
    return clean if limit is None or len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def chat(text: str, limit: int | None = None) -> str:
    """Return the text as one line in which a chat service finds no markup, no link and nobody to call."""
    clean = line(text, limit).translate(_LOOKALIKES)
    for pattern, safe in ((_MARKDOWN_LINK, "]"), (_ADDRESS, ":"), (_BLOCK, "")):
        clean = pattern.sub(safe + ZERO_WIDTH_SPACE, clean)
    return clean


def link(url: str) -> str:
    """Return the URL if it is plain http or https, and nothing otherwise; what strict readers refuse is escaped."""
    clean = line(url)
    if not _SPEAKABLE_LINK.fullmatch(clean):
        return ""
    return _LONE_PERCENT.sub("%25", clean.translate({ord("<"): "%3C", ord(">"): "%3E"}))


def chat_link(url: str) -> str:
    """Return the URL as `link` does, with nobody to call in it."""
    return link(url).replace("@", "%40")


def json_line(document: bytes) -> bytes:
    """Return a compact JSON document with every unsafe character escaped: it reads back the same."""
    return document.decode().translate(_ESCAPED).encode()
