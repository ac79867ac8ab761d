"""What the elements of a feed mean to the strict reader, by namespace and name: what they do to feedparser."""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache

ATOM = "http://www.w3.org/2005/Atom"
RSS_10 = "http://purl.org/rss/1.0/"
RSS_090 = "http://my.netscape.com/rdf/simple/0.9/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


LONGEST_TAG = 2000
"""Characters of a namespace and a name whose meaning is remembered."""


class Role(Enum):
    """What an element is to an entry or a feed."""

    TITLE = auto()
    OTHER_TITLE = auto()
    LINK = auto()
    ORIGINAL_LINK = auto()
    GUID = auto()
    DESCRIPTION = auto()
    SUMMARY = auto()
    CONTENT = auto()
    ENCODED = auto()
    PUBLISHED = auto()
    UPDATED = auto()
    CREATED = auto()
    AUTHOR = auto()
    LANGUAGE = auto()
    SOURCE = auto()
    PEOPLE = auto()
    PICTURES = auto()
    NOTHING = auto()
    DOUBTFUL = auto()


_BASE = {
    "title": Role.TITLE,
    "link": Role.LINK,
    "guid": Role.GUID,
    "id": Role.GUID,
    "description": Role.DESCRIPTION,
    "summary": Role.SUMMARY,
    "content": Role.CONTENT,
    "pubdate": Role.PUBLISHED,
    "published": Role.PUBLISHED,
    "issued": Role.PUBLISHED,
    "updated": Role.UPDATED,
    "modified": Role.UPDATED,
    "lastbuilddate": Role.UPDATED,
    "created": Role.CREATED,
    "author": Role.AUTHOR,
    "managingeditor": Role.AUTHOR,
    "language": Role.LANGUAGE,
    "source": Role.SOURCE,
    "contributor": Role.PEOPLE,
}
_HARMLESS = frozenset({
    "category", "keywords", "comments", "enclosure", "rights", "copyright", "subtitle", "tagline", "generator",
    "expirationdate", "webmaster", "cloud",
})  # fmt: skip
_DOUBTFUL = frozenset({
    "abstract", "authors", "body", "channel", "contributors", "email", "entry", "feed", "fullitem", "height",
    "homepage", "image", "info", "item", "links", "name", "newlocation", "rss", "tags", "textinput", "uri", "url",
    "where", "width", "div", "math", "svg",
})  # fmt: skip
"""Unprefixed names that feedparser gives a meaning of its own; any other it only notes down."""

_DUBLIN_CORE = {
    "title": Role.TITLE,
    "creator": Role.AUTHOR,
    "author": Role.AUTHOR,
    "date": Role.UPDATED,
    "language": Role.LANGUAGE,
    "description": Role.DOUBTFUL,
}
_TERMS = {"created": Role.CREATED, "issued": Role.PUBLISHED, "modified": Role.UPDATED, "valid": Role.DOUBTFUL}
_MEDIA = {
    "title": Role.OTHER_TITLE,
    "description": Role.DOUBTFUL,
    "content": Role.PICTURES,
    "group": Role.PICTURES,
}
_ITUNES = {
    "author": Role.AUTHOR,
    "summary": Role.DOUBTFUL,
    "owner": Role.DOUBTFUL,
    "name": Role.DOUBTFUL,
    "email": Role.DOUBTFUL,
}
_KNOWN: dict[str, dict[str, Role]] = {
    "http://purl.org/dc/elements/1.1/": _DUBLIN_CORE,
    "http://purl.org/dc/terms/": _TERMS,
    "http://search.yahoo.com/mrss/": _MEDIA,
    "http://search.yahoo.com/mrss": _MEDIA,
    "http://www.itunes.com/dtds/podcast-1.0.dtd": _ITUNES,
    "http://purl.org/rss/1.0/modules/content/": {"encoded": Role.ENCODED},
    "http://rssnamespace.org/feedburner/ext/1.0": {
        "origlink": Role.ORIGINAL_LINK,
        "browserfriendly": Role.DOUBTFUL,
    },
    "http://purl.org/rss/1.0/modules/slash/": {},
    "http://purl.org/rss/1.0/modules/syndication/": {},
    "http://wellformedweb.org/commentapi/": {},
    "http://purl.org/syndication/thread/1.0": {},
}
"""Namespaces in lower case, as feedparser compares them; what is not listed of them means nothing to an entry."""

_RESERVED = frozenset({
    "admin", "author", "cc", "content", "contributor", "creativecommons", "dc", "dcterms", "feedburner", "geo",
    "georss", "gml", "itunes", "link", "media", "psc", "publisher", "rdf", "source", "summary", "title", "xhtml",
    "xml",
})  # fmt: skip
"""Prefixes and words that make an element of an unknown namespace look like a known one to feedparser."""

_DOUBTFUL_PARTS = (
    "w3.org",
    "backend.userland.com",
    "harvard.edu",
    "purl.org/rss/",
    "purl.org/atom",
    "purl.org/pie",
    "purl.org/echo",
    "example.com/",
    "uri/of/echo",
    "netscape.com",
    "creativecommons",
    "web.resource.org",
    "georss",
    "opengis",
    "webns.net",
    "podlove",
)
"""Parts of the namespaces that feedparser gives a prefix of its own, whatever the feed's."""


def role_of(tag: str, prefix: str | None) -> Role:
    """Return what an element is; `tag` as lxml writes it, `prefix` as the feed does."""
    return _role_of(tag, prefix) if len(tag) <= LONGEST_TAG else Role.DOUBTFUL


@lru_cache(maxsize=4096)
def _role_of(tag: str, prefix: str | None) -> Role:
    space, _, name = tag.rpartition("}")
    space, name = space[1:].lower(), name.lower()
    if space in {"", ATOM.lower(), RSS_10, RSS_090}:
        return _unprefixed(name) if not prefix or space else Role.DOUBTFUL
    known = _KNOWN.get(space)
    if known is not None:
        return known.get(name, Role.NOTHING if name.replace("-", "").isalnum() else Role.DOUBTFUL)
    if not prefix or prefix.lower() in _RESERVED or "_" in prefix or any(part in space for part in _DOUBTFUL_PARTS):
        return Role.DOUBTFUL
    return Role.NOTHING


def _unprefixed(name: str) -> Role:
    if name in _DOUBTFUL or not name.replace("-", "").isalnum():
        return Role.DOUBTFUL
    return Role.NOTHING if name in _HARMLESS else _BASE.get(name, Role.NOTHING)
