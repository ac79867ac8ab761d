from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import brotli
import pytest
from backports import zstd

from pipeline.http import HttpClient, HttpError, Redirect, Response
from pipeline.settings import HttpSettings
from pipeline.telemetry import Telemetry
from tests.pipeline.raw_server import RawServer

LOOPBACK = (ip_network("127.0.0.0/8"),)
TEXT = "Здравствуй, ASEAN. ".encode() * 200
LIMIT = 64 * 1024
BOMB = bytes(64 * 1024 * 1024)

Talk = Callable[[RawServer, HttpClient], Awaitable[None]]


def talk(scene: Talk, telemetry: Telemetry | None = None, lookup: Any = socket.getaddrinfo, **settings: Any) -> None:
    """Run a scene with a server and a client of its own."""

    async def run() -> None:
        chosen = HttpSettings(**{"timeout": 10, "allow_networks": LOOPBACK, **settings})
        server = RawServer()
        async with server.running(), HttpClient(chosen, "9.9", telemetry or Telemetry(), lookup=lookup) as client:
            await scene(server, client)

    asyncio.run(run())


def page(client: HttpClient, url: str, max_bytes: int = LIMIT, **headers: str) -> Awaitable[Response]:
    return client.get(url, purpose="page", headers=headers, max_bytes=max_bytes)


def result_of(scene_answers: Callable[[RawServer], None], **settings: Any) -> str:
    """Return the result name of the error that getting "/" ends with."""
    found: list[str] = []

    async def scene(server: RawServer, client: HttpClient) -> None:
        scene_answers(server)
        with pytest.raises(HttpError) as caught:
            await page(client, server.url("/"))
        found.append(caught.value.result)

    talk(scene, **settings)
    return found[0]


def test_a_response_carries_all_that_is_known() -> None:
    async def scene(server: RawServer, client: HttpClient) -> None:
        server.add("/", body=TEXT, ETag='W/"a b"', X_Twice="1")
        before = datetime.now(UTC)
        response = await page(client, server.url("/"), **{"If-None-Match": '"x"'})
        assert (response.url, response.status, response.body) == (server.url("/"), 200, TEXT)
        assert response.headers["etag"] == 'W/"a b"'
        assert before <= response.received <= datetime.now(UTC)
        assert response.redirects == ()
        assert 'If-None-Match: "x"' in server.requests[0]

    talk(scene)


def test_requests_name_the_program_and_nothing_else() -> None:
    async def scene(server: RawServer, client: HttpClient) -> None:
        server.add("/", "302 Found", Location="/next", Set_Cookie="a=b")
        server.add("/next", body=b"x")
        await page(client, server.url("/"))
        for request in server.requests:
            assert "User-Agent: wirewatch/9.9 (+desk@example.org)" in request
            assert "cookie" not in request.lower()
            assert "referer" not in request.lower()
            assert "authorization" not in request.lower()

    talk(scene, contact="desk@example.org")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("gzip", gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0)),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"\0\0\0"),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT, wbits=-15)),
        ("br", brotli.compress(TEXT)),
        ("zstd", zstd.compress(TEXT)),
        ("zstd", zstd.compress(TEXT[:100]) + zstd.compress(TEXT[100:])),
        ("identity", TEXT),
        ("UTF-8", TEXT),
    ],
)
def test_every_content_encoding_is_undone(encoding: str, body: bytes) -> None:
    async def scene(server: RawServer, client: HttpClient) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n\r\n".encode()
        middle = len(body) // 2
        server.send("/", head + body[:middle], body[middle:])
        assert (await page(client, server.url("/"))).body == TEXT

    talk(scene)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(BOMB, 9, mtime=0)),
        ("deflate", zlib.compress(BOMB, 9)),
        ("br", brotli.compress(BOMB, quality=5)),
        ("zstd", zstd.compress(BOMB)),
        ("gzip", gzip.compress(b"", mtime=0) * 20_000),
    ],
)
def test_a_bomb_stops_at_the_cap(encoding: str, body: bytes) -> None:
    assert result_of(lambda server: server.add("/", body=body, Content_Encoding=encoding)) == "too-large"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)[:-9]),
        ("deflate", zlib.compress(TEXT)[:-5]),
        ("br", brotli.compress(TEXT)[:-3]),
        ("zstd", zstd.compress(TEXT)[:-3]),
        ("gzip", TEXT),
        ("deflate", b"\x01" + TEXT),
        ("br", TEXT),
        ("zstd", TEXT),
        ("rot13", TEXT),
        ("gzip, br", TEXT),
    ],
)
def test_a_truncated_or_wrongly_labelled_body_is_an_error(encoding: str, body: bytes) -> None:
    assert result_of(lambda server: server.add("/", body=body, Content_Encoding=encoding)) == "decode"


