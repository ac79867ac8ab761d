"""What a page says of its article in schema.org's words (JSON-LD)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

ARTICLE_TYPES = re.compile(
    r"(?:^|/)(?:(?:\w*News|Report|Reportage|Opinion|Analysis|Tech|Scholarly|Satirical)?Article|ReportageNewsArticle|"
    r"(?:LiveBlog|Blog|SocialMedia)Posting|Report)$"
)
WRAPPING = re.compile(
    r"^\s*(?:/\*.*?\*/|//[^\n]*\n|<!--|<!\[CDATA\[|\s)*|(?:\s|/\*.*?\*/|//\s*|-->|\]\]>|;)*$", re.DOTALL
)
DEEPEST = 12
Node = dict[str, Any]


def articles(scripts: Iterable[str]) -> list[Node]:
    """Return the article nodes of a page's JSON-LD scripts in order, references to other nodes filled in.

    Scripts that are not JSON are skipped, after what CMSs wrap around it is taken off.
    """
    nodes = [node for script in scripts for node in _nodes(_parsed(script), 0)]
    named = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    return [_filled(node, named) for node in nodes if _is_article(node)]


def names(value: Any) -> list[str]:
    """Return the names in an author, section or language field: text, a node with a name, or a list of them."""
    return list(_texts(value, ("name", "alternateName"), 0))


def _texts(value: Any, fields: tuple[str, ...], depth: int) -> Iterator[str]:
    """Yield the texts in a field, and in the first of the fields that a node in it has; not out of any depth."""
    if depth > DEEPEST:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, fields, depth + 1)
    elif isinstance(value, dict):
        yield from _texts(next(filter(None, map(value.get, fields)), None), fields, depth + 1)


def text(node: Node, *fields: str) -> str | None:
    """Return the first of the fields that holds text."""
    for field in fields:
        value = node.get(field)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def urls(node: Node) -> set[str]:
    """Return the addresses the node says are its own."""
    found = set()
    for value in (node.get("url"), node.get("mainEntityOfPage"), node.get("@id")):
        found.update(names(value) if not isinstance(value, dict) else names([value.get("@id"), value.get("url")]))
    return found


def images(value: Any) -> list[str]:
    """Return the addresses in an image field: text, an ImageObject, or a list of them."""
    return list(_texts(value, ("url", "contentUrl", "@id"), 0))


def is_locked(node: Node) -> bool:
    """Return whether the node says that the article, or where it says nothing of that a part, is not free to read."""
    said = node.get("isAccessibleForFree")
    if said is None:
        parts = node.get("hasPart")
        said = [part.get("isAccessibleForFree") for part in _listed(parts) if isinstance(part, dict)]
    return any(
        isinstance(one, str | bool | int) and str(one).rsplit("/", 1)[-1].lower() in ("false", "0", "no")
        for one in _listed(said)
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _parsed(script: str) -> Any:
    for candidate in (script, WRAPPING.sub("", script)):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):  # two rounds at most
            continue
    return None


def _nodes(value: Any, depth: int) -> Iterator[Node]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for field in ("@graph", "mainEntity", "mainEntityOfPage", "author", "itemReviewed"):
            yield from _nodes(value.get(field), depth + 1)


def _is_article(node: Node) -> bool:
    kinds = node.get("@type")
    return any(isinstance(kind, str) and ARTICLE_TYPES.search(kind) for kind in _listed(kinds))


def _filled(node: Node, named: dict[str, Node]) -> Node:
    def one(value: Any) -> Any:
        if isinstance(value, dict) and not {"name", "url"} & value.keys() and isinstance(value.get("@id"), str):
            return named.get(value["@id"], value)
        return value

    def full(value: Any) -> Any:
        return [one(item) for item in value] if isinstance(value, list) else one(value)

    return {**node, "author": full(node.get("author")), "image": full(node.get("image"))}
