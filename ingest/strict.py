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
from html.entities import entitydefs

from lxml import etree

from ingest.dates import parse_moment
from ingest.parsed import ParsedEntry, ParsedFeed
from ingest.sift import absolute, language_tag, plain, sift, ttl_seconds
from ingest.strict_names import ATOM, RDF, RSS_090, RSS_10, Role, role_of

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ABOUT = f"{{{RDF}}}about"
RSS_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
RDF_VERSIONS = {RSS_10: "rss10", RSS_090: "rss090"}
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
HTML_TYPES = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})
TEXT_TYPES = {"text": False, "text/plain": False, "html": True, "text/html": True}
"""The types of an Atom text, and whether it is markup; XHTML, which is elements, is not read here."""

BASE = re.compile(rb"base\s*=")
WINDOWS_1252 = re.compile(rb"\xc2[\x80-\x9f]")
WINDOWS_1252_REFERENCE = re.compile(rb"&#(?:[xX]0*[89][0-9a-fA-F]|0*1[2-5][0-9]);")
"""Control characters that feedparser takes for what Windows-1252 has in their places."""

CLOSING_OR_REFERENCE = re.compile(r"</\w+>|&#?\w+;")
TAG = re.compile(r"</?(\w+)")
REFERENCE = re.compile(r"&(\w+);")
QUERY_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")
MARKUP = frozenset({"a", "b", "br", "em", "font", "i", "img", "p", "small", "span", "strong", "sub", "sup", "u"})
"""Elements in a title that surely make it HTML; others are left to feedparser to judge."""

TIMES = (Role.PUBLISHED, Role.UPDATED, Role.CREATED)
TEXTS = (Role.DESCRIPTION, Role.SUMMARY, Role.CONTENT, Role.ENCODED)
IMAGE_PARTS = frozenset({"title", "link", "url", "width", "height", "description"})
LISTS = frozenset({"skiphours", "skipdays", "author", "contributor", "items"})
"""Elements of a feed whose children are no business of its entries."""

LISTED = frozenset({"hour", "day", "name", "uri", "url", "email", "seq", "li"})
PERSON = frozenset({"name", "uri", "url", "email"})


class Doubt(Exception):  # a signal to the reader itself, no error
    """Something that feedparser may read in another way."""


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


def parse_strict(text: str, url: str) -> ParsedFeed | None:
    """Return the feed, given from its root element on, or none where only feedparser can say what it is."""
    data = text.encode("utf-8", "replace")
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
    entries, problems = sift(map(_entry, drafts), home or url)
    return ParsedFeed(
        format=said.format,
        title=plain(said.title),
        language=language_tag(said.language),
        ttl=ttl_seconds(said.ttl),
        entries=entries,
        problems=problems,
    )


def _shape(root: etree._Element) -> tuple[Head, etree._Element, str]:
    """Return the feed's version, the element that describes it, and the tag of its entries."""
    spaces = set(root.nsmap.values())
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
    _plain_container(head)
    named = False
    for child in head.iterchildren():
        if child.tag == item_tag:
            named = True
            continue
        name, role = _name(child), role_of(child.tag, child.prefix)
        if name == "image" and role is Role.DOUBTFUL:
            # Its title would be the feed's, were the feed's to follow.
            named = True
            _only(child, IMAGE_PARTS)
        elif role is Role.TITLE:
            if named:
                raise Doubt
            _is_markup(child, default="text")
            said.title = said.title or _text(child)
        elif role is Role.LINK:
            link = _link(child)
            said.link = said.link if link is None else QUERY_REFERENCE.sub(r"&\1", link)
        elif role is Role.LANGUAGE:
            said.language = _text(child)
        elif name == "ttl" and role is Role.NOTHING:
            said.ttl = "" if child.attrib else _text(child)
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
        _only(child, LISTED)
    elif len(child) and not all(part.tag.lower().startswith(ITUNES) for part in child.iter(etree.Element)):
        raise Doubt


def _read_item(item: etree._Element, *, is_atom: bool) -> Draft:
    _plain_container(item)
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
        draft.times[role] = _text(child)
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
    value = _text(child)
    if draft.title[0]:
        if draft.has_source:
            raise Doubt
    elif is_atom:
        draft.title = value, _is_markup(child, default="text")
    else:
        _no_attributes(child)
        draft.title = value, _looks_like_markup(value)


def _read_link(child: etree._Element, draft: Draft) -> None:
    link = _link(child)
    if link is not None:
        draft.link = link if "href" in child.attrib else QUERY_REFERENCE.sub(r"&\1", link.replace("&amp;", "&"))


