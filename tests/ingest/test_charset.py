"""Bytes become the text that was written, whichever of header, mark, declaration and detection tells how."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.charset import decode
from ingest.extract import extract
from ingest.parse import parse_feed

RUSSIAN = "Министры обсудили поставки удобрений и открытие судоходной линии между портами в среду"
THAI = "รัฐมนตรีต่างประเทศหารือเรื่องการส่งออกข้าวและการเปิดเส้นทางเดินเรือระหว่างท่าเรือในวันพุธ"
CHINESE = "部长们周三讨论了化肥供应和港口之间的航线开通问题，会议在雅加达举行，双方表示将继续合作"
VIETNAMESE = "Các bộ trưởng đã thảo luận về việc cung cấp phân bón và mở tuyến vận tải biển giữa các cảng"
FRENCH = "Les ministres ont discuté de l’énergie à Genève où ils se sont réunis très tôt jeudi"


def in_1258(text: str) -> bytes:
    """Return Vietnamese in windows-1258, each tone after its vowel; Python's codec composes nothing itself."""
    encoded = b""
    for character in text:
        try:
            encoded += character.encode("cp1258")
        except UnicodeEncodeError:
            base, *marks = unicodedata.normalize("NFD", character)
            tones = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
            vowel = unicodedata.normalize("NFC", base + "".join(mark for mark in marks if mark not in tones))
            encoded += vowel.encode("cp1258") + "".join(tones).encode("cp1258")
    return encoded


LEGACY = [
    ("windows-1251", RUSSIAN, RUSSIAN.encode("cp1251")),
    ("koi8-r", RUSSIAN, RUSSIAN.encode("koi8-r")),
    ("ibm866", RUSSIAN, RUSSIAN.encode("cp866")),
    ("windows-874", THAI, THAI.encode("cp874")),
    ("tis-620", THAI, THAI.encode("tis-620")),
    ("gb18030", CHINESE, CHINESE.encode("gb18030")),
    ("gb2312", CHINESE, CHINESE.encode("gb2312")),
    ("windows-1258", VIETNAMESE, in_1258(VIETNAMESE)),
    ("windows-1252", FRENCH, FRENCH.encode("cp1252")),
]
NAMES = [name for name, _, _ in LEGACY]


def a_page(head: bytes, text: bytes) -> bytes:
    sentences = b"".join(b"<p>%d. %s.</p>" % (number, text) for number in range(9))
    return b"<html><head>" + head + b"<title>x</title></head><body><article>" + sentences + b"</article></body></html>"


def a_feed(declaration: bytes, text: bytes) -> bytes:
    item = b"<item><title>" + text + b"</title><link>https://a.example/1</link></item>"
    return declaration + b'<rss version="2.0"><channel>' + item + b"</channel></rss>"


@pytest.mark.parametrize(("name", "text", "encoded"), LEGACY, ids=NAMES)
def test_a_page_is_read_by_its_header_its_meta_element_or_its_bytes_alone(name: str, text: str, encoded: bytes) -> None:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={name}">'.encode()
    for head, charset in ((b"", name), (meta, None), (f"<meta charset='{name}'>".encode(), None), (b"", None)):
        found = extract(a_page(head, encoded), "https://a.example/1", charset)
        assert found.text.split("\n")[0] == f"0. {text}."


@pytest.mark.parametrize(("name", "text", "encoded"), LEGACY, ids=NAMES)
def test_a_feed_is_read_by_its_header_its_declaration_or_its_bytes_alone(name: str, text: str, encoded: bytes) -> None:
    declaration = f'<?xml version="1.0" encoding="{name}"?>'.encode()
    for begin, charset in ((b"", name), (declaration, None), (b"", None)):
        [entry] = parse_feed(a_feed(begin, encoded), "https://a.example/feed", charset=charset).entries
        assert entry.title == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_counts_for_more_than_any_declaration(encoding: str) -> None:
    assert decode(THAI.encode(encoding), "windows-1252") == (THAI, ())


@pytest.mark.parametrize(("declared", "wrong"), [("iso-2022-jp", "iso-2022-jp"), ("us-ascii-2", "us-ascii-2")])
def test_a_declaration_that_the_bytes_contradict_gives_way_to_what_they_are(declared: str, wrong: str) -> None:
    text, problems = decode(RUSSIAN.encode("cp1251"), declared)
    assert text == RUSSIAN
    assert problems == (f"declared as {wrong}, but it is not; read as cp1251",)


def test_a_few_wrong_bytes_do_not_put_a_declaration_in_doubt() -> None:
    body = (CHINESE * 20).encode("gb18030") + b"\x81"
    text, problems = decode(body, "gb18030")
    assert text == CHINESE * 20 + "\ufffd"
    assert problems == ("declared as gb18030, but not all of it is",)


def test_a_page_cut_within_a_character_of_utf_8_is_still_utf_8() -> None:
    text, problems = decode((THAI * 20).encode()[:-1], "utf-8")
    assert text.startswith(THAI * 19)
    assert problems == ("declared as utf-8, but not all of it is",)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "gb18030", "utf-16", "utf-32", "iso2022_jp"])
def test_a_large_text_is_read_in_pieces_and_no_character_is_broken_between_two(encoding: str) -> None:
    text = "я ночь " + "ночь " * 200_000
    assert decode(text.encode(encoding), encoding)[0] == text


def test_the_encoding_of_a_large_text_is_recognised_from_its_first_letters_beyond_ascii() -> None:
    text = "news of the day " * 100_000 + f"{RUSSIAN}. " * 20_000
    found, problems = decode(text.encode("cp1251"))
    assert found == text
    assert problems == ("no encoding declared and not UTF-8; read as cp1251",)


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(max_size=300), st.none() | st.sampled_from(["utf-8", "windows-1251", "gb18030", "hz", "no-such"]))
def test_any_bytes_become_some_text(body: bytes, charset: str | None) -> None:
    text, _ = decode(body, charset)
    assert "\0" not in text
    text.encode("utf-8", "surrogatepass").decode("utf-8")
