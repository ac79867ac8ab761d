"""What a page says of its article: title, authors, dates, language, links; from one parsed tree, without guessing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from ingest import jsonld
from ingest.dates import parse_moment
from ingest.headline import headline
from ingest.text import line_of
from ingest.urls import canonical_url, registered_domain, same_site

Basis = Literal["json-ld", "meta", "page"]

PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "article.published",
    "parsely-pub-date", "cxenseparse:recs:publishtime", "mediator_published_time", "sailthru.date", "publish-date",
    "publishdate", "publish_date", "publication_date", "pubdate", "dcterms.date", "dcterms.created", "dcterms.issued",
    "dc.date.issued", "dc.date", "date",
)  # fmt: skip
MODIFIED = ("article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified", "dcterms.modified")
AUTHORS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl")
IMAGE = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src", "image")
SECTION = ("article:section", "parsely-section", "cxenseparse:recs:category", "section")
LOCKED_TIERS = ("locked", "metered", "paid", "premium")
ZONED = re.compile(r"\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?\s*(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$", re.IGNORECASE)
BY = re.compile(r"^(?:by|oleh|от|автор|tác giả|โดย)\b[\s:]*", re.IGNORECASE)
NAMES = re.compile(r"\s*[,;|/]\s*|\s+(?:and|&|dan|и|và|และ)\s+")
NO_AUTHORS = frozenset(
    {"admin", "administrator", "editor", "redaksi", "staff", "unknown", "null", "none", "guest", "author"}
)
LONGEST_NAME = 80
LONGEST_ADDRESS = 2000
LANGUAGE = re.compile(r"^([a-zA-Z]{2,3})(?:[-_]|$)")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the page says; `published_basis` is json-ld or meta only where the moment was written with its zone."""

    title: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    published_basis: Basis | None = None
    modified: datetime | None = None
    language: str | None = None
    section: str | None = None
    image: str | None = None
    canonical_url: str | None = None
    amp_url: str | None = None
    paywalled: bool = False
    body: str | None = None


def read_metadata(tree: HtmlElement, url: str) -> Metadata:
    """Return what the page at `url` says of its article; `body` is the articleBody of JSON-LD, as it is written."""
    metas = _metas(tree)
    canonical = _canonical(tree, metas, url)
    node, sure = _article(tree, {url, canonical or url})
    published, basis = _published(tree, node, metas)
    return Metadata(
        title=_title(tree, node, metas, url),
        authors=_authors(tree, node, metas),
        published=published,
        published_basis=basis,
        modified=_moment(jsonld.text(node, "dateModified"), *(metas.get(name) for name in MODIFIED)),
        language=_language(tree, node, metas),
        section=_section(node, metas),
        image=_image(tree, node, metas, url),
        canonical_url=canonical,
        amp_url=_link(tree, "amphtml", url),
        paywalled=jsonld.is_locked(node) or metas.get("article:content_tier", "").lower() in LOCKED_TIERS,
        body=jsonld.text(node, "articleBody") if sure else None,
    )


def _metas(tree: HtmlElement) -> dict[str, str]:
    """Return the content of the first meta element of each name, property or itemprop, in lower case."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = (element.get("content") or "").strip()
        if not content:
            continue
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if name := element.get(attribute):
                found.setdefault(name.strip().lower(), content)
    return found


def _article(tree: HtmlElement, addresses: set[str]) -> tuple[jsonld.Node, bool]:
    """Return the page's own article node, and whether it is surely that and not one of a list."""
    scripts = [script.text or "" for script in tree.iter("script") if "ld+json" in (script.get("type") or "").lower()]
    nodes = jsonld.articles(scripts)
    wanted = {_bare(address) for address in addresses}
    own = [node for node in nodes if wanted & {_bare(address) for address in jsonld.urls(node)}]
    candidates = own or nodes
    # Some pages describe their article twice; the fuller description is the better one.
    best = max(candidates, key=lambda node: (bool(node.get("datePublished")), len(node)), default=jsonld.Node())
    return best, bool(own) or len(nodes) == 1


def _bare(address: str) -> str:
    parts = urlsplit(address)
    return parts.netloc.lower().removeprefix("www.") + parts.path.rstrip("/")


