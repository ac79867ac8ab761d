"""An HTML page to its article: its text, without what surrounds it. The only trafilatura import."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime

import trafilatura
from lxml import etree
from lxml.html import HtmlElement, HTMLParser

from ingest.charset import decode
from ingest.metadata import BY, Basis, Metadata, read_metadata
from ingest.text import plain_text, tidy

ENOUGH = 250
"""Characters of a text; with less, it is poor."""

PARAGRAPH = 80
"""Characters of a line from which on it is told and not listed."""

DENSE = 0.5
"""Share of a text in its paragraphs; with less, it is poor: most of it are links, captions or the entries of a list."""

WHOLE = 1000
"""Characters of a JSON-LD body from which it is taken to be the article and not its lead."""

LONGEST_TEXT = 400_000
"""Characters of a text that are kept; a message may have 1 MiB."""

META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
ASIDE = re.compile(
    r"(?:^|[\s_-])(?:related|recommend(?:ed|ation|ations)?|read-?(?:more|also|next)|also-?read|more-?(?:stories|news|from)|"
    r"baca-?juga|artikel-?terkait|berita-?terkait|terkait|tin-?lien-?quan|lien-?quan|xem-?them|most-?(?:read|popular)|"
    r"trending|popular-?posts|jp-relatedposts|yarpp|outbrain|taboola|newsletter|subscribe|subscription|"
    r"sharedaddy|share-?(?:bar|buttons?|links?|this)|social-?(?:share|links?|bar)|addtoany|comments?|comment-?(?:list|area|form)|"
    r"disqus|breadcrumbs?|cookie-?(?:banner|notice|consent)|advert(?:isement|orial)?s?|ad-?(?:slot|unit|banner)|banner-?ad|promo|"
    r"tags?-?(?:list|links|cloud)|author-?(?:bio|box|card)|post-?navigation|skip-?link)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Classes and ids of what stands beside articles in the usual CMSs."""

ASIDE_NAMES = frozenset({
    "bottom", "breadcrumb", "footer", "main-menu", "main-nav", "main-navigation", "menu", "nav", "navbar",
    "navigation", "page-footer", "sidebar", "site-footer", "site-header", "site-info", "social", "top", "top-menu",
    "topbar", "widget",
})  # fmt: skip
"""Classes and ids that say so only where they are the whole word."""

MAIN_SHARE = 0.4
"""Share of the page's paragraphs that nothing beside the article has: a class may name what a page contains."""

ASIDE_ROLES = frozenset({"navigation", "complementary", "banner", "contentinfo", "search"})
GLUED = re.compile(r"[^\W\d_]{2}[.!?»”][^\W\d_]{3}")

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # a page without an article is no event of ours


@dataclass(frozen=True, slots=True)
class Extracted:
    """The article of a page; `text` is one line a paragraph, empty where there is none.

    `published_basis` says where the date was: json-ld or meta with its zone, or elsewhere or without one (page).
    """

    text: str
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


def extract(page: bytes | str, url: str, charset: str | None = None) -> Extracted:
    """Return the article of an HTML page; `charset` is what the transport declared.

    Any bytes are accepted; what is no HTML has no text.
    """
    source = page if isinstance(page, str) else decode(page, charset or _declared(page))[0]
    tree = _parse(source)
    if tree is None:
        return Extracted(text="")
    found = read_metadata(tree, url)
    text = _body(found) or _text(tree, source)
    return Extracted(
        text=_without_head(text, found)[:LONGEST_TEXT],
        title=found.title,
        authors=found.authors,
        published=found.published,
        published_basis=found.published_basis,
        modified=found.modified,
        language=found.language,
        section=found.section,
        image=found.image,
        canonical_url=found.canonical_url,
        amp_url=found.amp_url,
        paywalled=found.paywalled,
    )


def _declared(page: bytes) -> str | None:
    declared = META_CHARSET.search(page[:4096])
    return declared[1].decode("ascii") if declared else None


def _parse(source: str) -> HtmlElement | None:
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        tree = etree.fromstring(source.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    return tree if isinstance(tree, HtmlElement) and tree.tag == "html" else None


def _body(found: Metadata) -> str | None:
    """Return the text of JSON-LD where it is whole and its paragraphs are still apart."""
    if found.body is None or len(found.body) < WHOLE or found.body.rstrip().endswith(("…", "...")):
        return None
    text = plain_text(found.body)
    if len(text) < WHOLE or "\n" not in text or GLUED.search(text):
        return None
    return text


def _text(tree: HtmlElement, source: str) -> str:
    """Return the text by the fast way, or by the thorough one where that is poor and the other tells more."""
    _prune(tree)
    text = _trafilatura(tree, fast=True)
    if not _is_poor(text):
        return text
    text = max(text, _trafilatura(tree, fast=False), key=_told)
    whole = None if text else _parse(source)
    return text if whole is None else _trafilatura(whole, fast=False)


def _is_poor(text: str) -> bool:
    """Return whether a text is short, has no paragraph, or little of it is in paragraphs."""
    return len(text) < ENOUGH or _told(text)[0] < DENSE * len(text)


def _told(text: str) -> tuple[int, int]:
    """Return the characters in paragraphs, and all of them."""
    return sum(len(line) for line in text.split("\n") if len(line) >= PARAGRAPH), len(text)


def _prune(tree: HtmlElement) -> None:
    """Take out what stands beside the article, and the tables that only lay out the page."""
    enough = MAIN_SHARE * _prose(tree)
    for table in list(tree.iter("table")):
        if table.find(".//h1") is not None or _prose(table) > enough > 0:
            _dissolve(table)
    for element in list(tree.iter("div", "section", "aside", "ul", "ol", "p", "nav", "footer", "form")):
        if element.getparent() is None or not _stands_beside(element):
            continue
        if next(element.iter("article", "h1", "main"), None) is None and _prose(element) <= enough:
            element.drop_tree()


def _dissolve(table: HtmlElement) -> None:
    """Make blocks of a table's own rows and cells, not of those of a table inside it."""
    parts = [table]
    for part in parts:
        parts += part.iterchildren("tbody", "tr", "td", "th")
        part.tag = "div"


def _stands_beside(element: HtmlElement) -> bool:
    if element.tag in ("nav", "aside", "form") or element.get("role") in ASIDE_ROLES:
        return True
    label = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('data-component') or ''}"
    if element.get("data-component") == "paywall":
        return True  # the notice; as a class it is given to the very text behind the wall
    return bool(ASIDE.search(label)) or not ASIDE_NAMES.isdisjoint(label.lower().split())


def _prose(element: HtmlElement) -> int:
    """Return the characters in paragraphs."""
    return sum(len(paragraph.text_content()) for paragraph in element.iter("p"))


def _trafilatura(tree: HtmlElement, *, fast: bool) -> str:
    document = trafilatura.bare_extraction(tree, fast=fast, favor_recall=fast, include_comments=False)
    if document is None or isinstance(document, dict):
        return ""
    return tidy(document.text or "")


def _without_head(text: str, found: Metadata) -> str:
    """Return the text without the title and the author's name that a page may have at its beginning."""
    heads = {head.casefold() for head in (found.title, *found.authors, ", ".join(found.authors))}
    lines = text.split("\n")
    while len(lines) > 1 and BY.sub("", lines[0]).strip().casefold() in heads:
        del lines[0]
    return "\n".join(lines)
