"""Alerts by any service Apprise knows. The only module that imports apprise.

Apprise makes its requests itself, so the address guard of the HTTP client does not see them: whoever sets an Apprise
URL decides where it leads. Nothing from the web does: articles only fill the text, and redirects are not followed,
even where the URL asks for it.
"""

from __future__ import annotations

import hashlib
import logging

import apprise

from pipeline.messages import Alert
from sinks import inert, wording
from sinks.channels import DeliveryError

NAME_DIGITS = 8
"""Hexadecimal digits of the URL's hash in the channel's name: enough to tell channels apart, too few to guess from."""

TALKATIVE = ("apprise", "urllib3")
"""Loggers whose lines may hold the URL: what was requested, and what a service answered."""


class Apprise:
    """One Apprise URL. It is a secret as a whole: never shown, never logged.

    Raises ValueError when Apprise does not know the URL.
    """

    def __init__(self, url: str) -> None:
        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        service = apprise.Apprise.instantiate(url, asset=_asset())
        if service is None:
            raise ValueError("Apprise does not know this URL")
        service.redirects = False
        scheme = url.partition(":")[0].lower()
        self.name = f"{scheme}-{hashlib.sha256(url.encode()).hexdigest()[:NAME_DIGITS]}"
        self._services = apprise.Apprise(asset=_asset())
        self._services.add(service)

    def send(self, alert: Alert, /) -> None:
        """Send the alert as plain text. Raises DeliveryError when the service did not take it."""
        title = wording.title(alert, inert.chat)
        result = self._services.notify(body=_body(alert), title=title, body_format=apprise.NotifyFormat.TEXT)
        if not result:
            raise DeliveryError(f"apprise: {result.status.name.lower()}")

    def close(self) -> None:
        """Hold nothing between two alerts."""


def _asset() -> apprise.AppriseAsset:
    return apprise.AppriseAsset(
        app_id="wirewatch",
        app_desc="wirewatch",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        async_mode=False,
        interpret_emojis=False,
        interpret_escapes=False,
        http_redirects=False,
        allow_templates=False,
    )


def _body(alert: Alert) -> str:
    lines = [f"{wording.outlet(alert, inert.chat)} · {wording.time(alert)}"]
    if why := wording.why(alert, inert.chat):
        lines.append(f"Why: {why}")
    if actors := wording.actors(alert, inert.chat):
        lines.append(f"Actors: {actors}")
    lines.append(wording.judgement(alert, inert.chat))
    return "\n".join([*lines, inert.chat_link(alert.url)])
