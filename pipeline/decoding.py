"""Undoes a Content-Encoding piece by piece, so that a small body can never grow beyond what was asked for."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from typing import Any, Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

ENCODINGS = "gzip, deflate, br, zstd"
"""What is understood, as an Accept-Encoding header."""

PIECE = 64 * 1024
"""Bytes of output at a time."""

GZIP_MAGIC = b"\x1f"
"""First byte of a gzip member (RFC 1952)."""

ZSTD_WINDOW_LOG = 23
"""Largest zstd window for HTTP: 8 MiB (RFC 9659)."""


class DecodingError(ValueError):
    """The body is not what its Content-Encoding says, or it ends too early."""


class Decoder(Protocol):
    """Decodes one body."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the output of the next bytes of input, in pieces of at most some `PIECE` bytes."""

    def finish(self) -> None:
        """Raise DecodingError unless the body is complete."""


class Plain:
    """A body without encoding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the input."""
        yield data

    def finish(self) -> None:
        """Accept any end: the HTTP parser has seen to it."""


class Zlib:
    """Gzip, also of several members, and deflate, also without its zlib header."""

    def __init__(self, encoding: str) -> None:
        self._gzip = encoding == "gzip"
        self._stream: Any = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the output of the next bytes of input."""
        while data:
            if self._stream is None:
                self._stream = self._open(data[0])
            elif self._stream.eof:
                if not self._gzip or data[:1] != GZIP_MAGIC:
                    return  # padding after the end
                self._stream = self._open(data[0])
            try:
                yield self._stream.decompress(data, PIECE)
            except zlib.error as error:
                raise DecodingError(str(error)) from None
            data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail

    def _open(self, first: int) -> Any:
        if self._gzip:
            return zlib.decompressobj(16 + zlib.MAX_WBITS)
        # RFC 1950: the low four bits of a zlib header are 8; some servers send the bare stream of RFC 1951.
        return zlib.decompressobj(zlib.MAX_WBITS if first & 0x0F == 8 else -zlib.MAX_WBITS)  # noqa: PLR2004  # RFC 1950

    def finish(self) -> None:
        """Raise DecodingError unless the last member is complete."""
        if self._stream is not None and not self._stream.eof:
            raise DecodingError("the compressed body ends too early")


class Brotli:
    """Brotli (RFC 7932)."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._fed = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the output of the next bytes of input."""
        self._fed = self._fed or bool(data)
        while not self._stream.is_finished():
            try:
                piece = self._stream.process(data, output_buffer_limit=PIECE)
            except brotli.error as error:
                raise DecodingError(str(error)) from None
            data = b""
            yield piece
            if not piece and self._stream.can_accept_more_data():
                return

    def finish(self) -> None:
        """Raise DecodingError unless the stream is complete."""
        if self._fed and not self._stream.is_finished():
            raise DecodingError("the compressed body ends too early")


class Zstd:
    """Zstandard (RFC 8878), also of several frames."""

    def __init__(self) -> None:
        self._stream: Any = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the output of the next bytes of input."""
        while data or (self._stream is not None and not self._stream.needs_input and not self._stream.eof):
            if self._stream is None or self._stream.eof:
                self._stream = ZstdDecompressor(options={DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})
            try:
                yield self._stream.decompress(data, PIECE)
            except ZstdError as error:
                raise DecodingError(str(error)) from None
            data = self._stream.unused_data if self._stream.eof else b""

    def finish(self) -> None:
        """Raise DecodingError unless the last frame is complete."""
        if self._stream is not None and not self._stream.eof:
            raise DecodingError("the compressed body ends too early")


def decoder(content_encoding: str) -> Decoder:
    """Return the decoder for the value of a Content-Encoding header. Raises DecodingError."""
    names = [name.strip().lower() for name in content_encoding.split(",")]
    names = [name for name in names if name not in ("", "identity", "none", "utf-8")]
    if not names:
        return Plain()
    match names:
        case ["gzip" | "x-gzip"]:
            return Zlib("gzip")
        case ["deflate"]:
            return Zlib("deflate")
        case ["br"]:
            return Brotli()
        case ["zstd"]:
            return Zstd()
    raise DecodingError(f"unknown Content-Encoding {content_encoding!r}")
