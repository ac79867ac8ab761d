from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from pipeline.address import AddressRefused, check_host, guarded_socket_factory, is_allowed, is_public
from pipeline.http import HttpClient, HttpError
from pipeline.settings import HttpSettings
from pipeline.telemetry import Telemetry
from tests.pipeline.raw_server import RawServer

LOOPBACK = ip_network("127.0.0.0/8")

NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104  # refused, not listened on
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:0:53aa:64c:0:0:80ff:fffe",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]

PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255",
          "2606:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "64:ff9b::808:808"]  # fmt: skip

ATTACKS = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://2130706433/",
    "http://127.0.0.1./",
    "http://0/",
    "http://0.0.0.0/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:7f00:0001]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25lo]/",
    "http://[fd00::1]/",
    "http://10.0.0.1/",
    "http://192.168.0.1:8080/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://user@127.0.0.1/",
    "http://example.com@127.0.0.1/",
    "http://example.com:80@127.0.0.1/",
    "http://127.0.0.1\\@example.com/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[ff02::1]/",
    "http://[fec0::1]/",
    "http://172.16.0.1/",
    "http://198.18.0.1/",
    "http://192.0.0.192/",
    "http://168.63.129.16/",
    "http://239.255.255.250/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%2f@example.com/",
    "http://0x7f.0.0.1./",
    "http://00000177.1/",
    "https://127.0.0.1/",
    "http://inside.example/",
    "http://router.example/",
    "http://intranet.example/",
    "http://mixed.example/",
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://127.0.0.1:6379/_x",
    "data:text/html,x",
    "//127.0.0.1/",
    "http:///etc/passwd",
    "http://",
    "",
]


def resolver(answers: dict[str, list[str]]) -> Any:
    """Return a getaddrinfo that knows some names; a name's answers are given one after the other."""

    def lookup(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        if host not in answers:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        told = answers[host]
        address = told.pop(0) if len(told) > 1 else told[0]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in address.split()
        ]

    return lookup


def get(url: str, lookup: Any = socket.getaddrinfo, allow: Any = ()) -> str:
    """Return how a request for the URL ends."""

    async def ask() -> str:
        settings = HttpSettings(timeout=5, allow_networks=allow)
        async with HttpClient(settings, "1", Telemetry(), lookup=lookup) as client:
            try:
                return str((await client.get(url, purpose="page", max_bytes=1024)).status)
            except HttpError as error:
                return error.result

    return asyncio.run(ask())


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not is_allowed(address, ())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_allowed(address, ())


def test_what_is_no_address_is_refused() -> None:
    assert not is_allowed("localhost", (LOOPBACK,))


def test_a_network_can_be_allowed_without_its_mapped_forms() -> None:
    assert is_allowed("127.8.9.1", (LOOPBACK,))
    assert not is_allowed("::ffff:127.0.0.1", (LOOPBACK,))
    assert not is_allowed("10.0.0.1", (LOOPBACK,))


@pytest.mark.parametrize("host", ["0x7f.1", "127.1", "2130706433", "0177.0.0.1", "1.2.3.4.5", "a.0x1", "127.0.0.1."])
def test_a_host_that_ends_in_a_number_must_be_a_plain_address(host: str) -> None:
    with pytest.raises(AddressRefused, match="not a public address"):
        check_host(host)


@pytest.mark.parametrize(
    "host", ["example.com", "1.1.1.1", "3com.com", "xn--e1afmkfd.xn--p1ai", "2606:4700::1", "a.b1"]
)
def test_a_name_is_no_number(host: str) -> None:
    check_host(host)


def test_the_socket_factory_judges_the_address_it_is_given() -> None:
    make = guarded_socket_factory((LOOPBACK,))
    with make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80))) as made:
        assert made.family == socket.AF_INET
    with pytest.raises(AddressRefused):
        make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("10.0.0.1", 80)))
    with pytest.raises(AddressRefused):
        make((socket.AF_UNIX, socket.SOCK_STREAM, 0, "", ("/tmp/socket",)))  # noqa: S108  # never opened


