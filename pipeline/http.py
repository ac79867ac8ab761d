"""The one HTTP client: public addresses only, bounded in time, size and redirects. The only aiohttp import."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from pipeline.address import AddressRefused, check_host, guarded_socket_factory
from pipeline.decoding import ENCODINGS, DecodingError, decoder
from pipeline.errors import WirewatchError
from pipeline.names import Lookup, Names
from pipeline.settings import HttpSettings
from pipeline.telemetry import Telemetry

HttpResult = Literal[
    "timeout", "dns", "refused-address", "connect", "tls", "too-large", "redirects", "protocol", "decode"
]

CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)

REDIRECTS = frozenset({301, 302, 303, 307, 308})
CONDITIONS = frozenset({"if-none-match", "if-modified-since"})
"""Headers that speak of one address: they are not carried on to where it redirects."""

REDIRECTION = 300
NOT_MODIFIED = 304

EXCERPT = 4096
"""Bytes kept of a body that only explains a status."""

HEADER_BYTES = 64 * 1024
"""Longest header accepted: some sites send policies of 20 kB."""

DNS_SECONDS = 60
"""How long an answer is reused; the guard judges the address of every connection all the same."""


class HttpError(WirewatchError):
    """No response, or none that can be used; `result` says why, from a bounded set."""

    def __init__(self, result: HttpResult, url: str, detail: str) -> None:
        super().__init__(f"{result}: {url}: {detail}")
        self.result: HttpResult = result
        self.url = url
        self.detail = detail


class Redirect(NamedTuple):
    """One redirect that was followed: its status and where it led."""

    status: int
    url: str


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered; `url` is the final one, header names are in lower case, `body` is decompressed.

    The body is whole for a status of 2xx to `get`; otherwise it is an excerpt that may explain the status.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    received: datetime
    redirects: tuple[Redirect, ...] = ()

    @property
    def charset(self) -> str | None:
        """Return the charset that the Content-Type declares, if it does."""
        declared = CHARSET.search(self.headers.get("content-type", ""))
        return declared[1] if declared else None

    @property
    def language(self) -> str | None:
        """Return what the Content-Language declares, if it does."""
        return self.headers.get("content-language")

    @property
    def retry_after(self) -> float | None:
        """Return the seconds to wait that the server asks for, if it does."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self.received).total_seconds())


class _Resolver(AbstractResolver):
    def __init__(self, lookup: Lookup) -> None:
        self._names = Names(lookup)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=address[0], port=port, family=found, proto=protocol, flags=flags)
            for found, _, protocol, _, address in await self._names.addresses(host, port, family)
        ]

    async def close(self) -> None:
        pass


