from __future__ import annotations

import unicodedata

import orjson
import pytest

from sinks import inert
from tests.sinks.builders import HOSTILE

STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
JOINERS = "\u200b\u200c\u200d"


def steering(text: str) -> list[str]:
    """The characters of a text that do something instead of being shown."""
    return [character for character in text if unicodedata.category(character) in STEERING and character not in JOINERS]


@pytest.mark.parametrize("title", HOSTILE)
def test_nothing_in_a_line_steers(title: str) -> None:
    assert steering(inert.line(title)) == []
    assert steering(inert.chat(title)) == []


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Rubel\x1b[31mfalls\x1b[0m", "Rubel[31mfalls[0m"),
        ("line\nbreak\r\nBcc: x", "line break Bcc: x"),
        ("paragraph\u2029separator\u2028line", "paragraph separator line"),
        ("\u202egnihton\u202c", "gnihton"),
        ("soft\u00adhyphen", "softhyphen"),
        ("  wide \u3000 space\u00a0", "wide space"),
    ],
)
def test_what_steers_is_taken_out_and_breaks_become_spaces(title: str, shown: str) -> None:
    assert inert.line(title) == shown


@pytest.mark.parametrize(
    "text", ["ทดสอบ\u200bข่าว", "ទំព័រ\u200bដើម", "क्\u200dष", "می\u200cخواهم", "👩\u200d🚀", "Владивосток", "新闻"]
)
def test_the_scripts_of_the_world_stay_as_they_are(text: str) -> None:
    assert inert.line(text) == text
    assert inert.chat(text) == text


def test_a_long_line_is_cut_with_a_sign() -> None:
    assert inert.line("abcdef", 6) == "abcdef"
    assert inert.line("abc defg", 5) == "abc…"


@pytest.mark.parametrize(
    "call",
    [
        "@channel",
        "@everyone",
        "@here",
        "<!channel>",
        "<!subteam^S1>",
        "<@U12345>",
        "<#C1|general>",
        "[a](https://evil.example)",
    ],
)
def test_a_chat_line_holds_nothing_a_chat_service_acts_on(call: str) -> None:
    text = inert.chat(f"before {call} after")
    assert call not in text
    assert "<" not in text
    assert "](" not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* _it_ `code` ~~gone~~ ||spoiler|| a\\b", "∗bold∗ ˍitˍ ˋcodeˋ ∼∼gone∼∼ ∣∣spoiler∣∣ a∖b"),
        ("# heading", "\u200b# heading"),
        ("-# small", "\u200b-# small"),
        ("12. point", "\u200b12. point"),
        ("> quote", "› quote"),
        ("see https://evil.example/", "see https:\u200b//evil.example/"),
        ("$5-10 for #1, 3.5 % (a+b)", "$5-10 for #1, 3.5 % (a+b)"),
    ],
)
def test_a_chat_line_holds_no_markup_and_stays_readable(text: str, shown: str) -> None:
    assert inert.chat(text) == shown


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil.example",
        "https://",
        "https://a b",
        'https://a"onclick="x',
        "",
    ],
)
def test_only_plain_web_links_are_links(url: str) -> None:
    assert inert.link(url) == ""


def test_a_web_link_stays_a_link() -> None:
    assert inert.link("https://news.example/a?b=c&d=%20#e") == "https://news.example/a?b=c&d=%20#e"
    assert inert.link("https://news.example/100%?a=%zz&b=%d0") == "https://news.example/100%25?a=%25zz&b=%d0"
    assert inert.link("https://news.example/\x1bтаиланд") == "https://news.example/таиланд"
    assert inert.chat_link("https://social.example/@everyone") == "https://social.example/%40everyone"


@pytest.mark.parametrize("title", HOSTILE)
def test_a_json_line_reads_back_the_same_and_steers_nothing(title: str) -> None:
    line = inert.json_line(orjson.dumps({"title": title}))
    assert orjson.loads(line) == {"title": title}
    assert steering(line.decode()) == []
