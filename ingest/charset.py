"""Bytes of a feed or page to text: what the bytes are counts for more than what they are declared to be.

The only charset_normalizer import.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from charset_normalizer import from_bytes

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

DETECTED = (
    "cp1251", "koi8_r", "cp866", "cp874", "gb18030", "big5hkscs", "cp949", "cp932", "euc_jp", "cp1258", "cp1252",
)  # fmt: skip
"""Encodings that bytes are recognised as: those that were in use in the region before UTF-8, and their neighbours."""

DECOMPOSED = "cp1258"
"""Encoding that writes Vietnamese tones as characters of their own, after the vowel."""

FAULTY = 0.01
"""Share of bytes beyond ASCII that may be wrong before the declared encoding is doubted."""


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
        if encoding == DECOMPOSED:
            text = unicodedata.normalize("NFC", text)
        wrong = name == "utf-8" and declared is not None and _known(names[0]) != "utf-8" and not body.isascii()
        return text, [f"declared as {names[0]}, but the bytes are UTF-8"] if wrong else []
    return _forced(body, names)


def _forced(body: bytes, names: list[str]) -> tuple[str, list[str]]:
    """Decode what fits no declared encoding, with replacement characters where nothing else fits either."""
    declared = next(filter(None, map(_known, names)), None)
    text = body.decode(declared, "replace") if declared else ""
    beyond = len(body) - len(body.translate(None, bytes(range(128, 256))))
    if declared and text.count("\ufffd") <= FAULTY * beyond:
        return text, [f"declared as {names[0]}, but not all of it is"]
    best = from_bytes(body, cp_isolation=list(DETECTED)).best()
    if best is not None and best.encoding != "ascii":
        said = f"declared as {names[0]}, but it is not" if names else "no encoding declared and not UTF-8"
        return unicodedata.normalize("NFC", str(best)), [f"{said}; read as {best.encoding}"]
    if declared:
        return text, [f"declared as {names[0]}, but not all of it is"]
    return body.decode(LAST_RESORT, "replace"), ["no known encoding declared and not UTF-8; read as cp1252"]


def _known(name: str) -> str | None:
    """Return the codec that a declared name stands for; none for unknown names and codecs that are no charset."""
    try:
        found = codecs.lookup(ALIASES.get(name.strip().lower(), name.strip()))
    except (LookupError, ValueError):
        return None
    if not found._is_text_encoding or found.name in {"utf-7", "idna", "punycode", "unicode_escape"}:  # noqa: SLF001  # CPython tells text codecs from others only so
        return None
    return WIDER.get(found.name, found.name)
