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
CONTROLS = "".join(map(chr, {*range(32), 0xFFFE, 0xFFFF} - set(b"\t\n\r")))
REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
LAST_RESORT = "cp1252"
HIGHEST = 0x10FFFF
REPLACEMENT = "\ufffd"

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
    # Not by re.sub, which holds the text three times while it works.
    declaration = DECLARATION.match(text)
    if declaration is not None:
        text = text[declaration.end() :]
    before = len(text)
    for control in CONTROLS:
        text = text.replace(control, "")
    if len(text) < before:
        problems.append(f"{before - len(text)} control characters removed")
    return text, tuple(problems)


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


def possible(text: str) -> str:
    """Return markup without references to characters that there are not, such as &#xD800; and &#99999999999;.

    Two references to the halves of one character, as some programs write an emoji, become that character.
    """
    replaced = REFERENCE.sub(_possible, text)
    if replaced == text:
        return text
    return replaced.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _possible(reference: re.Match[str]) -> str:
    digits = (reference[1] or reference[2]).lstrip("0")
    code = int(digits or "0", 16 if reference[1] else 10) if len(digits) <= len(str(HIGHEST)) else HIGHEST + 1
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004  # the halves, as Unicode fixes them
        return chr(code)
    return reference[0] if 0 < code <= HIGHEST else REPLACEMENT


def _known(name: str) -> str | None:
    """Return the codec that a declared name stands for; none for unknown names and codecs that are no charset."""
    try:
        found = codecs.lookup(ALIASES.get(name.strip().lower(), name.strip()))
    except (LookupError, ValueError):
        return None
    if not found._is_text_encoding or found.name in {"utf-7", "idna", "punycode", "unicode_escape"}:  # noqa: SLF001  # CPython tells text codecs from others only so
        return None
    return WIDER.get(found.name, found.name)
