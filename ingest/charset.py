"""Bytes of a feed to text: what the bytes are counts for more than what they are declared to be."""

from __future__ import annotations

import codecs
import re

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
"""Encodings that are declared when a superset of them is used; after the WHATWG Encoding Standard."""

ALIASES = {"windows-874": "cp874", "x-sjis": "shift_jis", "x-gbk": "gbk", "unicode": "utf-8"}
"""Names in use that Python does not know; after the WHATWG Encoding Standard."""

DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}?\?>")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LAST_RESORT = "cp1252"


def decode(body: bytes, charset: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the text without its XML declaration and control characters, and what was wrong, in words.

    `charset` is what the transport declared. Valid UTF-8 is read as UTF-8 whatever is declared: text in another
    encoding is hardly ever valid UTF-8 by chance.
    """
    text, problems = _decode(body, charset)
    text = DECLARATION.sub("", text, count=1)
    clean = CONTROLS.sub("", text)
    if len(clean) < len(text):
        problems.append(f"{len(text) - len(clean)} control characters removed")
    return clean, tuple(problems)


def _decode(body: bytes, charset: str | None) -> tuple[str, list[str]]:
    for mark, encoding in BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace"), []
    declared = DECLARED.search(body[:400])
    names = [name for name in (declared and declared[1].decode("ascii"), charset) if name]
    stateful = [name for name in names if (_known(name) or "").startswith(("iso2022", "hz"))]
    for name in (*stateful, "utf-8", *names):
        encoding = _known(name) or ""
        try:
            text = body.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        wrong = name == "utf-8" and declared is not None and _known(names[0]) != "utf-8" and not body.isascii()
        return text, [f"declared as {names[0]}, but the bytes are UTF-8"] if wrong else []
    return _forced(body, names)


def _forced(body: bytes, names: list[str]) -> tuple[str, list[str]]:
    """Decode what fits no encoding, with replacement characters where it does not."""
    if not names:
        return body.decode(LAST_RESORT, "replace"), ["no encoding declared and not UTF-8; read as Windows-1252"]
    encoding = next(filter(None, map(_known, names)), "utf-8")
    return body.decode(encoding, "replace"), [f"declared as {names[0]}, but not all of it is"]


def _known(name: str) -> str | None:
    """Return the codec that a declared name stands for; none for unknown names and codecs that are no charset."""
    try:
        found = codecs.lookup(ALIASES.get(name.strip().lower(), name.strip()))
    except (LookupError, ValueError):
        return None
    if not found._is_text_encoding or found.name in {"utf-7", "idna", "punycode", "unicode_escape"}:  # noqa: SLF001  # CPython tells text codecs from others only so
        return None
    return WIDER.get(found.name, found.name)
