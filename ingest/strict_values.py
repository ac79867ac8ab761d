"""What single elements of a feed say, where feedparser surely reads them in the same way."""

from __future__ import annotations

import re
from html.entities import entitydefs

from lxml import etree

from ingest.limits import LONGEST_TEXT
from ingest.strict_names import RDF

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ABOUT = f"{{{RDF}}}about"
HTML_TYPES = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})
TEXT_TYPES = {"text": False, "text/plain": False, "html": True, "text/html": True}
"""The types of an Atom text, and whether it is markup; XHTML, which is elements, is not read here."""

CLOSING_OR_REFERENCE = re.compile(r"</\w+>|&#?\w+;")
TAG = re.compile(r"</?(\w+)")
REFERENCE = re.compile(r"&(\w+);")
MARKUP = frozenset({"a", "b", "br", "em", "font", "i", "img", "p", "small", "span", "strong", "sub", "sup", "u"})
"""Elements in a title that surely make it HTML; others are left to feedparser to judge."""

PERSON = frozenset({"name", "uri", "url", "email"})


class Doubt(Exception):  # a signal to the reader itself, no error
    """Something that feedparser may read in another way."""


def text_of(element: etree._Element) -> str:
    """Return the text of an element that has nothing else in it."""
    if len(element):
        raise Doubt
    text = (element.text or "")[:LONGEST_TEXT].strip()
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


def attributes_of(element: etree._Element) -> dict[str, str]:
    """Return the attributes by their names in lower case, as feedparser knows them."""
    if not element.attrib:
        return {}
    named = {str(name).lower(): str(value) for name, value in element.attrib.items() if name != LANG}
    if any(name.startswith("{") for name in named):
        raise Doubt
    return named


def need_no_attributes(element: etree._Element) -> None:
    """Raise Doubt for an element with attributes, but for its language."""
    if element.attrib and attributes_of(element):
        raise Doubt


def need_plain_container(element: etree._Element) -> None:
    """Raise Doubt for an element with attributes by which CDF, a format of 1997, says what RSS says in elements."""
    if not {str(name) for name in element.attrib} <= {ABOUT, LANG}:
        raise Doubt


def need_only(element: etree._Element, names: frozenset[str]) -> None:
    """Raise Doubt if there is anything else inside than elements of these names and of no odd namespace."""
    for part in element.iterdescendants(etree.Element):
        if name_of(part) not in names or (part.prefix and not part.tag.startswith(f"{{{RDF}}}")):
            raise Doubt


def name_of(element: etree._Element) -> str:
    """Return the local name of an element, in lower case."""
    return str(element.tag).rpartition("}")[2].lower()


def is_markup(element: etree._Element, *, default: str) -> bool:
    """Return whether the text of an element is HTML, by its type. Raises Doubt for a type that is not read here."""
    given = attributes_of(element)
    kind = TEXT_TYPES.get(given.pop("type", default).lower())
    if kind is None or given:
        raise Doubt
    return kind


def looks_like_markup(value: str) -> bool:
    """Return whether feedparser takes a text that should be plain for HTML."""
    if not CLOSING_OR_REFERENCE.search(value):
        return False
    if not MARKUP.issuperset(tag.lower() for tag in TAG.findall(value)):
        raise Doubt
    return all(name in entitydefs for name in REFERENCE.findall(value))


def link_of(element: etree._Element) -> str | None:
    """Return the link of an element to a page, as text or as an attribute; none for a link to anything else."""
    given = attributes_of(element)
    href = given.get("url", given.get("uri", given.get("href")))
    if not href:
        link = text_of(element)
        need_no_odd_slashes(link)
        return link
    text_of(element)
    need_no_odd_slashes(href)
    is_page = (
        given.get("rel", "alternate").lower() == "alternate" and given.get("type", "text/html").lower() in HTML_TYPES
    )
    return href if is_page else None


def need_no_odd_slashes(link: str) -> None:
    """Raise Doubt for a link that is mended before it is read."""
    if ":///" in link:
        raise Doubt


def person_name_of(element: etree._Element) -> etree._Element:
    """Return the one element that names a person. Raises Doubt for none or several."""
    need_only(element, PERSON)
    names = [part for part in element.iterchildren() if name_of(part) == "name"]
    if len(names) != 1:
        raise Doubt
    return names[0]
