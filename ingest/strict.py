"""A fast reader of plain, well-formed RSS and Atom, which agrees with feedparser or leaves the feed to it.

It takes only what it knows feedparser to read in the same way: every element of an entry has a role in
`ingest/strict_names.py`, and one doubt about a feed leaves all of it to feedparser. That is how the two can never
differ on an entry's name: an id that changed with the reader would make known entries new.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from ingest.dates import parse_moment
from ingest.limits import LONGEST_NAME
from ingest.parsed import ParsedEntry, ParsedFeed
from ingest.sift import absolute, bounded, language_tag, plain, ttl_seconds
from ingest.strict_names import ATOM, RDF, RSS_090, RSS_10, Role, role_of
from ingest.strict_values import (
    ABOUT,
    LANG,
    PERSON,
    Doubt,
    attributes_of,
    is_markup,
    link_of,
    looks_like_markup,
    name_of,
    need_no_attributes,
    need_no_odd_slashes,
    need_only,
    need_plain_container,
    person_name_of,
    text_of,
)

RSS_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
RDF_VERSIONS = {RSS_10: "rss10", RSS_090: "rss090"}
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"

BASE = re.compile(rb"base\s*=")
WINDOWS_1252 = re.compile(rb"\xc2[\x80-\x9f]")
WINDOWS_1252_REFERENCE = re.compile(rb"&#(?:[xX]0*[89][0-9a-fA-F]|0*1[2-5][0-9]);")
"""Control characters that feedparser takes for what Windows-1252 has in their places."""

QUERY_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")

TIMES = (Role.PUBLISHED, Role.UPDATED, Role.CREATED)
TEXTS = (Role.DESCRIPTION, Role.SUMMARY, Role.CONTENT, Role.ENCODED)
IMAGE_PARTS = frozenset({"title", "link", "url", "width", "height", "description"})
LISTS = frozenset({"skiphours", "skipdays", "author", "contributor", "items"})
"""Elements of a feed whose children are no business of its entries."""

LISTED = frozenset({"hour", "day", "name", "uri", "url", "email", "seq", "li"})


@dataclass(slots=True)
class Head:
    """What a feed says of itself."""

    format: str
    language: str = ""
    title: str = ""
    link: str = ""
    ttl: str = ""
    has_author: bool = False


@dataclass(slots=True)
class Draft:
    """An entry while its elements are read; None is what was not said at all, which is not the same as nothing."""

    guid: str = ""
    link: str | None = None
    original_link: str = ""
    title: tuple[str, bool] = ("", False)
    summary: tuple[str, bool] | None = None
    contents: list[tuple[str, bool]] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    author_shapes: set[bool] = field(default_factory=set)
    language: str = ""
    times: dict[Role, str] = field(default_factory=dict)
    has_source: bool = False


def parse_strict(data: bytes, url: str) -> ParsedFeed | None:
    """Return the feed, given from its root element on, or none where only feedparser can say what it is."""
    if BASE.search(data) or WINDOWS_1252.search(data) or WINDOWS_1252_REFERENCE.search(data):
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        root = etree.fromstring(data, parser)
        if root.getroottree().docinfo.internalDTD is not None:
            return None
        return _feed(root, url)
    except (etree.XMLSyntaxError, Doubt):
        return None


def _feed(root: etree._Element, url: str) -> ParsedFeed:
    said, head, item_tag = _shape(root)
    _read_head(head, item_tag, said)
    is_atom = said.format == "atom10"
    parent = root if said.format in RDF_VERSIONS.values() else head
    drafts = [_read_item(item, is_atom=is_atom) for item in parent.iterchildren(item_tag)]
    if is_atom and said.has_author and not all(draft.authors for draft in drafts):
        raise Doubt  # the feed's author may be theirs
    home = None if is_atom else absolute(said.link, url)
    return ParsedFeed(
        format=said.format,
        title=plain(said.title),
        language=language_tag(said.language),
        ttl=ttl_seconds(said.ttl),
        entries=bounded(map(_entry, drafts)),
        base=home or url,
    )


def _shape(root: etree._Element) -> tuple[Head, etree._Element, str]:
    """Return the feed's version, the element that describes it, and the tag of its entries."""
    spaces = set(root.nsmap.values())
    if any(len(space) > LONGEST_NAME for space in spaces):
        raise Doubt
    language = root.get(LANG, root.get("lang", "")).replace("_", "-")
    if root.tag == "rss" and not spaces & RDF_VERSIONS.keys():
        channels = [child for child in root.iterchildren() if child.tag == "channel"]
        if len(channels) != 1 or len(root) != 1:
            raise Doubt
        version = root.get("version", "")
        found = RSS_VERSIONS.get(version) or ("rss20" if version.startswith("2.") else "rss")
        return Head(found, language), channels[0], "item"
    if root.tag == f"{{{ATOM}}}feed" and not spaces & RDF_VERSIONS.keys():
        return Head("atom10", language), root, f"{{{ATOM}}}entry"
    space = root.nsmap.get(None) or ""
    if root.tag != f"{{{RDF}}}RDF" or space not in RDF_VERSIONS or spaces & {ATOM, *RDF_VERSIONS} != {space}:
        raise Doubt
    parts = {f"{{{space}}}{name}" for name in ("channel", "item", "image")}
    if (
        len(root) == 0
        or root[0].tag != f"{{{space}}}channel"
        or any(child.tag not in parts for child in list(root)[1:])
    ):
        raise Doubt
    return Head(RDF_VERSIONS[space]), root[0], f"{{{space}}}item"


