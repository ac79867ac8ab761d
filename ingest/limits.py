"""What one feed may cost: bounds within which even a hostile one is read, or refused, in seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ingest.dates import parse_moment
from ingest.parsed import ParseError

MOST_ENTRIES = 20_000
"""Entries of a feed; a news sitemap has a thousand at most, by Google's rule, the feed of a whole archive some more."""

MOST_BYTES = 4_000_000
"""Bytes that feedparser is given: for each it takes up to 40 bytes of memory."""

MOST_TAGS = 70_000
"""Tags that feedparser is given: each takes some 50 microseconds where a feed is not well-formed."""

MOST_REFERENCES = 300_000
"""Ampersands that feedparser is given: for each it takes 250 bytes of memory. A tree of XML takes 150."""

LARGEST_TREE = 16 * 1024 * 1024
"""Bytes in UTF-8 of XML that is read as a tree; the HTTP client takes 10 MiB, which may be in another encoding."""

MOST_NODES = 300_000
"""Tags, and attributes as their equals signs count them, of XML that is read as a tree: each takes up to 250 bytes."""

MOST_ATTRIBUTES = 50
"""Attributes of one tag, and prefixes of a feed: the time that feedparser takes grows with their square."""

MOST_WORDS = 10_000
"""Words inside one tag: without a value, each is an attribute, too."""

LONGEST_NAME = 1000
"""Characters of a tag's name, for each of which feedparser takes 200 bytes of memory, and of a namespace, which is
copied for each tag."""

LONGEST_TAG = 100_000
"""Characters between the brackets of a tag: for each, feedparser takes up to 150 bytes of memory."""

LONGEST_TEXT = 1_000_000
"""Characters of one element that are read; of the text of an entry, 200,000 are published."""

DEEPEST = 5000
"""Tags inside one another."""

MOST_JSON = 500_000
"""Values of a JSON document, as its commas and brackets count them."""

LARGEST_JSON = 24 * 1024 * 1024
"""Bytes of memory that the text of a JSON document takes: of ASCII one a character, of text with an emoji four."""

MOST_SLOW_DATES = 300
"""Dates of a feed that are no dates or written in words: each takes up to 5 ms."""

LONGEST_DATE = 200
"""Characters."""

CROWDED = re.compile(rf"""<[/A-Za-z_][^<>"']*+(?:"[^"<]*+"[^<>"']*+|'[^'<]*+'[^<>"']*+){{{MOST_ATTRIBUTES + 1}}}""")
WORDY = re.compile(rf"<[/A-Za-z_][^\s<>]*+(?:\s++[^\s<>]++){{{MOST_WORDS}}}")
NAMED_AT_LENGTH = re.compile(rf"<[/A-Za-z_][^\s<>]{{{LONGEST_NAME}}}")
ENDLESS = re.compile(rf"(<[^!?<>][^<>]{{{LONGEST_NAME}}})[^<>]{{{LONGEST_TAG},}}+")
NAMESPACE = re.compile(r"""(xmlns(?::[\w.-]+)?\s*=\s*)("[^"<]*"|'[^'<]*')""")
PREFIX = re.compile(r"\bxmlns:([^\s=]{1,100})")
ROOT = re.compile(rb"<([^\s<>/]+)")
STRUCTURE = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)[A-Za-z_][^<>]*(?<!/)>", re.DOTALL)
PLAIN_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ][\d:.]+ ?(?:[A-Z]{1,4}|[+-]\d\d:?\d\d)?)?"
    r"|(?:[A-Z][a-z]{2}, ?)?\d{1,2} [A-Z][a-z]{2} \d{4} [\d:]+ ?(?:[A-Z]{1,4}|[+-]\d{4})?"
)


def check(text: str) -> None:
    """Return for XML that feedparser reads in a few seconds.

    Raises ParseError for too many prefixes of namespaces, or tags too deep in one another.
    """
    if text.count("xmlns:") > MOST_ATTRIBUTES and len(set(PREFIX.findall(text))) > MOST_ATTRIBUTES:
        raise ParseError(f"more than {MOST_ATTRIBUTES} prefixes of namespaces; no feed needs so many")
    if _depth(text) > DEEPEST:
        raise ParseError(f"tags more than {DEEPEST} deep in one another; no feed needs so many")


