"""Alerts to an HTTP receiver, signed by Standard Webhooks. The only module that imports standardwebhooks."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import ClassVar, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from standardwebhooks import Webhook as Signer

from pipeline.messages import Alert
from sinks import inert
from sinks.ledger import utc_now
from sinks.posting import JSON, Outbox, Poster

SECRET_PREFIX = "whsec_"  # noqa: S105  # the prefix is public

GONE = {int(HTTPStatus.GONE): "the receiver is gone for good"}


class WebhookBody(BaseModel):
    """What is posted: an alert, as Standard Webhooks lays out a body."""

    model_config = ConfigDict(frozen=True)

    schema_name: ClassVar[str] = "webhook/1"
    type: Literal["story.alert"] = "story.alert"
    timestamp: AwareDatetime = Field(description="when the alert was created, the same at each attempt")
    data: Alert


class Webhook:
    """Posts each alert as a WebhookBody; the header webhook-id is the alert's id, the idempotency key.

    Raises ValueError when the secret is no signing secret.
    """

    name = "webhook"

    def __init__(
        self, url: str, secret: str, client: Callable[[], Poster], clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._signer = Signer(_key(secret))
        self._outbox = Outbox(self.name, url, client, hopeless=GONE)
        self._clock = clock

    def send(self, alert: Alert, /) -> None:
        """Post the alert. Raises DeliveryError unless the receiver answers 2xx."""
        body = payload(alert)
        now = self._clock()
        headers = {
            **JSON,
            "webhook-id": alert.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(alert.id, now, body.decode()),
        }
        self._outbox.post(body, headers)

    def close(self) -> None:
        """Close the connections."""
        self._outbox.close()


def payload(alert: Alert) -> bytes:
    """Return the body that is posted: the same bytes at every attempt."""
    body = WebhookBody(timestamp=alert.created, data=alert)
    return inert.json_line(orjson.dumps(body.model_dump(mode="json")))


def _key(secret: str) -> bytes:
    """Return the signing key. Raises ValueError when the secret is not Base64 or empty."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError("not a signing secret")
    return key
