"""The feed catalogue: OPML 2.0, as seeds/README.md describes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from lxml import etree

from ingest.sift import LANGUAGE, absolute
from pipeline.errors import InputError
from pipeline.messages import Outlet

FeedFormat = Literal["rss", "atom", "sitemap"]
FORMATS: tuple[FeedFormat, ...] = get_args(FeedFormat)
KNOWN = frozenset(
    ("text", "title", "type", "xmlUrl", "htmlUrl", "language", "country", "kind", "owner", "status", "note", "disabled")
)
STANDARD = frozenset(("description", "version", "category", "created", "isComment", "isBreakpoint", "url"))
"""Attributes that OPML 2.0 or other programs' exports have and this one has no use for."""

KINDS = ("wire", "public", "private", "state", "official")
COUNTRY = re.compile(r"[A-Z]{2}")
LARGEST = 32 * 1024 * 1024
LONGEST_URL = 1000


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of the catalogue; `format` is what its address promises, the answer decides."""

    url: str
    outlet: Outlet
    format: FeedFormat = "rss"
    language: str | None = None
    html_url: str | None = None
    doubtful: bool = False
    disabled: bool = False
    note: str | None = None
    owner: str | None = None

    @property
    def about(self) -> dict[str, str]:
        """Return what there is to say of the feed besides outlet, country, kind and language, as in the catalogue."""
        status = "doubtful" if self.doubtful else None
        said = {"type": self.format, "htmlUrl": self.html_url, "owner": self.owner, "status": status, "note": self.note}
        return {name: value for name, value in said.items() if value}


def read_catalogue(path: Path, *, foreign: bool = False) -> tuple[Feed, ...]:
    """Return the feeds of an OPML file, in its order. Raises InputError naming file and line.

    A `foreign` file is another program's: attributes unknown here and a second outline of one feed are passed over.
    """
    root = _root(path)
    feeds: dict[str, Feed] = {}
    lines: dict[str, str] = {}
    for outline in root.iterfind("body//outline"):
        if (len(outline) or foreign) and "xmlUrl" not in outline.attrib:
            continue  # a group
        place = f"{path}:{outline.sourceline}"
        given = {str(name): str(value).strip() for name, value in outline.attrib.items()}
        feed = feed_of(_familiar(given) if foreign else given, place)
        same = same_address(feed.url)
        if same in feeds and foreign:
            continue
        if same in feeds:
            raise InputError(place, f"{feed.url} is listed already on line {lines[same]}", "Remove one of the two.")
        feeds[same] = feed
        lines[same] = str(outline.sourceline)
    if not feeds:
        raise InputError(str(path), "it lists no feed", "Add an <outline> with type, text and xmlUrl to its <body>.")
    return tuple(feeds.values())


def same_address(url: str) -> str:
    """Return what two spellings of one feed's address share: no scheme, www., case of the host or last slash."""
    parts = urlsplit(url)
    return f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"


def _root(path: Path) -> etree._Element:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            str(path), error.strerror or "cannot be read", "Name an OPML file that can be read."
        ) from error
    if len(data) > LARGEST:
        raise InputError(str(path), "larger than 32 MiB", "Name an OPML file of feeds.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        place = f"{path}:{error.lineno or 1}"
        raise InputError(place, f"not well-formed XML: {error.msg}", "Mend the XML at or before that line.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError(f"{path}:1", "a DOCTYPE, which a catalogue has no use for", "Remove the DOCTYPE.")
    if root.tag != "opml" or root.find("body") is None:
        raise InputError(f"{path}:{root.sourceline}", "not OPML: no <opml> with a <body>", "Name an OPML 2.0 file.")
    return root


def feed_of(given: Mapping[str, str], place: str) -> Feed:
    """Return the feed that an outline's attributes describe. Raises InputError naming the place."""
    problem = next(_problems(given), None)
    if problem is not None:
        raise InputError(place, *problem)
    return Feed(
        url=given["xmlUrl"],
        outlet=Outlet(name=given.get("title") or given["text"], country=given.get("country"), kind=given.get("kind")),
        format=next(name for name in FORMATS if name == given.get("type", "rss").lower()),
        language=given.get("language"),
        html_url=given.get("htmlUrl"),
        doubtful=given.get("status") == "doubtful",
        disabled=given.get("disabled") == "true",
        note=given.get("note"),
        owner=given.get("owner"),
    )


def _familiar(given: dict[str, str]) -> dict[str, str]:
    """Return the attributes that mean here what they mean elsewhere: no unknown ones, none with a value of its own."""
    fine: dict[str, Callable[[str], object]] = {
        "type": lambda value: value.lower() in FORMATS,
        "kind": KINDS.__contains__,
        "country": COUNTRY.fullmatch,
        "language": LANGUAGE.fullmatch,
        "status": "doubtful".__eq__,
        "disabled": ("true", "false").__contains__,
    }
    return {
        name: value
        for name, value in given.items()
        if name in KNOWN and value and (name not in fine or fine[name](value))
    }


def _problems(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an outline and how to mend it."""
    url = given.get("xmlUrl", "")
    if not url:
        yield "a feed without xmlUrl", 'Add xmlUrl="https://…", or leave only text for a group.'
    elif not is_web_address(url):
        yield f"xmlUrl {url!r} is no http or https address", "Give the whole address of the feed."
    if not (given.get("title") or given.get("text")):
        yield "a feed without a name", "Add text, the outlet's name."
    yield from (
        (f"unknown attribute {name!r}", f"Use only {', '.join(sorted(KNOWN))}.")
        for name in given.keys() - KNOWN - STANDARD
        if not name.startswith("{")
    )
    checks = (
        ("type", given.get("type", "rss").lower() in FORMATS, f"Use one of {', '.join(FORMATS)}."),
        ("status", given.get("status", "doubtful") == "doubtful", 'Use status="doubtful" or leave it out.'),
        ("disabled", given.get("disabled", "true") in {"true", "false"}, 'Use disabled="true" or leave it out.'),
        ("kind", given.get("kind", "wire") in KINDS, f"Use one of {', '.join(KINDS)}, or leave it out."),
        ("country", COUNTRY.fullmatch(given.get("country", "ZZ")), "Use the code of ISO 3166-1 alpha-2, such as KH."),
        ("language", LANGUAGE.fullmatch(given.get("language", "en")), "Use a tag of BCP 47, such as id."),
    )
    yield from ((f"{name}={given[name]!r} is not known", remedy) for name, fine, remedy in checks if not fine)


def is_web_address(url: str) -> bool:
    """Return whether it is an http or https URL with a host."""
    return len(url) <= LONGEST_URL and absolute(url, "") == url
