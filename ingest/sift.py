"""Raw entries of any feed format to entries that can be used: absolute links, plain titles, guids worth trusting."""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from urllib.parse import urljoin, urlsplit

from ingest.limits import MOST_ENTRIES
from ingest.parsed import ParsedEntry, ParsedFeed
from ingest.urls import PLAIN

TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL)
OPEN_COMMENT = re.compile(r"<!--[^>]*>?")
"""The beginning of a comment without an end, which would swallow the rest of a text."""

UNSEEN = re.compile(r"<(script|style)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
"""Markup whose text no reader sees."""

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
POSITION = re.compile(r"\d{1,3}")
"""A guid of so few digits is the place in the list, not an identity."""

UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""Characters that JSON and loose XML may smuggle in and no database or UTF-8 writer takes."""

LONGEST_LINE = 20_000
"""Characters of markup that become one line."""

LONGEST_URL = 2000
LONGEST_GUID = 300
"""Characters; a longer guid is remembered by its hash, since databases index no long texts."""

SHOWN = 60
PROBLEMS = 20


def plain(markup: str) -> str:
    """Return HTML as one line of plain text that can be stored."""
    # Behind the last end, no comment has one: the search for it would go to the end of the text each time.
    ended, end, rest = UNSEEN.sub(" ", markup[:LONGEST_LINE]).rpartition("-->")
    text = html.unescape(TAG.sub(" ", ended + end + OPEN_COMMENT.sub(" ", rest)))
    return " ".join(UNSTORABLE.sub("", text).split())


def language_tag(declared: object) -> str | None:
    """Return a language tag as BCP 47 writes it, or none for what is no tag."""
    tag = str(declared or "").strip().replace("_", "-")
    return tag if LANGUAGE.fullmatch(tag) else None


def ttl_seconds(minutes: str) -> float | None:
    """Return the time to live that RSS gives in minutes; none for what is no number of them."""
    return float(minutes) * 60 if re.fullmatch(r"\d{1,5}", minutes) and int(minutes) else None


def absolute(link: str, base: str) -> str | None:
    """Return the http(s) URL that a link means, seen from a base; none when it is no such link."""
    if PLAIN.fullmatch(link) and "/." not in link and len(link) <= LONGEST_URL:
        return link
    if len(link) > LONGEST_URL * 2:
        return None
    try:
        url = urljoin(base, "".join(link.split()))
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and len(url) <= LONGEST_URL
        _ = parts.port  # reading it raises for a port that is no number
    except ValueError:
        return None
    return url if usable else None


def guid_of(entry: ParsedEntry, base: str) -> str | None:
    """Return the guid as written, or seen from a base if it is the path of an address."""
    guid = entry.guid
    return (absolute(guid, base) or guid) if guid and guid.startswith("/") else guid


def bounded(raw: Iterable[ParsedEntry]) -> tuple[ParsedEntry, ...]:
    """Return the first entries, one more than `sift` takes, so that it can say so."""
    return tuple(islice(raw, MOST_ENTRIES + 1))


def sift(feed: ParsedFeed) -> ParsedFeed:
    """Return the feed with the entries that have a link of their own, in their order, and what was wrong, in words."""
    entries: dict[str, ParsedEntry] = {}
    problems: list[str] = []
    for number, entry in enumerate(map(_storable, feed.entries[:MOST_ENTRIES]), start=1):
        url = absolute(entry.url, feed.base) if entry.url.strip() else None
        if url is None:
            what = f"a link that is no web address ({entry.url[:SHOWN]!r})" if entry.url.strip() else "no link"
            problems.append(f"entry {number} ({plain(entry.title)[:SHOWN]!r}) has {what}")
        elif url in entries:
            problems.append(f"entry {number} repeats the link of another: {url[:SHOWN]}")
        else:
            entries[url] = replace(
                entry,
                url=url,
                guid=guid_of(entry, feed.base),
                title=plain(entry.title),
                language=language_tag(entry.language),
            )
    if len(feed.entries) > MOST_ENTRIES:
        problems.insert(0, f"more than {MOST_ENTRIES} entries; only the first are taken")
    trusted = _trusted(tuple(entries.values()), problems)
    return replace(feed, entries=trusted, problems=(*feed.problems, *_shortened(problems)))


def _storable(entry: ParsedEntry) -> ParsedEntry:
    said = (entry.url, entry.guid or "", entry.title, entry.summary, entry.content, *entry.authors)
    if len(said[1]) <= LONGEST_GUID and not any(map(UNSTORABLE.search, said)):
        return entry
    url, guid, title, summary, content, *authors = (UNSTORABLE.sub("", text) for text in said)
    if len(guid) > LONGEST_GUID:
        guid = hashlib.blake2b(guid.encode(), digest_size=32).hexdigest()
    return replace(
        entry, url=url, title=title, summary=summary, content=content, authors=tuple(authors), guid=guid or None
    )


def _trusted(entries: tuple[ParsedEntry, ...], problems: list[str]) -> tuple[ParsedEntry, ...]:
    """Drop the guids that tell no entry from another."""
    uses = Counter(entry.guid for entry in entries)
    if any(guid and count > 1 for guid, count in uses.items()):
        problems.append("several entries share one guid; their links are taken instead")
    return tuple(
        replace(entry, guid=None) if entry.guid and (uses[entry.guid] > 1 or POSITION.fullmatch(entry.guid)) else entry
        for entry in entries
    )


def _shortened(problems: list[str]) -> tuple[str, ...]:
    more = len(problems) - PROBLEMS
    return (*problems[:PROBLEMS], f"and {more} more") if more > 0 else tuple(problems)
