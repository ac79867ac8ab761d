"""Puts what feedparser's own test feeds state to our reader of feeds, and prints how the claims ended.

Each feed of that suite holds, in a comment, the claims that feedparser must fulfil. Those on what wirewatch keeps of a
feed are put to `ingest.parse.read_feed`: titles, links, ids, texts, authors, times, languages, the version, the number
of entries. Texts are compared as a reader sees them, since HTML is cleaned where it is shown and not where it is read;
authors by name, times as moments. Every feed is given to `parse_feed`, too: entries or a clear error.

    python bench/feedparser_suite.py FOLDER

The suite is not shipped: FOLDER is `tests` in a copy of github.com/kurtmckee/feedparser. Exit code 1 when a feed ended
in anything but entries or a clear error, or when a claim failed.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

from ingest.dates import parse_moment
from ingest.parse import parse_feed, read_feed
from ingest.parsed import ParsedEntry, ParsedFeed, ParseError
from ingest.sift import absolute, guid_of, language_tag, plain

EXPECT = re.compile(r"Expect:\s*(.*?)\s*\n?-->", re.DOTALL)
HEADER = re.compile(r"^Header:\s+([^:]+):(.*)$", re.MULTILINE)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]+)")
EMAIL = re.compile(r"\(?[^\s()]+@[^\s()]+\)?")
SERVER = "http://127.0.0.1:8097/"
"""Where the suite serves its feeds from."""

WIDE = {
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\x00<": "utf-32-be",
    b"<\x00\x00\x00": "utf-32-le",
    b"\x00<\x00?": "utf-16-be",
    b"<\x00?\x00": "utf-16-le",
}
WIDE_MARKS = {b"\xfe\xff": "utf-16", b"\xff\xfe": "utf-16"}


@dataclass(frozen=True)
class Claim:
    """What a feed says of itself, or of its entry `number`: a field of ours and its value."""

    field: str
    number: int | None
    value: object
    written: str


def claims_of(expression: str) -> Iterator[Claim | None]:
    """Yield the claims on what we keep, and none for another, of an expression in Python that joins them by `and`."""
    tree = ast.parse(expression.replace("\n", " "), mode="eval").body
    for part in tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]:
        yield _claim(part)


def _claim(part: ast.expr) -> Claim | None:
    if not (isinstance(part, ast.Compare) and len(part.ops) == 1 and isinstance(part.ops[0], ast.Eq)):
        return None
    subject = _subject(ast.unparse(part.left))
    try:
        value = ast.literal_eval(part.comparators[0])
    except ValueError:
        return None
    return Claim(*subject, value, ast.unparse(part)) if subject else None


FEED_FIELD = re.compile(r"feed\['(title|language)'\]")
ENTRY_FIELD = re.compile(
    r"entries\[(\d+)\](?:\['(title|link|id|guid|language|summary|description|author)'\]"
    r"|\['(title|summary|author)_detail'\]\['(?:value|name)'\]|\['(content)'\]\[0\]\['value'\]"
    r"|\['(authors'\]\[\d+)\]\['name'\]"
    r"|\['(?:published|updated|modified|created|date|issued)(_parsed)?'\])"
)


def _subject(written: str) -> tuple[str, int | None] | None:
    if written in {"version", "len(entries)"}:
        return written, None
    written = re.sub(r"\['title_detail'\]\['value'\]", "['title']", written)
    if found := FEED_FIELD.fullmatch(written):
        return f"feed {found[1]}", None
    if found := ENTRY_FIELD.fullmatch(written):
        return next(filter(None, found.groups()[1:]), "time"), int(found[1])
    return None


def said(claim: Claim, feed: ParsedFeed) -> object:
    """Return what we read where the claim has its value. Raises IndexError for an entry that there is none of."""
    if claim.number is None:
        ours: dict[str, object] = {
            "version": feed.format,
            "len(entries)": len(feed.entries),
            "feed title": feed.title,
            "feed language": feed.language,
        }
        return ours[claim.field]
    entry = feed.entries[claim.number]
    if claim.field.startswith("authors"):
        return entry.authors[int(claim.field.partition("[")[2])]
    return OF_ENTRY[claim.field](entry, feed)


OF_ENTRY: dict[str, Callable[[ParsedEntry, ParsedFeed], object]] = {
    "title": lambda entry, _: entry.title,
    "link": lambda entry, feed: absolute(entry.url, feed.base) or entry.url,
    "id": lambda entry, feed: guid_of(entry, feed.base),
    "guid": lambda entry, feed: guid_of(entry, feed.base),
    "language": lambda entry, _: entry.language,
    "summary": lambda entry, _: entry.summary or entry.content,
    "description": lambda entry, _: entry.summary or entry.content,
    "content": lambda entry, _: entry.content,
    "author": lambda entry, _: ", ".join(entry.authors),
    "time": lambda entry, _: entry.published,
    "_parsed": lambda entry, _: entry.published,
}


def agrees(claim: Claim, ours: object) -> bool:
    """Return whether we read what the claim says, which may be plain text or HTML."""
    value = claim.value
    found, wanted = comparable(claim.field, ours), comparable(claim.field, value)
    if not isinstance(wanted, str) or not isinstance(found, str):
        return found == wanted
    said_plainly = ours if claim.field == "feed title" else found
    return found == wanted or _seen(str(said_plainly)) in {_seen(str(wanted)), _seen(str(value))}


def _seen(text: str) -> str:
    return "".join(text.split())


def comparable(field: str, value: object) -> object:
    """Return a value as it is compared."""
    if field in {"time", "_parsed"}:
        return _moment(value)
    if field.endswith("language"):
        return language_tag(value)
    if not isinstance(value, str):
        return value or ""
    if field.startswith("author"):
        value = EMAIL.sub("", value)
    return plain(value)


def _moment(value: object) -> object:
    if isinstance(value, tuple):
        return datetime(*value[:6], tzinfo=UTC)
    moment = parse_moment(value) if isinstance(value, str) else value
    return moment.replace(microsecond=0) if isinstance(moment, datetime) else moment


def text_of(data: bytes) -> str:
    """Return a feed of the suite as text, in which its comment can be found."""
    wide = WIDE.get(data[:4]) or WIDE_MARKS.get(data[:2])
    return data.decode(wide or "utf-8", "ignore")


def examine(path: Path, name: str, results: Counter[str]) -> Iterator[str]:
    """Yield what was wrong with one feed, in words, and count how its claims ended."""
    data = path.read_bytes()
    text = text_of(data)
    headers = {key.lower(): value.strip() for key, value in HEADER.findall(text)}
    url = urljoin(SERVER + "tests/" + name, headers.get("content-location", ""))
    charset = CHARSET.search(headers.get("content-type", ""))
    declared = charset[1] if charset else None
    try:
        parse_feed(data, url, charset=declared)
        feed = read_feed(data, url, charset=declared, language=headers.get("content-language"))
        results["feeds read"] += 1
    except ParseError as error:
        results["feeds refused with a clear error"] += 1
        feed = ParsedFeed("", problems=(str(error),))
    expected = EXPECT.search(text)
    for claim in claims_of(expected[1]) if expected else ():
        if claim is None:
            results["other claims: on being well-formed, or on what is not kept"] += 1
            continue
        try:
            ours = said(claim, feed)
        except IndexError:
            ours = f"none ({'; '.join(feed.problems)})"
        if agrees(claim, ours):
            results["claims fulfilled"] += 1
        else:
            results["claims failed"] += 1
            yield f"{name}: {claim.written}, not {ours!r}"


def main() -> int:
    """Examine every feed and print the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    paths = sorted(path for path in folder.rglob("*") if path.suffix in {".xml", ".json"})
    if not paths:
        sys.exit(f"{folder}: no feeds; give the folder `tests` of a copy of feedparser")
    results: Counter[str] = Counter()
    failed = [problem for path in paths for problem in examine(path, path.relative_to(folder).as_posix(), results)]
    for result, count in sorted(results.items()):
        print(f"{count:6} {result}")
    print(*failed, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
