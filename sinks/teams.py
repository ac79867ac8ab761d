"""Alerts to a workflow of Microsoft Teams that posts what its webhook is sent.

The message is an Adaptive Card of text runs, in which nothing is markup, with the link as a button
(https://adaptivecards.io/explorer/TextRun.html).
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson

from pipeline.messages import Alert
from sinks import inert, marks
from sinks.posting import Outbox, Poster
from sinks.templating import Texts
from sinks.wording import MARKED, words

LONGEST = 5000
"""Characters of a message; Teams takes 28 kB, and a character can be three bytes."""

HOPELESS = {int(HTTPStatus.REQUEST_ENTITY_TOO_LARGE): "the message is too large"}


class Teams:
    """Posts each alert as a card. The address is a secret."""

    name = "teams"

    def __init__(self, url: str, client: Callable[[], Poster], texts: Texts) -> None:
        self._outbox = Outbox(self.name, url, client, hopeless=HOPELESS)
        self._texts = texts

    def send(self, alert: Alert, /) -> None:
        """Post the alert. Raises DeliveryError unless the workflow answers 2xx."""
        self._outbox.post(inert.json_line(orjson.dumps(self.body(alert))))

    def close(self) -> None:
        """Close the connections."""
        self._outbox.close()

    def body(self, alert: Alert) -> dict[str, Any]:
        """Return the message as a workflow wants it."""
        lines = self._texts.message(alert, MARKED)[:LONGEST].splitlines()
        title = {"type": "TextRun", "text": self._texts.title(alert), "weight": "Bolder", "size": "Medium"}
        card: dict[str, Any] = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [_block([title]), *(_block(_runs(line)) for line in lines if line)],
            "msteams": {"width": "Full"},
        }
        if link := words(alert, MARKED).link:
            card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the article", "url": link}]
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        return {"type": "message", "attachments": [attachment]}


def _block(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": runs}


def _runs(line: str) -> list[dict[str, Any]]:
    return [
        {"type": "TextRun", "text": text} | ({"weight": "Bolder"} if is_name else {})
        for text, is_name in marks.pieces(line)
    ]