class Victim:
    """Listens where loopback attacks would arrive, and counts who comes."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
        writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Victim]:
        servers = [await asyncio.start_server(self._serve, "127.0.0.1", 0)]
        self.port = servers[0].sockets[0].getsockname()[1]
        with suppress(OSError):  # a machine without IPv6
            servers.append(await asyncio.start_server(self._serve, "::1", self.port))
        try:
            yield self
        finally:
            for server in servers:
                server.close()

    def at(self, url: str) -> str:
        """Return the attack on the port that is listened on."""
        return re.sub(r"^((?:https?:)?//[^/\\:@]*(?:\[[^]]*\])?)(?=[/\\]|$)", rf"\g<1>:{self.port}", url)


NAMES = {
    "intranet.example": ["10.1.2.3"],
    "mixed.example": ["10.1.2.3 fd00::1 ::ffff:127.0.0.1"],
    "inside.example": ["127.0.0.1"],
    "router.example": ["192.168.7.7"],
}
FRONT = "127.0.0.2"
"""Where the server listens that redirects to the victim; the only address that is allowed."""


@pytest.mark.parametrize("url", ATTACKS)
def test_no_request_leaves_for_an_attacker_s_address(url: str) -> None:
    async def ask() -> None:
        settings = HttpSettings(timeout=5)
        async with (
            Victim().listening() as victim,
            HttpClient(settings, "1", Telemetry(), lookup=resolver(NAMES)) as client,
        ):
            for attack in (url, victim.at(url)):
                with pytest.raises(HttpError) as caught:
                    await client.get(attack, purpose="page", max_bytes=1024)
                assert caught.value.result == "refused-address"
                with pytest.raises(HttpError) as caught:
                    await client.post(attack, purpose="webhook", body=b"x")
                assert caught.value.result == "refused-address"
            assert victim.connections == 0

    asyncio.run(ask())


@pytest.mark.parametrize("url", [url for url in ATTACKS if re.match(r"(?:[a-z]+:)?//[^/]|data:", url)])
def test_no_redirect_leads_to_an_attacker_s_address(url: str) -> None:
    async def ask() -> None:
        server, names = RawServer(), {**NAMES, "front.example": [FRONT]}
        settings = HttpSettings(timeout=5, allow_networks=(ip_network(FRONT),))
        async with (
            Victim().listening() as victim,
            server.running(FRONT),
            HttpClient(settings, "1", Telemetry(), lookup=resolver(names)) as client,
        ):
            for attack in (url, victim.at(url)):
                server.add("/", "302 Found", Location=attack)
                with pytest.raises(HttpError) as caught:
                    await client.get(server.url("/", "front.example"), purpose="page", max_bytes=1024)
                assert caught.value.result == "refused-address"
            assert victim.connections == 0
            assert len(server.requests) == 2

    asyncio.run(ask())


def test_the_victim_of_the_attacks_would_be_reached_without_the_guard() -> None:
    async def ask() -> None:
        settings = HttpSettings(timeout=5, allow_networks=(LOOPBACK,))
        async with (
            Victim().listening() as victim,
            HttpClient(settings, "1", Telemetry(), lookup=resolver(NAMES)) as client,
        ):
            for url in ("http://127.0.0.1/", "http://inside.example/"):
                assert (await client.get(victim.at(url), purpose="page", max_bytes=1024)).body == b"secret"
            assert victim.connections == 2

    asyncio.run(ask())


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/",
        "http://[::ffff:127.0.0.1]/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://[::1]/",
        "http://inside.example/",
        "//10.0.0.1/x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "javascript:alert(1)",
        "http://user:secret@127.0.0.1/",
    ],
)
def test_a_redirect_to_an_address_that_is_not_public_is_refused(target: str) -> None:
    async def ask() -> None:
        server = RawServer()
        server.add("/", "302 Found", Location=target)
        settings = HttpSettings(timeout=5, allow_networks=(LOOPBACK,))
        lookup = resolver({"inside.example": ["192.168.7.7"]})
        async with server.running(), HttpClient(settings, "1", Telemetry(), lookup=lookup) as client:
            with pytest.raises(HttpError) as caught:
                await client.get(server.url("/"), purpose="page", max_bytes=1024)
            assert caught.value.result == "refused-address"
            assert len(server.requests) == 1

    asyncio.run(ask())


def test_a_name_that_turns_private_after_it_was_public_is_refused() -> None:
    async def ask() -> None:
        server = RawServer()
        server.add("/first", "302 Found", Location="http://rebinding.example:1/second")
        server.add("/second", body=b"inside")
        allowed = ip_network("127.0.0.1/32")
        lookup = resolver({"rebinding.example": ["127.0.0.1", "127.0.0.2"]})
        async with server.running():
            server.add("/first", "302 Found", Location=server.url("/second", "rebinding.example.").replace("e.:", "e:"))
            settings = HttpSettings(timeout=5, allow_networks=(allowed,))
            async with HttpClient(settings, "1", Telemetry(), lookup=lookup) as client:
                first = await client.get(server.url("/second", "rebinding.example"), purpose="page", max_bytes=1024)
                assert first.body == b"inside"
                client._session.connector.clear_dns_cache()  # type: ignore[union-attr]
                with pytest.raises(HttpError, match=r"127\.0\.0\.2 is not a public address"):
                    await client.get(server.url("/first"), purpose="page", max_bytes=1024)

    asyncio.run(ask())


def test_an_allowed_network_is_reached() -> None:
    assert get("http://127.0.0.1:1/", allow=(LOOPBACK,)) == "connect"