def test_a_body_larger_than_allowed_is_an_error_whether_announced_or_not() -> None:
    body = bytes(LIMIT + 1)
    assert result_of(lambda server: server.add("/", body=body)) == "too-large"
    assert result_of(lambda server: server.send("/", b"HTTP/1.1 200 OK\r\n\r\n", body)) == "too-large"


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    async def scene(server: RawServer, client: HttpClient) -> None:
        server.send("/", b"HTTP/1.1 200 OK\r\n\r\n", bytes(LIMIT))
        assert len((await page(client, server.url("/"))).body) == LIMIT

    talk(scene)


def test_a_content_length_that_promises_more_is_an_error() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
    assert result_of(lambda server: server.send("/", head, b"short")) == "protocol"


def test_a_content_length_that_promises_less_is_an_error() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more"
    assert result_of(lambda server: server.send("/", answer)) == "protocol"


def test_a_server_that_drips_is_given_up_in_time() -> None:
    def drip(server: RawServer) -> None:
        async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                writer.write(b".")
                await writer.drain()
                await asyncio.sleep(0.01)

        server.answers["/"] = answer

    assert result_of(drip, timeout=0.3) == "timeout"


def test_the_time_limit_counts_for_all_redirects_together() -> None:
    def wander(server: RawServer) -> None:
        for number in range(20):
            server.answers["/" if number == 0 else f"/{number}"] = slow_redirect(f"/{number + 1}")

    def slow_redirect(target: str) -> Any:
        async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.05)
            writer.write(f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode())

        return answer

    assert result_of(wander, timeout=0.3, redirects=20) == "timeout"


def test_redirects_are_followed_and_told() -> None:
    async def scene(server: RawServer, client: HttpClient) -> None:
        server.add("/", "301 Moved Permanently", Location="/b?x=1#frag")
        server.add("/b?x=1", "307 Temporary Redirect", Location=server.url("/c"))
        server.add("/c", body=b"there")
        response = await page(client, server.url("/"))
        assert response.body == b"there"
        assert response.url == server.url("/c")
        assert response.redirects == (Redirect(301, server.url("/b?x=1#frag")), Redirect(307, server.url("/c")))

    talk(scene)


def test_a_redirect_loop_ends() -> None:
    assert result_of(lambda server: server.add("/", "302 Found", Location="/")) == "redirects"


def test_a_redirect_without_a_target_and_a_304_are_responses() -> None:
    async def scene(server: RawServer, client: HttpClient) -> None:
        server.add("/a", "302 Found")
        server.add("/b", "304 Not Modified", ETag='"1"')
        assert (await page(client, server.url("/a"))).status == 302
        unchanged = await page(client, server.url("/b"))
        assert (unchanged.status, unchanged.body, unchanged.headers["etag"]) == (304, b"", '"1"')

    talk(scene)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 two OK\r\n\r\n"])
def test_what_is_no_http_is_a_protocol_error(answer: bytes) -> None:
    assert result_of(lambda server: server.send("/", answer)) == "protocol"


