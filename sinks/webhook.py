"""Alerts to an HTTP receiver, signed by Standard Webhooks. The only module that imports standardwebhooks."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Protocol, Self

import orjson
from standardwebhooks import Webhook as Signer

from pipeline.http import HttpError, Response
from pipeline.messages import Alert
from sinks import inert
from sinks.channels import DeliveryError
from sinks.ledger import utc_now

EVENT_TYPE = "story.alert"
SECRET_PREFIX = "whsec_"  # noqa: S105  # the prefix is public


class Poster(Protocol):
    """What is needed of the HTTP client."""

    async def __aenter__(self) -> Self:
        """Open it on the running loop."""

    async def __aexit__(self, *_: object) -> None:
        """Close its connections."""

    async def post(self, url: str, *, purpose: str, body: bytes, headers: dict[str, str]) -> Response:
        """Return the response to POST. Raises HttpError."""


class Webhook:
    """Posts each alert as {type, timestamp, data}; the header webhook-id is the alert's id, the idempotency key.

    The URL may hold a secret, so no message names it. The client lives on a loop of its own, in the thread that sends.
    Raises ValueError when the secret is no signing secret.
    """

    name = "webhook"

    def __init__(
        self, url: str, secret: str, client: Callable[[], Poster], clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._url = url
        self._signer = Signer(_key(secret))
        self._new_client = client
        self._clock = clock
        self._runner: asyncio.Runner | None = None
        self._client: Poster | None = None

    def send(self, alert: Alert, /) -> None:
        """Post the alert. Raises DeliveryError unless the receiver answers 2xx."""
        if self._runner is None:
            self._runner = asyncio.Runner()
        try:
            response = self._runner.run(self._post(alert))
        except HttpError as error:
            hint = "; see http.allow_networks" if error.result == "refused-address" else ""
            raise DeliveryError(f"webhook: {error.result}{hint}") from None
        _judge(response)

    async def _post(self, alert: Alert) -> Response:
        if self._client is None:
            self._client = await self._new_client().__aenter__()
        body = payload(alert)
        now = self._clock()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": alert.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(alert.id, now, body.decode()),
        }
        return await self._client.post(self._url, purpose="webhook", body=body, headers=headers)

    def close(self) -> None:
        """Close the connections and the loop."""
        if self._runner is None:
            return
        if self._client is not None:
            self._runner.run(self._client.__aexit__(None, None, None))
        self._runner.close()
        self._runner = self._client = None


def payload(alert: Alert) -> bytes:
    """Return the body that is posted: the same bytes at every attempt."""
    document = {"type": EVENT_TYPE, "timestamp": alert.created, "data": alert.model_dump(mode="json")}
    return inert.json_line(orjson.dumps(document, option=orjson.OPT_UTC_Z))


def _judge(response: Response) -> None:
    """Return if the receiver took the alert. Raises DeliveryError otherwise."""
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status == HTTPStatus.GONE:
        raise DeliveryError("webhook: the receiver is gone for good (410)", permanent=True)
    waits = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    raise DeliveryError(f"webhook: HTTP {status}", response.retry_after if waits else None)


def _key(secret: str) -> bytes:
    """Return the signing key. Raises ValueError when the secret is not Base64 or empty."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError("not a signing secret")
    return key
