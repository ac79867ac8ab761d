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
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}
"""Encodings that are declared when a superset of them is used, or one variant; after the WHATWG Encoding Standard."""

ALIASES = {"windows-874": "cp874", "x-sjis": "shift_jis", "x-gbk": "gbk", "unicode": "utf-8"}
"""Names in use that Python does not know; after the WHATWG Encoding Standard."""

DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,200}?\?>")
CONTROLS = bytes({*range(32)} - set(b"\t\n\r"))
NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())
REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
HALVES = re.compile(rb"(\xed[\xa0-\xaf].\xed[\xb0-\xbf].)|\xed[\xa0-\xbf].", re.DOTALL)
"""Halves of a character, as they would be in UTF-8: two that are one, and one alone."""

LAST_RESORT = "cp1252"
HIGHEST = 0x10FFFF
REPLACEMENT = "\ufffd".encode()
PIECE = 1 << 18
"""Bytes worked on at a time: of the text of a large feed, no copy is made that takes up to four bytes a character."""

BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
SAMPLE = 1 << 20
"""Bytes from which an encoding is recognised."""

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
    text, problems = recode(body, charset)
    return text.decode(), problems


def recode(body: bytes, charset: str | None = None) -> tuple[bytes, tuple[str, ...]]:
    """Return what `decode` does, as UTF-8: text of many scripts takes the least memory so."""
    text, problems = _recode(body, charset)
    declaration = DECLARATION.match(text)
    if declaration is not None:
        text = text[declaration.end() :]
    before = len(text)
    text = text.translate(None, CONTROLS)
    removed = before - len(text)
    for character in NONCHARACTERS:
        removed += text.count(character)
        text = text.replace(character, b"")
    if removed:
        problems.append(f"{removed} control characters removed")
    return text, tuple(problems)


def _recode(body: bytes, charset: str | None) -> tuple[bytes, list[str]]:
    for mark, encoding in BOMS:
        if body.startswith(mark):
            return _utf8(body[len(mark) :], encoding, "replace"), []
    declared = DECLARED.search(body[:400])
    names = [name for name in (declared and declared[1].decode("ascii"), charset) if name]
    stateful = [name for name in names if (_known(name) or "").startswith(("iso2022", "hz"))]
    for name in (*stateful, "utf-8", *names):
        encoding = _known(name) or ""
        try:
            text = _utf8(body, encoding)
        except (UnicodeError, LookupError):
            continue
        if encoding == DECOMPOSED:
            text = _composed(text)
        wrong = name == "utf-8" and declared is not None and _known(names[0]) != "utf-8" and not body.isascii()
        return text, [f"declared as {names[0]}, but the bytes are UTF-8"] if wrong else []
    return _forced(body, names)


def _utf8(body: bytes, encoding: str, errors: str = "strict") -> bytes:
    """Return bytes of an encoding as UTF-8. Raises UnicodeError for wrong ones, LookupError for no such encoding."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    starts = range(0, len(body), PIECE)
    texts = (decoder.decode(body[at : at + PIECE], at + PIECE >= len(body)) for at in starts)
    if (encoding, errors) == ("utf-8", "strict"):
        for _ in texts:
            pass  # it raises, or is right as it is
        return body
    return b"".join(text.encode("utf-8", "replace") for text in texts)


def _composed(text: bytes) -> bytes:
    return unicodedata.normalize("NFC", text.decode()).encode()


def _forced(body: bytes, names: list[str]) -> tuple[bytes, list[str]]:
    """Decode what fits no declared encoding, with replacement characters where nothing else fits either."""
    declared = next(filter(None, map(_known, names)), None)
    text = _utf8(body, declared, "replace") if declared else b""
    beyond = len(body) - len(body.translate(None, bytes(range(128, 256))))
    if declared and text.count(REPLACEMENT) <= FAULTY * beyond:
        return text, [f"declared as {names[0]}, but not all of it is"]
    best = from_bytes(_sample(body), cp_isolation=list(DETECTED)).best()
    if best is not None and best.encoding != "ascii":
        said = f"declared as {names[0]}, but it is not" if names else "no encoding declared and not UTF-8"
        return _composed(_utf8(body, best.encoding, "replace")), [f"{said}; read as {best.encoding}"]
    if declared:
        return text, [f"declared as {names[0]}, but not all of it is"]
    return _utf8(body, LAST_RESORT, "replace"), ["no known encoding declared and not UTF-8; read as cp1252"]


def _sample(body: bytes) -> bytes:
    """Return as much of large bytes as tells their encoding: from the first beyond ASCII on, to the end of a word."""
    if len(body) <= SAMPLE:
        return body
    first = BEYOND_ASCII.search(body)
    sample = body[first.start() :][:SAMPLE] if first else body[:SAMPLE]
    return sample[: max(sample.rfind(b" "), sample.rfind(b"<")) + 1] or sample


def possible(text: bytes) -> bytes:
    """Return markup in UTF-8 without references to characters that there are not, as &#xD800; and &#99999999999;.

    Two references to the halves of one character, as some programs write an emoji, become that character.
    """
    if b"&#" not in text:
        return text
    pieces = []
    at = 0
    while at < len(text):
        # A reference is never cut in two: each piece ends before one begins.
        end = text.find(b"&", at + PIECE)
        end = len(text) if end < 0 else end
        pieces.append(REFERENCE.sub(_possible, text[at:end]))
        at = end
    replaced = b"".join(pieces)
    return HALVES.sub(_joined, replaced) if b"\xed" in replaced else replaced


def _possible(reference: re.Match[bytes]) -> bytes:
    digits = (reference[1] or reference[2]).lstrip(b"0")
    code = int(digits or b"0", 16 if reference[1] else 10) if len(digits) <= len(str(HIGHEST)) else HIGHEST + 1
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004  # the halves, as Unicode fixes them
        return chr(code).encode("utf-8", "surrogatepass")
    return reference[0] if 0 < code <= HIGHEST else REPLACEMENT


def _joined(halves: re.Match[bytes]) -> bytes:
    if halves[1] is None:
        return REPLACEMENT
    return halves[1].decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()


def _known(name: str) -> str | None:
    """Return the codec that a declared name stands for; none for unknown names and codecs that are no charset."""
    try:
        found = codecs.lookup(ALIASES.get(name.strip().lower(), name.strip()))
    except (LookupError, ValueError):
        return None
    if not found._is_text_encoding or found.name in {"utf-7", "idna", "punycode", "unicode_escape"}:  # noqa: SLF001  # CPython tells text codecs from others only so
        return None
    return WIDER.get(found.name, found.name)