def test_a_closed_port_a_dead_name_and_a_plain_server_asked_for_tls_each_have_their_result() -> None:
    def lookup(host: str, port: int, **options: Any) -> Any:
        if host == "dead.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return socket.getaddrinfo(host, port, type=options["type"])

    async def scene(server: RawServer, client: HttpClient) -> None:
        server.add("/")
        plain = server.url("/").replace("http:", "https:")
        for url, result in (("http://127.0.0.1:1/", "connect"), ("http://dead.example/", "dns"), (plain, "tls")):
            with pytest.raises(HttpError) as caught:
                await page(client, url)
            assert caught.value.result == result

    talk(scene, lookup=lookup)


def test_an_error_status_is_a_response_with_an_excerpt() -> None:
    async def scene(server: RawServer, client: HttpClient) -> None:
        server.add("/", "503 Service Unavailable", body=b"x" * 100_000, Retry_After="120")
        response = await page(client, server.url("/"), max_bytes=1024)
        assert (response.status, len(response.body), response.retry_after) == (503, 4096, 120.0)

    talk(scene)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("3600", 3600.0),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(value: str, seconds: float | None) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert Response("http://e.com/", 429, {"retry-after": value}, b"", noon).retry_after == seconds


def test_a_post_sends_its_body_and_follows_no_redirect() -> None:
    async def scene(server: RawServer, client: HttpClient) -> None:
        server.add("/hook", "302 Found", Location="/elsewhere")
        response = await client.post(
            server.url("/hook"), purpose="webhook", body=b'{"a": 1}', headers={"Content-Type": "application/json"}
        )
        assert response.status == 302
        assert server.bodies == [b'{"a": 1}']
        assert "Content-Type: application/json" in server.requests[0]

    talk(scene)


def test_every_request_is_counted_by_purpose_and_result() -> None:
    telemetry = Telemetry()

    async def scene(server: RawServer, client: HttpClient) -> None:
        server.add("/", body=b"12345")
        server.add("/gone", "410 Gone")
        await page(client, server.url("/"))
        await page(client, server.url("/gone"))
        for bad in ("http://10.0.0.1/", "file:///x"):
            with pytest.raises(HttpError):
                await page(client, bad)
            with pytest.raises(HttpError):
                await client.post(bad, purpose="webhook", body=b"")

    talk(scene, telemetry)
    count = telemetry.registry.get_sample_value
    expected = {
        ("page", "2xx"): 1,
        ("page", "4xx"): 1,
        ("page", "refused-address"): 2,
        ("webhook", "refused-address"): 2,
    }
    for (purpose, result), number in expected.items():
        labels = {"purpose": purpose, "result": result}
        assert count("wirewatch_http_requests_total", labels) == number
    assert count("wirewatch_http_received_bytes_total", {"purpose": "page"}) == 5


def test_waiting_for_a_connection_does_not_count_against_the_time_limit() -> None:
    async def scene(server: RawServer, client: HttpClient) -> None:
        async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.4)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        server.answers["/"] = answer
        responses = await asyncio.gather(*(page(client, server.url("/")) for _ in range(3)))
        assert [response.status for response in responses] == [200] * 3

    talk(scene, connections=1, timeout=1.0)


def test_a_name_server_that_hangs_delays_no_other_name() -> None:
    release = threading.Event()

    def lookup(host: str, port: int, **_: Any) -> Any:
        if host == "slow.example":
            release.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    async def scene(server: RawServer, client: HttpClient) -> None:
        server.add("/", body=b"x")
        slow = [asyncio.ensure_future(page(client, f"http://slow.example:{port}/")) for port in range(1, 41)]
        assert (await page(client, server.url("/", "quick.example"))).body == b"x"
        release.set()
        outcomes = await asyncio.gather(*slow, return_exceptions=True)
        assert all(isinstance(outcome, HttpError) for outcome in outcomes)

    talk(scene, lookup=lookup)


def test_certificates_are_checked() -> None:
    async def scene(_server: RawServer, client: HttpClient) -> None:
        connector = client._session.connector
        assert connector is not None
        assert connector._ssl is True  # type: ignore[attr-defined]

    talk(scene)
