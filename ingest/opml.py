"""Feeds as an OPML file, which the catalogue's reader and other programs take."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from ingest.feeds import Feed
from ingest.sift import UNSTORABLE


def as_opml(feeds: Iterable[Feed], title: str) -> bytes:
    """Return an OPML 2.0 document: a group for each country code, in alphabetical order, feeds without one last."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    groups: dict[str, list[Feed]] = {}
    for feed in feeds:
        groups.setdefault(feed.outlet.country or "", []).append(feed)
    for country in sorted(groups, key=lambda code: (not code, code)):
        parent = etree.SubElement(body, "outline", text=country) if country else body
        for feed in sorted(groups[country], key=lambda feed: (feed.outlet.name.casefold(), feed.url)):
            etree.SubElement(parent, "outline", _attributes(feed))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _attributes(feed: Feed) -> dict[str, str]:
    outlet, about = feed.outlet, feed.about
    said = {
        "type": about.pop("type"),
        "text": outlet.name,
        "title": outlet.name,
        "xmlUrl": feed.url,
        "htmlUrl": about.pop("htmlUrl", None),
        "language": feed.language,
        "country": outlet.country,
        "kind": outlet.kind,
        **about,
        "disabled": "true" if feed.disabled else None,
    }
    # Names come from the web; XML takes no control characters.
    return {name: UNSTORABLE.sub("", value) for name, value in said.items() if value}