def tamed(text: str) -> tuple[str, tuple[str, ...]]:
    """Return XML in which a tag with too many attributes or too long a name is text, and in words that there was one.

    It is not refused: what looks like one may be the text or the script of an article.
    """
    tame = text
    for wild in (CROWDED, WORDY, NAMED_AT_LENGTH):
        tame = wild.sub(lambda tag: f"&lt;{tag[0][1:]}", tame)
    problems: tuple[str, ...] = ()
    if tame != text:
        problems = (f"a tag with more than {MOST_ATTRIBUTES} attributes or a name too long, which is read as text",)
    tame, cut = ENDLESS.subn(r"\1", tame)
    return tame, (*problems, f"a tag of more than {LONGEST_TAG} characters, which is cut") if cut else problems


MARKS = {b"<": "tags", b"=": "attributes", b"&": "references"}
"""What is counted, by the character that each of them has."""


def short_namespaces(text: str) -> str:
    """Return XML whose namespaces are short and without white space, at which Python's XML reader parts names."""
    return NAMESPACE.sub(_short, text)


def _short(declared: re.Match[str]) -> str:
    quoted = "".join(declared[2].split())
    return declared[1] + quoted[:-1][: LONGEST_NAME + 1] + quoted[-1]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a reader of XML is given, at most: bytes, and how often a mark is in them."""

    size: int
    marks: Mapping[bytes, int]

    def __str__(self) -> str:
        """Return the bounds in words."""
        counted = (f"{most} {MARKS[mark]}" for mark, most in self.marks.items())
        return " or ".join((f"{self.size} bytes", *counted))


READ_BY_FEEDPARSER = Bounds(MOST_BYTES, {b"<": MOST_TAGS, b"&": MOST_REFERENCES})
READ_AS_TREE = Bounds(LARGEST_TREE, {b"<": MOST_NODES, b"=": MOST_NODES})


def shortened(text: bytes, entry_end: re.Pattern[bytes], bounds: Bounds) -> tuple[bytes, tuple[str, ...]]:
    """Return as many of the first entries of XML as its reader takes within its bounds, and what was cut, in words.

    Raises ParseError for an entry that is too large by itself.
    """
    last = min(bounds.size, *(_place(text, mark, most) for mark, most in bounds.marks.items()))
    if last >= len(text):
        return text, ()
    end = max((found.end() for found in entry_end.finditer(text, 0, last)), default=0)
    if not end:
        raise ParseError(f"an entry of more than {bounds}")
    return closed(text[:end]), (f"it is too large; only the entries of its first {last} bytes are taken",)


def _place(text: bytes, mark: bytes, most: int) -> int:
    """Return where there has been a mark so often, or the length of the text."""
    if text.count(mark) <= most:
        return len(text)
    return next(islice(re.finditer(mark, text), most, None)).start()


def closed(text: bytes) -> bytes:
    """Return XML that was cut after an entry with its end tags, so that it is well-formed again if it was before."""
    root = ROOT.match(text)
    name = root[1] if root else b""
    channel = name.lower().rpartition(b":")[2] == b"rss" and text.rfind(b"</channel") < 0
    return b"%s%s</%s>" % (text, b"</channel>" if channel else b"", name) if name else text


def _depth(text: str) -> int:
    """Return how deep the tags outside CDATA are in one another, at most; where there are few, their number."""
    first, *others = text.split("<![CDATA[")
    markup = "".join((first, *(other.partition("]]>")[2] for other in others)))
    tags = markup.count("<")
    if tags <= DEEPEST:
        return tags
    depth = deepest = 0
    for tag in STRUCTURE.finditer(markup):
        if tag[1] == "":
            depth += 1
            deepest = max(deepest, depth)
        elif tag[1] == "/":
            depth = max(depth - 1, 0)
    return deepest


class Moments:
    """Reads the dates of one feed, until too many of them took long: those in words, and those that are no dates."""

    def __init__(self) -> None:
        self._slow = 0

    def read(self, written: str) -> datetime | None:
        """Return the moment in UTC, none for what is no date."""
        if not written or len(written) > LONGEST_DATE or self._slow >= MOST_SLOW_DATES:
            return None
        moment = parse_moment(written)
        if moment is None or not PLAIN_DATE.fullmatch(written):
            self._slow += 1
        return moment