def _read_head(head: etree._Element, item_tag: str, said: Head) -> None:
    need_plain_container(head)
    named = False
    for child in head.iterchildren():
        if child.tag == item_tag:
            named = True
            continue
        name, role = name_of(child), role_of(child.tag, child.prefix)
        if name == "image" and role is Role.DOUBTFUL:
            # Its title would be the feed's, were the feed's to follow.
            named = True
            need_only(child, IMAGE_PARTS)
        elif role is Role.TITLE:
            if named:
                raise Doubt
            said.title = said.title or _markup((text_of(child), is_markup(child, default="text")))
        elif role is Role.LINK:
            link = link_of(child)
            said.link = said.link if link is None else QUERY_REFERENCE.sub(r"&\1", link)
        elif role is Role.LANGUAGE:
            said.language = text_of(child)
        elif name == "ttl" and role is Role.NOTHING:
            said.ttl = "" if child.attrib else text_of(child)
        else:
            # The owner of a podcast is an author to feedparser.
            is_owner = role is Role.DOUBTFUL and child.tag.lower().startswith(ITUNES)
            said.has_author = said.has_author or role is Role.AUTHOR or is_owner
            _pass_over(child, name, role, is_atom=said.format == "atom10")


def _pass_over(child: etree._Element, name: str, role: Role, *, is_atom: bool) -> None:
    """Raise Doubt unless an element of the feed says nothing of what is read."""
    if role in {Role.OTHER_TITLE, Role.SOURCE} or (role is Role.GUID and not is_atom):
        raise Doubt
    if role is Role.DOUBTFUL and not child.tag.lower().startswith(ITUNES):
        raise Doubt
    if len(child) and name in LISTS:
        need_only(child, LISTED)
    elif len(child) and not all(part.tag.lower().startswith(ITUNES) for part in child.iter(etree.Element)):
        raise Doubt


def _read_item(item: etree._Element, *, is_atom: bool) -> Draft:
    need_plain_container(item)
    draft = Draft(guid=item.get(ABOUT, ""))
    for child in item.iterchildren():
        role = role_of(child.tag, child.prefix)
        if role is Role.NOTHING:
            if len(child):
                raise Doubt
        else:
            _read_element(child, role, draft, is_atom=is_atom)
    return draft


def _read_element(child: etree._Element, role: Role, draft: Draft, *, is_atom: bool) -> None:
    if role in TIMES:
        draft.times[role] = text_of(child)
    elif role is Role.TITLE:
        _read_title(child, draft, is_atom=is_atom)
    elif role in TEXTS:
        _read_text(child, role, draft, is_atom=is_atom)
    elif role in READERS:
        READERS[role](child, draft)
    else:
        raise Doubt


