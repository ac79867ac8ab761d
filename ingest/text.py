"""Plain text out of HTML fragments, and the lines that are no part of an article; one line is one paragraph."""

from __future__ import annotations

import html
import re

from lxml import etree
from lxml.html import HTMLParser

LONGEST = 512 * 1024
"""Characters of a fragment that are read."""

SKIPPED = frozenset({
    "audio", "button", "canvas", "embed", "figcaption", "figure", "form", "iframe", "img", "input", "nav",
    "noscript", "object", "picture", "script", "select", "style", "svg", "template", "textarea", "video",
})  # fmt: skip
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "q", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
    "tt", "u", "var", "wbr",
})  # fmt: skip

TEASER_WORDS = (
    "also read|read also|read more|read next|see also|more on this|related(?: (?:stories|articles|news|topics))?|"
    "recommended(?: for you| stories| reading)?|you (?:may|might) also like|continue reading|"
    "baca juga|baca selengkapnya|simak juga|lihat juga|berita terkait|artikel terkait|baca lagi|"
    "xem thêm|đọc thêm|tin liên quan|bài liên quan|đọc tiếp|"
    "читайте также|читать далее|по теме|материалы по теме|смотрите также|подробнее|"
    "อ่านเพิ่มเติม|อ่านต่อ|อ่านข่าวเพิ่มเติม|ข่าวที่เกี่ยวข้อง|เรื่องที่เกี่ยวข้อง|อ่านประกอบ"
)
TEASER = re.compile(rf"^[\W_]*(?:{TEASER_WORDS})(?:\s*[:：»›>–—|-].*|[\W_]*)$", re.IGNORECASE)
"""A line that only sends the reader elsewhere: the words alone, or the words, a colon or dash, and a title."""

LONGEST_TEASER = 250
"""Characters; a longer line that begins like one is prose."""

FEED_TAIL = re.compile(
    r"^The post .{1,300} (?:first appeared|appeared first) on .{1,100}$|^(?:submitted|posted) by\b.{0,100}$"
    r"|^(?:source|sumber|nguồn|источник)\s*:\s*https?://\S+$"
    r"|^(?:view|read) (?:the )?(?:original|full) (?:article|story).{0,80}$",
    re.IGNORECASE,
)
CUT = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.|&hellip;)\s*\]|(?:continue reading|read more)\W*)$", re.IGNORECASE)
SPACES = re.compile(r"[^\S\n]+")
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
TAG = re.compile(r"<[a-zA-Z/!][^>]{0,2000}>")


def plain_text(fragment: str) -> str:
    """Return the text of an HTML fragment, one line a paragraph, without what sends the reader elsewhere."""
    fragment = fragment[:LONGEST]
    if not TAG.search(fragment):
        return tidy(html.unescape(fragment))
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    root = etree.fromstring(f"<div>{INVISIBLE.sub('', fragment)}</div>".encode("utf-8", "replace"), parser)
    return "" if root is None else tidy("".join(_pieces(root)))


def _pieces(root: etree._Element) -> list[str]:
    """Return the text in document order, with a line break around every block."""
    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = str(element.tag)
        if event == "start" and tag in SKIPPED:
            walk.skip_subtree()
            continue
        if tag not in INLINE:
            pieces.append("\n")
        text = (None if tag in SKIPPED else element.text) if event == "start" else element.tail
        # Line breaks of the source are spaces; those of the blocks are kept apart from them.
        pieces.append((text or "").replace("\n", " "))
    return pieces


def line_of(text: str) -> str:
    """Return markup-free text on one line."""
    return " ".join(INVISIBLE.sub("", html.unescape(TAG.sub("", text))).split())


def tidy(text: str) -> str:
    """Return the text with single spaces, without empty lines, repeated lines and lines that are no prose."""
    kept: list[str] = []
    for raw in SPACES.sub(" ", INVISIBLE.sub("", text)).split("\n"):
        line = raw.strip()
        if line and not is_boilerplate(line) and (not kept or kept[-1] != line):
            kept.append(line)
    if kept:
        kept[-1] = CUT.sub("", kept[-1])
    return "\n".join(line for line in kept if line)


def is_boilerplate(line: str) -> bool:
    """Return whether the line only sends the reader elsewhere or names the feed's origin."""
    return len(line) <= LONGEST_TEASER and bool(TEASER.match(line) or FEED_TAIL.match(line))
