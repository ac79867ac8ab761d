"""An article as the tagger reads it: fields, paragraphs and sentences with their places, link boxes apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from processors.fold import Folded, fold

FieldName = Literal["title", "text"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a field; indices into the folded text."""

    start: int
    end: int


@dataclass(frozen=True)
class Field:
    """Title or text of an article: the original, its folded form, and the paragraphs of that, link boxes left out."""

    name: FieldName
    original: str
    folded: Folded
    paragraphs: tuple[Span, ...]

    @property
    def text(self) -> str:
        """Return the folded text."""
        return self.folded.text

    @cached_property
    def lowered(self) -> str:
        """Return the folded text in lower case, each character in its place."""
        lowered = self.text.lower()
        return lowered if len(lowered) == len(self.text) else "".join(map(_lower, self.text))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its place in the folded field, and its paragraph in the field, from 0."""

    field: FieldName
    start: int
    end: int
    paragraph: int


@dataclass(frozen=True)
class Reading:
    """What every watchlist is compared with; `published` says who held an office."""

    language: str
    title: Field
    text: Field
    published: date | None = None

    @property
    def fields(self) -> tuple[Field, Field]:
        """Return the title and the text."""
        return self.title, self.text

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Return the sentences in order, the title's first."""
        return tuple(
            Sentence(field.name, start, end, number)
            for field in self.fields
            for number, paragraph in enumerate(field.paragraphs)
            for start, end in split_sentences(field.text, paragraph.start, paragraph.end, self.language)
        )


def read(title: str, text: str, language: str, published: date | None = None) -> Reading:
    """Return the article ready for the watchlists."""
    return Reading(language, _field("title", title, language), _field("text", text, language), published)


def _field(name: FieldName, original: str, language: str) -> Field:
    folded = fold(original, language)
    spans = tuple(_paragraphs(folded.text))
    if name == "text":
        spans = tuple(_article_only(folded.text, spans))
    return Field(name, original, folded, spans)


def _lower(character: str) -> str:
    lowered = character.lower()
    return lowered if len(lowered) == 1 else character


_LINE = re.compile(r"[^\n\r\u2028\u2029\v\f\x1c-\x1e\x85]+")


def _paragraphs(text: str) -> Iterator[Span]:
    for line in _LINE.finditer(text):
        stripped = line.group().strip()
        if stripped:
            start = line.start() + line.group().index(stripped[0])
            yield Span(start, start + len(stripped))


# How sites head their boxes of links; a heading alone on its line governs the headlines below it.
_BOX = re.compile(
    r"(?:most (?:read|popular|viewed)|related (?:stories|articles|news|posts|coverage)|read (?:also|more|next)"
    r"|also read|see also|more from|more (?:stories|on this)|recommended|trending(?: now)?|editor'?s'? picks?"
    r"|you may also like"
    r"|baca juga|berita terkait|artikel terkait|terpopuler|simak juga|lihat juga|berita lain|baca selengkapnya"
    r"|berita berkaitan|artikel berkaitan"
    r"|tin liên quan|đọc thêm|xem thêm|đọc nhiều|tin cùng chuyên mục|có thể bạn quan tâm|bài liên quan"
    r"|อ่านเพิ่มเติม|ข่าวที่เกี่ยวข้อง|อ่านมากที่สุด|ข่าวยอดนิยม|อ่านข่าวเพิ่มเติม|อ่านต่อ|อ่านข่าวที่เกี่ยวข้อง"
    r"|читайте также|читайте по теме|по теме|самое читаемое|самое популярное|смотрите также"
    r"|материалы по теме|еще по теме"
    r"|相关阅读|相关新闻|延伸阅读|推荐阅读)\b[^:\n]{0,30}(?P<colon>:)?",
    re.IGNORECASE,
)
_HEADING_LENGTH = 60
_LINK_LENGTH = 160
_FINISHED = re.compile(r"[.!?…。!?។။”\"»)]\s*$")


def _article_only(text: str, paragraphs: tuple[Span, ...]) -> Iterator[Span]:
    """Yield the paragraphs that are no box of links."""
    in_box = False
    for paragraph in paragraphs:
        line = text[paragraph.start : paragraph.end]
        heading = _BOX.match(line)
        if heading and (heading.group("colon") or len(line) <= _HEADING_LENGTH) and not line.endswith((".", "»", "”")):
            in_box = in_box or len(line) <= _HEADING_LENGTH
            continue
        in_box = in_box and len(line) <= _LINK_LENGTH and not _FINISHED.search(line)
        if not in_box:
            yield paragraph


_END = re.compile(r"[.!?…]+[\"”»’')\]]*\s+|[。！？。]+[”」』]*|[။។]+\s*")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(«“\"])(?:\w|Mrs?|Ms|Drs?|Prof|Gen|Lt|Col|Sen|Rep|Gov|Capt|Sgt|Rev|Hon|Amb|St|Jr|Sr|vs|No|Inc|Corp|Co|Ltd"
    r"|(?:\w\.)+\w|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Ir|Hj|Tn|Bpk|dll|dkk|TP|ThS|TS|GS|PGS|Q"
    r"|г|гг|т|стр|им|руб|коп|тыс|млн|млрд|ул|обл|р|акад|проф|ген)\.$",
    re.UNICODE,
)
_LOOKBACK = 12
# Thai and Lao mark no end of a sentence: pieces between spaces are gathered to about a sentence's length.
_UNMARKED = frozenset({"th", "lo"})
_PIECE = 160
_LONGEST = 1200
_GAP = re.compile(r"\s+")


def split_sentences(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """Return the (start, end) of the sentences in one paragraph."""
    if language in _UNMARKED:
        return _pieces(text, start, end, _PIECE)
    if end - start <= _LONGEST:
        return _marked(text, start, end)
    # A table or a list without full stops is no sentence, however long.
    return [piece for long in _marked(text, start, end) for piece in _pieces(text, *long, _LONGEST)]


def _marked(text: str, start: int, end: int) -> list[tuple[int, int]]:
    sentences: list[tuple[int, int]] = []
    for mark in _END.finditer(text, start, end):
        following = mark.end()
        if following >= end or (mark.group()[-1].isspace() and not _begins(text[following])):
            continue
        if mark.group()[0] == "." and _ABBREVIATION.search(
            text[max(start, mark.start() - _LOOKBACK) : mark.start() + 1]
        ):
            continue
        sentences.append((start, mark.start() + len(mark.group().rstrip())))
        start = following
    sentences.append((start, end))
    return sentences


def _begins(character: str) -> bool:
    return not character.islower() and character not in ",;:-–—)"


def _pieces(text: str, start: int, end: int, length: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    for gap in _GAP.finditer(text, start, end):
        if gap.start() - start >= length:
            pieces.append((start, gap.start()))
            start = gap.end()
    return [*pieces, (start, end)]
