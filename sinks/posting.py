"""How the channels that speak HTTP post: through the one HTTP client, each on a loop in its own thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Protocol, Self

from pipeline.http import HttpError, Response
from sinks.channels import DeliveryError

JSON = {"Content-Type": "application/json"}


class Poster(Protocol):
    """What is needed of the HTTP client."""

    async def __aenter__(self) -> Self:
        """Open it on the running loop."""

    async def __aexit__(self, *_: object) -> None:
        """Close its connections."""

    async def post(self, url: str, *, purpose: str, body: bytes, headers: dict[str, str]) -> Response:
        """Return the response to POST. Raises HttpError."""


class Outbox:
    """Posts to one address, which may hold a secret, so no message names it.

    `name` is that of the channel, the purpose of the request. The client lives on a loop of its own, in the thread
    that posts. `hopeless` are the statuses after which the same message cannot succeed.
    """

    def __init__(
        self, name: str, url: str, client: Callable[[], Poster], *, hopeless: Mapping[int, str] | None = None
    ) -> None:
        self._name = name
        self._url = url
        self._new_client = client
        self._hopeless = hopeless or {}
        self._runner: asyncio.Runner | None = None
        self._client: Poster | None = None

    def post(self, body: bytes, headers: Mapping[str, str] = JSON) -> None:
        """Post the body. Raises DeliveryError unless the receiver answers 2xx."""
        if self._runner is None:
            self._runner = asyncio.Runner()
        try:
            response = self._runner.run(self._post(body, dict(headers)))
        except HttpError as error:
            hint = "; see alerts.allow_networks" if error.result == "refused-address" else ""
            raise DeliveryError(f"{self._name}: {error.result}{hint}") from None
        self._judge(response)

    async def _post(self, body: bytes, headers: dict[str, str]) -> Response:
        if self._client is None:
            self._client = await self._new_client().__aenter__()
        return await self._client.post(self._url, purpose=self._name, body=body, headers=headers)

    def _judge(self, response: Response) -> None:
        status = response.status
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if status in self._hopeless:
            raise DeliveryError(f"{self._name}: {self._hopeless[status]} ({status})", permanent=True)
        waits = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
        raise DeliveryError(f"{self._name}: HTTP {status}", response.retry_after if waits else None)

    def close(self) -> None:
        """Close the connections and the loop; another post opens them again."""
        if self._runner is None:
            return
        if self._client is not None:
            self._runner.run(self._client.__aexit__(None, None, None))
        self._runner.close()
        self._runner = self._client = None