def _title(tree: HtmlElement, node: jsonld.Node, metas: dict[str, str], url: str) -> str:
    written = (jsonld.text(node, "headline", "name"), metas.get("og:title"), metas.get("twitter:title"))
    told = [title for title in (line_of(candidate or "") for candidate in written) if title]
    headings = [line_of(heading.text_content()) for heading in tree.iter("h1")]
    document = line_of(tree.findtext(".//title") or "")
    return headline(headings, told, document, line_of(metas.get("og:site_name", "")), registered_domain(url))


def _authors(tree: HtmlElement, node: jsonld.Node, metas: dict[str, str]) -> tuple[str, ...]:
    sources: Iterable[list[str]] = (
        jsonld.names(node.get("author")),
        *([metas[name]] for name in AUTHORS if name in metas),
        [link.text_content() for link in tree.iterfind(".//a[@rel='author']")],
        [element.text_content() for element in tree.iterfind(".//*[@itemprop='author']")],
    )
    for source in sources:
        found = dict.fromkeys(name for text in source for name in _names(text))
        if found:
            return tuple(found)
    return ()


def _names(text: str) -> list[str]:
    line = BY.sub("", line_of(text))
    found = [name.strip(" .") for name in NAMES.split(line)] if "://" not in line else []
    return [
        name for name in found if 1 < len(name) <= LONGEST_NAME and "@" not in name and name.lower() not in NO_AUTHORS
    ]


def _published(tree: HtmlElement, node: jsonld.Node, metas: dict[str, str]) -> tuple[datetime | None, Basis | None]:
    written: list[tuple[str | None, Basis]] = [
        (jsonld.text(node, "datePublished", "dateCreated", "uploadDate"), "json-ld")
    ]
    written += [(metas.get(name), "meta") for name in PUBLISHED]
    written += [(element.get("datetime"), "page") for element in _time_elements(tree)]
    vague: datetime | None = None
    for text, basis in written:
        moment = _moment(text)
        if moment is None:
            continue
        if ZONED.search(text or ""):
            return moment, basis
        vague = vague or moment
    return (vague, "page") if vague else (None, None)


def _time_elements(tree: HtmlElement) -> list[HtmlElement]:
    times = [element for element in tree.iter("time") if element.get("datetime")]
    marked = [
        element
        for element in times
        if element.get("pubdate") is not None
        or element.get("itemprop") == "datePublished"
        or re.search(r"publish|entry-date|post-date", element.get("class") or "")
    ]
    return (marked or times)[:1]


def _moment(*written: str | None) -> datetime | None:
    return next((moment for text in written if text and text[:1].isdigit() and (moment := parse_moment(text))), None)


def _language(tree: HtmlElement, node: jsonld.Node, metas: dict[str, str]) -> str | None:
    declared = (
        tree.get("lang"),
        tree.get("{http://www.w3.org/XML/1998/namespace}lang") or tree.get("xml:lang"),
        next(iter(jsonld.names(node.get("inLanguage"))), None),
        metas.get("content-language"),
        metas.get("og:locale"),
    )
    matches = (LANGUAGE.match(text.strip()) for text in declared if text)
    return next((match[1].lower() for match in matches if match), None)


def _section(node: jsonld.Node, metas: dict[str, str]) -> str | None:
    written = [*jsonld.names(node.get("articleSection"))[:1], *(metas.get(name) for name in SECTION)]
    return next((line_of(text)[:LONGEST_NAME] for text in written if text and line_of(text)), None)


def _image(tree: HtmlElement, node: jsonld.Node, metas: dict[str, str], url: str) -> str | None:
    """Return the address of the article's picture; JSON-LD and Open Graph tell it, or an older link element."""
    told = [*jsonld.images(node.get("image")), *(metas[name] for name in IMAGE if name in metas)]
    addresses = (canonical_url(address, url) for address in told if len(address) <= LONGEST_ADDRESS)
    return next(filter(None, addresses), None) or _link(tree, "image_src", url)


def _canonical(tree: HtmlElement, metas: dict[str, str], url: str) -> str | None:
    """Return the page's own word for its address, unless it lies on another site or is that of the front page."""
    told = metas.get("og:url")
    for candidate in (_link(tree, "canonical", url), canonical_url(told, url) if told else None):
        if candidate and same_site(candidate, url) and (urlsplit(candidate).path != "/" or urlsplit(candidate).query):
            return candidate
    return None


def _link(tree: HtmlElement, relation: str, url: str) -> str | None:
    for element in tree.iter("link"):
        if relation in (element.get("rel") or "").lower().split() and (target := element.get("href")):
            return canonical_url(target, url)
    return None
