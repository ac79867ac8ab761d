"""A server on 127.0.0.1 that does what the worst sites do, in answer to one name for each vice."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import brotli
from backports import zstd

from tests.ingest.feeding import item, rss
from tests.pipeline.raw_server import RawServer

MIB = 1024 * 1024
PIECE = bytes(64 * 1024)
BLANK = bytes(256 * MIB)
BOMBS = {
    "gzip": gzip.compress(BLANK, 6, mtime=0),
    "br": brotli.compress(BLANK, quality=1),
    "zstd": zstd.compress(BLANK, 1),
}
del BLANK

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


def good_feed(name: str) -> bytes:
    return rss(item(name, f"News of {name}")).encode()


def good_page(name: str) -> bytes:
    prose = "".join(
        f"<p>On day {day} of the fog the ferries of {name} stayed at their berths.</p>" for day in range(20)
    )
    return f"<html><head><title>{name}</title></head><body><article>{prose}</article></body></html>".encode()


def reply(status: str, body: bytes = b"", version: str = "1.1", **headers: str) -> Answer:
    named = {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = f"HTTP/{version} {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return raw(head.encode() + b"\r\n" + body)


def raw(*pieces: bytes) -> Answer:
    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return answer


async def hang(_request: bytes, writer: asyncio.StreamWriter) -> None:
    await writer.drain()
    await asyncio.Event().wait()


async def drip(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless(_request: bytes, writer: asyncio.StreamWriter) -> None:
    """Send ten gigabytes, or as much as is taken."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    for _ in range(10 * 1024 * MIB // len(PIECE)):
        writer.write(PIECE)
        await writer.drain()


def vices(body: bytes, kind: str) -> dict[str, tuple[Answer, str]]:
    """Return what each host answers, and how the HTTP client is to count it; `body` is what is asked for in vain."""
    typed = {"Content_Type": kind}
    packed = gzip.compress(body, mtime=0)
    return {
        "hang": (hang, "timeout"),
        "drip": (drip, "timeout"),
        "broken": (reply("500 Internal Server Error", b"oops"), "5xx"),
        "limited": (reply("429 Too Many Requests", Retry_After="120"), "4xx"),
        "away": (reply("503 Service Unavailable", Retry_After="Wed, 01 Jan 2125 00:00:00 GMT"), "5xx"),
        "gone": (reply("410 Gone"), "4xx"),
        "loop": (reply("302 Found", Location="/"), "redirects"),
        "to-file": (reply("302 Found", Location="file:///etc/passwd"), "refused-address"),
        "to-metadata": (reply("302 Found", Location="http://169.254.169.254/latest/"), "refused-address"),
        "endless": (endless, "too-large"),
        "gzip-bomb": (reply("200 OK", BOMBS["gzip"], Content_Encoding="gzip", **typed), "too-large"),
        "brotli-bomb": (reply("200 OK", BOMBS["br"], Content_Encoding="br", **typed), "too-large"),
        "zstd-bomb": (reply("200 OK", BOMBS["zstd"], Content_Encoding="zstd", **typed), "too-large"),
        "cut-gzip": (reply("200 OK", packed[: len(packed) // 2], Content_Encoding="gzip", **typed), "decode"),
        "too-short": (reply("200 OK", body, **typed | {"Content_Length": str(len(body) + 99)}), "protocol"),
        "too-long": (reply("200 OK", body, **typed | {"Content_Length": "20"}), "protocol"),
        "no-http": (raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), "protocol"),
        "old-http": (reply("200 OK", body, version="1.0", **typed | {"Content_Length": ""}), "2xx"),
    }


def lookup(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
    """Find every name of a test at 127.0.0.1."""
    address = "127.0.0.1" if host.endswith(".example") else host
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


class NastyServer(RawServer):
    """Answers by the first label of the host's name instead of by path."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        super().__init__()
        self.hosts = answers
        self.asked: list[str] = []

    def of(self, name: str, path: str = "/") -> str:
        return self.url(path, f"{name}.example")

    async def answer(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        name = head.partition(b"\r\nHost: ")[2].partition(b".")[0].decode()
        self.asked.append(name)
        await self.hosts[name](head, writer)
