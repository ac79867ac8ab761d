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
CONTROLS = "".join(map(chr, {*range(32), 0xFFFE, 0xFFFF} - set(b"\t\n\r")))
REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
LAST_RESORT = "cp1252"
HIGHEST = 0x10FFFF
REPLACEMENT = "\ufffd"


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
        wrong = name == "utf-8" and declared is not None and _known(names[0]) != "utf-8" and not body.isascii()
        return text, [f"declared as {names[0]}, but the bytes are UTF-8"] if wrong else []
    return _forced(body, names)


def _forced(body: bytes, names: list[str]) -> tuple[str, list[str]]:
    """Decode what fits no encoding, with replacement characters where it does not."""
    if not names:
        return body.decode(LAST_RESORT, "replace"), ["no encoding declared and not UTF-8; read as Windows-1252"]
    encoding = next(filter(None, map(_known, names)), "utf-8")
    return body.decode(encoding, "replace"), [f"declared as {names[0]}, but not all of it is"]


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
