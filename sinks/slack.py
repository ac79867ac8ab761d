"""Alerts to an incoming webhook of Slack, or of a service that understands one.

Slack shows the blocks, in which it reads no markup, no mention and no emoji: text is text, and a link is one only where
this module says so (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block/). Others show the field text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import orjson

from pipeline.messages import Alert
from sinks import inert, marks
from sinks.posting import Outbox, Poster
from sinks.templating import Texts
from sinks.wording import CHAT, MARKED, words

LONGEST = 8000
"""Characters of a message; Slack takes some 13,000 in blocks."""

HOPELESS = {
    int(HTTPStatus.BAD_REQUEST): "the message is refused",
    int(HTTPStatus.REQUEST_ENTITY_TOO_LARGE): "the message is too large",
}


class Slack:
    """Posts each alert as a message. The address is a secret."""

    name = "slack"

    def __init__(self, url: str, client: Callable[[], Poster], texts: Texts) -> None:
        self._outbox = Outbox(self.name, url, client, hopeless=HOPELESS)
        self._texts = texts

    def send(self, alert: Alert, /) -> None:
        """Post the alert. Raises DeliveryError unless the receiver answers 2xx."""
        self._outbox.post(inert.json_line(orjson.dumps(self.body(alert))))

    def close(self) -> None:
        """Close the connections."""
        self._outbox.close()

    def body(self, alert: Alert) -> dict[str, Any]:
        """Return the message as Slack wants it."""
        found = words(alert, MARKED)
        title = self._texts.title(alert)
        head = _link(found.link, title) if found.link else _text(title, is_bold=True)
        links = [link for link in (found.link, *(line.link for line in found.lines)) if link]
        text = self._texts.message(alert, MARKED)[:LONGEST]
        elements = [head, _text("\n"), *_elements(text, links)]
        plain = f"{self._texts.title(alert, CHAT)}\n{self._texts.message(alert, CHAT)}"[:LONGEST]
        return {
            "text": plain.replace("&", "&amp;"),
            "blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}],
            "unfurl_links": False,
            "unfurl_media": False,
        }


def _elements(text: str, links: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the text in elements: links that are known to be some, names in bold, and what is between."""
    known = "|".join(map(re.escape, sorted(links, key=len, reverse=True)))
    for part in re.split(f"({known})(?![^ \n])", text) if links else [text]:
        if part in links:
            yield _link(part)
        elif part:
            yield from (_text(piece, is_bold=is_name) for piece, is_name in marks.pieces(part))


def _text(text: str, *, is_bold: bool = False) -> dict[str, Any]:
    return {"type": "text", "text": text} | ({"style": {"bold": True}} if is_bold else {})


def _link(url: str, text: str | None = None) -> dict[str, Any]:
    return {"type": "link", "url": url} | ({"text": text, "style": {"bold": True}} if text else {})