def _read_guid(child: etree._Element, draft: Draft) -> None:
    draft.guid = _text(child)
    if _attributes(child).get("ispermalink", "true") == "true":
        _no_odd_slashes(draft.guid)
        draft.link = draft.guid if draft.link is None else draft.link


def _read_text(child: etree._Element, role: Role, draft: Draft, *, is_atom: bool) -> None:
    value = _text(child)
    if role is Role.ENCODED:
        _no_attributes(child)
        draft.contents.append((value, True))
        return
    if is_atom is (role is Role.DESCRIPTION) or (role is not Role.CONTENT and draft.summary is not None):
        raise Doubt
    if role is Role.DESCRIPTION:
        _no_attributes(child)
        draft.summary = value, True
    elif role is Role.SUMMARY:
        draft.summary = value, _is_markup(child, default="text")
    else:
        draft.contents.append((value, _is_markup(child, default="text")))


def _read_language(child: etree._Element, draft: Draft) -> None:
    draft.language = _text(child)


def _read_original_link(child: etree._Element, draft: Draft) -> None:
    if child.attrib:
        raise Doubt
    draft.original_link = _text(child)


def _read_source(child: etree._Element, draft: Draft) -> None:
    _text(child)
    draft.has_source = True


def _read_people(child: etree._Element, _: Draft) -> None:
    _only(child, PERSON)


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


def _text(element: etree._Element) -> str:
    """Return the text of an element that has nothing else in it."""
    if len(element):
        raise Doubt
    text = (element.text or "").strip()
    if text.isascii():
        return text
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return text
    try:
        raw.decode()
    except UnicodeDecodeError:
        return text
    raise Doubt  # UTF-8 that was taken for Latin-1 before: feedparser mends it


def _attributes(element: etree._Element) -> dict[str, str]:
    """Return the attributes by their names in lower case, as feedparser knows them."""
    if not element.attrib:
        return {}
    named = {str(name).lower(): str(value) for name, value in element.attrib.items() if name != LANG}
    if any(name.startswith("{") for name in named):
        raise Doubt
    return named


def _no_attributes(element: etree._Element) -> None:
    if element.attrib and _attributes(element):
        raise Doubt


def _plain_container(element: etree._Element) -> None:
    """Raise Doubt for an element with attributes by which CDF, a format of 1997, says what RSS says in elements."""
    if not {str(name) for name in element.attrib} <= {ABOUT, LANG}:
        raise Doubt


def _only(element: etree._Element, names: frozenset[str]) -> None:
    """Raise Doubt if there is anything else inside than elements of these names and of no odd namespace."""
    for part in element.iterdescendants(etree.Element):
        if _name(part) not in names or (part.prefix and not part.tag.startswith(f"{{{RDF}}}")):
            raise Doubt


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _is_markup(element: etree._Element, *, default: str) -> bool:
    given = _attributes(element)
    kind = TEXT_TYPES.get(given.pop("type", default).lower())
    if kind is None or given:
        raise Doubt
    return kind


def _looks_like_markup(value: str) -> bool:
    """Return whether feedparser takes a text that should be plain for HTML."""
    if not CLOSING_OR_REFERENCE.search(value):
        return False
    if not MARKUP.issuperset(tag.lower() for tag in TAG.findall(value)):
        raise Doubt
    return all(name in entitydefs for name in REFERENCE.findall(value))


def _link(element: etree._Element) -> str | None:
    """Return the link of an element to a page, as text or as an attribute; none for a link to anything else."""
    given = _attributes(element)
    href = given.get("url", given.get("uri", given.get("href")))
    if not href:
        link = _text(element)
        _no_odd_slashes(link)
        return link
    _text(element)
    _no_odd_slashes(href)
    is_page = (
        given.get("rel", "alternate").lower() == "alternate" and given.get("type", "text/html").lower() in HTML_TYPES
    )
    return href if is_page else None


def _no_odd_slashes(link: str) -> None:
    if ":///" in link:
        raise Doubt


def _read_author(child: etree._Element, draft: Draft) -> None:
    """Take the name of an author; an address is for feedparser to take out, and so are authors of two shapes."""
    name = _text(_name_of_person(child) if len(child) else child)
    draft.author_shapes.add(bool(len(child)))
    if "@" in name or len(draft.author_shapes) > 1 or (len(child) and not name):
        raise Doubt
    draft.authors.append(name)


def _name_of_person(element: etree._Element) -> etree._Element:
    _only(element, PERSON)
    names = [part for part in element.iterchildren() if _name(part) == "name"]
    if len(names) != 1:
        raise Doubt
    return names[0]


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
