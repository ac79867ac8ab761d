"""Alerts to a Prometheus Alertmanager, which groups, silences and routes them with those of the machines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import orjson

from pipeline.messages import Alert
from sinks import inert
from sinks.ledger import utc_now
from sinks.posting import Outbox, Poster
from sinks.templating import Texts
from sinks.wording import CHAT, words

PATH = "/api/v2/alerts"

FIRING = timedelta(hours=1)
"""How long the alert fires: a story does not end by itself, and Alertmanager tells nobody of what is over at once."""

HOPELESS = dict.fromkeys(map(int, (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)), "the alert is refused")


class Alertmanager:
    """Posts each alert as one that fires for an hour; its labels are the same at each attempt, so a repeat is none.

    `url` is the address of the Alertmanager, with its prefix if it has one, without the path of the API.
    """

    name = "alertmanager"

    def __init__(
        self, url: str, client: Callable[[], Poster], texts: Texts, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._outbox = Outbox(self.name, url.rstrip("/") + PATH, client, hopeless=HOPELESS)
        self._texts = texts
        self._clock = clock

    def send(self, alert: Alert, /) -> None:
        """Post the alert. Raises DeliveryError unless the Alertmanager answers 2xx."""
        self._outbox.post(inert.json_line(orjson.dumps([self.body(alert)])))

    def close(self) -> None:
        """Close the connections."""
        self._outbox.close()

    def body(self, alert: Alert) -> dict[str, Any]:
        """Return the alert as Alertmanager's API describes one."""
        found = words(alert, CHAT)
        about = {
            "summary": self._texts.title(alert, CHAT),
            "description": self._texts.message(alert, CHAT),
            "outlet": found.outlet,
            "url": found.link,
        }
        body: dict[str, Any] = {
            "labels": {
                "alertname": f"wirewatch_{alert.kind}",
                "id": alert.id,
                "rule": alert.rule,
                "watchlist": found.watchlist,
                "story": alert.story,
                "level": alert.level,
            },
            "annotations": {name: value for name, value in about.items() if value},
            "startsAt": alert.created.isoformat(),
            "endsAt": (self._clock() + FIRING).isoformat(),
        }
        return body | ({"generatorURL": found.link} if found.link else {})
