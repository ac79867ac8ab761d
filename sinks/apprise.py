"""Alerts by any service Apprise knows. The only module that imports apprise.

Apprise makes its requests itself, so the address guard of the HTTP client does not see them: whoever sets an Apprise
URL decides where it leads. Nothing from the web does: articles only fill the text, and redirects are not followed,
even where the URL asks for it.
"""

from __future__ import annotations

import hashlib
import logging
import re

import apprise

from pipeline.messages import Alert
from sinks.channels import DeliveryError
from sinks.templating import Texts
from sinks.wording import CHAT, words

NAME_DIGITS = 8
"""Hexadecimal digits of the URL's hash in the channel's name: enough to tell channels apart, too few to guess from."""

PHONES = frozenset(
    {"gotify", "gotifys", "ntfy", "ntfys", "pbul", "pover", "prowl", "pushy", "signal", "signals", "tgram", "whatsapp"}
)
"""Schemes of services that are read on a phone, and get the short text."""

SEPARATOR = 2
"""Characters that Apprise puts between title and text where a service has no title."""

_STATUS = re.compile(r"\berror=(\d{3})\b")


class Apprise:
    """One Apprise URL. It is a secret as a whole: never shown, never logged.

    Raises ValueError when Apprise does not know the URL.
    """

    def __init__(self, url: str, texts: Texts) -> None:
        _quiet()
        service = apprise.Apprise.instantiate(url, asset=_asset())
        if service is None:
            raise ValueError("Apprise does not know this URL")
        service.redirects = False
        scheme = url.partition(":")[0].lower()
        self.name = f"{scheme}-{hashlib.sha256(url.encode()).hexdigest()[:NAME_DIGITS]}"
        self._phone = scheme in PHONES
        self._room = service.body_maxlen
        self._texts = texts
        self._services = apprise.Apprise(asset=_asset())
        self._services.add(service)

    def send(self, alert: Alert, /) -> None:
        """Send the alert as plain text. Raises DeliveryError when the service did not take it."""
        title, body = self._fitting(alert)
        result = self._services.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
        if not result:
            raise DeliveryError(f"apprise: {_reason(result)}")

    def close(self) -> None:
        """Hold nothing between two alerts."""

    def _fitting(self, alert: Alert) -> tuple[str, str]:
        """Return title and text, the longest of the texts that the service has room for; the link is cut last."""
        title, link = self._texts.title(alert, CHAT), words(alert, CHAT).link
        texts = [self._texts.short(alert, CHAT), link or title]
        if not self._phone:
            texts.insert(0, self._texts.message(alert, CHAT))
        body = next((text for text in texts if len(title) + SEPARATOR + len(text) <= self._room), texts[-1])
        return title[: max(self._room - SEPARATOR - len(body), 0)], body[: self._room]


def _quiet() -> None:
    """Keep what may hold the URL out of the log; what Apprise says of a failure stays with its result."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


def _reason(result: apprise.AppriseResult) -> str:
    """Return the HTTP status that the service answered with, if it did, in place of words that may hold the URL."""
    for service in result:
        for attempt in service:
            for entry in attempt:
                if found := _STATUS.search(entry.message):
                    return f"HTTP {found[1]}"
    return result.status.name.lower()


def _asset() -> apprise.AppriseAsset:
    return apprise.AppriseAsset(
        app_id="wirewatch",
        app_desc="wirewatch",
        # No pictures from elsewhere: they would tell that place who reads the alerts.
        image_url_mask="",
        image_url_logo="",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        async_mode=False,
        interpret_emojis=False,
        interpret_escapes=False,
        http_redirects=False,
        allow_templates=False,
    )