def _read_title(child: etree._Element, draft: Draft, *, is_atom: bool) -> None:
    """Take the first title that says something, unless one behind a <source> would replace it."""
    value = text_of(child)
    if draft.title[0]:
        if draft.has_source:
            raise Doubt
    elif is_atom:
        draft.title = value, is_markup(child, default="text")
    else:
        need_no_attributes(child)
        draft.title = value, looks_like_markup(value)


def _read_link(child: etree._Element, draft: Draft) -> None:
    link = link_of(child)
    if link is not None:
        draft.link = link if "href" in child.attrib else QUERY_REFERENCE.sub(r"&\1", link.replace("&amp;", "&"))


def _read_guid(child: etree._Element, draft: Draft) -> None:
    draft.guid = text_of(child)
    if attributes_of(child).get("ispermalink", "true") == "true":
        need_no_odd_slashes(draft.guid)
        draft.link = draft.guid if draft.link is None else draft.link


def _read_text(child: etree._Element, role: Role, draft: Draft, *, is_atom: bool) -> None:
    value = text_of(child)
    if role is Role.ENCODED:
        need_no_attributes(child)
        draft.contents.append((value, True))
        return
    if is_atom is (role is Role.DESCRIPTION) or (role is not Role.CONTENT and draft.summary is not None):
        raise Doubt
    if role is Role.DESCRIPTION:
        need_no_attributes(child)
        draft.summary = value, True
    elif role is Role.SUMMARY:
        draft.summary = value, is_markup(child, default="text")
    else:
        draft.contents.append((value, is_markup(child, default="text")))


def _read_language(child: etree._Element, draft: Draft) -> None:
    draft.language = text_of(child)


def _read_original_link(child: etree._Element, draft: Draft) -> None:
    if child.attrib:
        raise Doubt
    draft.original_link = text_of(child)


def _read_source(child: etree._Element, draft: Draft) -> None:
    text_of(child)
    draft.has_source = True


def _read_people(child: etree._Element, _: Draft) -> None:
    need_only(child, PERSON)


def _read_pictures(child: etree._Element, draft: Draft) -> None:
    """Raise Doubt if Media RSS says anything that feedparser would take for the entry's own."""
    for part in child.iter(etree.Element):
        role = role_of(part.tag, part.prefix)
        titled = bool(draft.title[0]) and not draft.has_source
        if role is not Role.PICTURES and (
            len(part) or not (role is Role.NOTHING or (role is Role.OTHER_TITLE and titled))
        ):
            raise Doubt


def _entry(draft: Draft) -> ParsedEntry:
    content = max(map(_markup, draft.contents), key=len, default="")
    summary = draft.contents[0][0] if draft.contents else ""
    if draft.summary is not None:
        summary = _markup(draft.summary)
    link = (draft.link or "").strip()
    guid = draft.guid.strip()
    times = (draft.times.get(role, "") for role in TIMES)
    return ParsedEntry(
        url=draft.original_link or link or (guid if guid.startswith("http") else ""),
        guid=guid or None,
        title=_markup(draft.title),
        summary="" if summary == content else summary,
        content=content,
        authors=tuple(dict.fromkeys(filter(None, map(plain, draft.authors)))),
        published=next(filter(None, map(parse_moment, times)), None),
        language=draft.language or None,
    )


def _markup(text: tuple[str, bool]) -> str:
    value, is_markup = text
    return value if is_markup else html.escape(value, quote=False)


def _read_author(child: etree._Element, draft: Draft) -> None:
    """Take the name of an author; an address is for feedparser to take out, and so are authors of two shapes."""
    name = text_of(person_name_of(child) if len(child) else child)
    draft.author_shapes.add(bool(len(child)))
    if "@" in name or len(draft.author_shapes) > 1 or (len(child) and not name):
        raise Doubt
    draft.authors.append(name)


READERS: dict[Role, Callable[[etree._Element, Draft], None]] = {
    Role.LINK: _read_link,
    Role.GUID: _read_guid,
    Role.AUTHOR: _read_author,
    Role.LANGUAGE: _read_language,
    Role.ORIGINAL_LINK: _read_original_link,
    Role.SOURCE: _read_source,
    Role.PEOPLE: _read_people,
    Role.PICTURES: _read_pictures,
    Role.OTHER_TITLE: _read_pictures,
}