class HttpClient:
    """Makes requests; an asynchronous context manager, used from one event loop.

    No cookies, no referrer, no proxy or credentials from the environment; `lookup` replaces socket.getaddrinfo.
    """

    def __init__(
        self, settings: HttpSettings, version: str, telemetry: Telemetry, *, lookup: Lookup = socket.getaddrinfo
    ) -> None:
        self._settings = settings
        self._agent = f"wirewatch/{version} (+{settings.contact})"
        self._telemetry = telemetry
        self._lookup = lookup

    async def __aenter__(self) -> Self:
        self._slots = asyncio.Semaphore(self._settings.connections)
        connector = aiohttp.TCPConnector(
            limit=0,  # the slots are the limit: waiting in the connector would count against the timeout
            resolver=_Resolver(self._lookup),
            ttl_dns_cache=DNS_SECONDS,
            socket_factory=guarded_socket_factory(self._settings.allow_networks),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._agent, "Accept-Encoding": ENCODINGS},
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(),
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(
        self, url: str, *, purpose: str, headers: Mapping[str, str] | None = None, max_bytes: int
    ) -> Response:
        """Return the response to GET, redirects followed.

        `purpose` is a label of a bounded set; a body of more than `max_bytes` after decompression is an error.
        Any status is a response. Raises HttpError.
        """
        return await self._exchange(url, purpose, self._follow(url, headers or {}, max_bytes))

    async def post(self, url: str, *, purpose: str, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
        """Return the response to POST; a redirect is returned, not followed. Raises HttpError."""
        return await self._exchange(url, purpose, self._tell(url, headers or {}, body))

    async def _exchange(self, url: str, purpose: str, exchange: Coroutine[None, None, Response]) -> Response:
        result = "cancelled"
        try:
            async with self._slots, asyncio.timeout(self._settings.timeout):
                response = await exchange
            result = str(response.status) if response.status == NOT_MODIFIED else f"{response.status // 100}xx"
            self._telemetry.http_bytes.labels(purpose).inc(len(response.body))
        except Exception as error:
            failure = _failure(url, error)
            result = failure.result
            raise failure from error
        finally:
            exchange.close()
            self._telemetry.http_requests.labels(purpose, result).inc()
        return response

    async def _follow(self, url: str, headers: Mapping[str, str], max_bytes: int) -> Response:
        here, redirects = checked(url), list[Redirect]()
        while True:
            response = await self._request("GET", here, headers, max_bytes=max_bytes)
            target = response.headers.get("location")
            if response.status not in REDIRECTS or not target:
                return replace(response, redirects=tuple(redirects)) if redirects else response
            if len(redirects) == self._settings.redirects:
                raise HttpError("redirects", url, f"more than {len(redirects)} redirects")
            here = _led(here, target)
            redirects.append(Redirect(response.status, str(here)))
            headers = {name: value for name, value in headers.items() if name.lower() not in CONDITIONS}

    async def _tell(self, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        return await self._request("POST", checked(url), headers, body=body)

    async def _request(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        *,
        max_bytes: int | None = None,
        body: bytes | None = None,
    ) -> Response:
        async with self._session.request(method, url, headers=headers, data=body, allow_redirects=False) as answer:
            fields: dict[str, str] = {}
            for written, value in answer.headers.items():
                name = written.lower()
                fields[name] = f"{fields[name]}, {value}" if name in fields else value
            if answer.status == NOT_MODIFIED:
                content = b""
            elif max_bytes is not None and answer.status < REDIRECTION:
                content = await _whole(answer, max_bytes)
            else:
                content = await _excerpt(answer)
            return Response(str(url), answer.status, fields, content, datetime.now(UTC))


def checked(url: str) -> URL:
    """Return the URL if it may be asked for: http or https, a host, no user name. Raises HttpError."""
    try:
        parsed = URL(url)
        port = parsed.port
    except ValueError as error:
        raise HttpError("refused-address", url, f"not a URL: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.raw_host or not port:
        raise HttpError("refused-address", url, "only http and https addresses of a host are asked for")
    if parsed.raw_user is not None or parsed.raw_password is not None:
        raise HttpError("refused-address", url, "an address with a user name is not asked for")
    try:
        check_host(parsed.raw_host)
    except AddressRefused as error:
        raise HttpError("refused-address", url, str(error.strerror)) from None
    return parsed


def _led(here: URL, target: str) -> URL:
    """Return the URL that a redirect leads to, if it may be asked for. Raises HttpError."""
    try:
        led = here.join(URL(target))
    except ValueError as error:
        raise HttpError("refused-address", target, f"not a URL: {error}") from None
    return checked(str(led))


class _TooLarge(Exception):
    def __str__(self) -> str:
        return "the body is larger than allowed"


async def _whole(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """Return the decoded body. Raises _TooLarge as soon as more than `limit` bytes are announced or seen."""
    if (answer.content_length or 0) > limit:
        raise _TooLarge
    decode, body, received = decoder(answer.headers.get("Content-Encoding", "")), bytearray(), 0
    async for chunk in answer.content.iter_any():
        received += len(chunk)
        if received > limit:
            raise _TooLarge
        for piece in decode.feed(chunk):
            body += piece
            if len(body) > limit:
                raise _TooLarge
    decode.finish()
    return bytes(body)


async def _excerpt(answer: aiohttp.ClientResponse) -> bytes:
    """Return the beginning of the decoded body, as far as it can be had."""
    body = bytearray()
    with suppress(DecodingError, aiohttp.ClientError):
        decode = decoder(answer.headers.get("Content-Encoding", ""))
        async for chunk in answer.content.iter_any():
            for piece in decode.feed(chunk):
                body += piece
                if len(body) >= EXCERPT:
                    return bytes(body[:EXCERPT])
    return bytes(body)


_RESULTS: tuple[tuple[type[Exception], HttpResult], ...] = (
    (_TooLarge, "too-large"),
    (TimeoutError, "timeout"),
    (DecodingError, "decode"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    (aiohttp.ClientSSLError, "tls"),
    (aiohttp.ClientOSError, "connect"),
    (aiohttp.InvalidURL, "refused-address"),
    (aiohttp.ClientError, "protocol"),
    (ValueError, "protocol"),
)
"""What the errors beneath mean; the first that fits."""


def _failure(url: str, error: Exception) -> HttpError:
    """Return the error as one of this module's. Raises it as it is if it has no business here."""
    if isinstance(error, HttpError):
        return error
    detail = str(error) or type(error).__name__
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno == errno.EACCES:
        return HttpError("refused-address", url, str(error.os_error.strerror))
    for kind, result in _RESULTS:
        if isinstance(error, kind):
            return HttpError(result, url, detail)
    raise error
