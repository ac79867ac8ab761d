"""Keeps the pages as they came, in WARC files, so that a better extractor can be run on them again.

The only warcio import. The format is WARC 1.1 (ISO 28500:2017), one gzip member a record; bodies are kept
decompressed, so their headers say nothing of an encoding.
"""

from __future__ import annotations

import io
import os
import queue
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Protocol, Self

import structlog
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.errors import InputError
from pipeline.http import CHARSET, Response
from pipeline.telemetry import Telemetry

WAITING_BYTES = 64 * 1024 * 1024
"""Bytes of pages that may wait for the disk; further ones are fetched all the same, but not kept."""

OPEN = ".open"
"""End of the name of a file that is still being written, or that a crash left behind."""

STOP_SECONDS = 3.0
"""Seconds that the pages that wait have to be written at the end."""

LEFT_OUT = frozenset({"content-encoding", "transfer-encoding", "content-length", "set-cookie"})
"""Headers that say how the body travelled, and what was none of our business."""


@dataclass(frozen=True, slots=True)
class Archived:
    """A page out of an archive; `charset` is what its transport declared."""

    url: str
    body: bytes
    charset: str | None
    fetched: datetime


class Client(Protocol):
    """What is needed of the HTTP client."""

    async def get(
        self, url: str, *, purpose: str, headers: Mapping[str, str] | None = None, max_bytes: int
    ) -> Response:
        """Return the response to GET. Raises HttpError."""


class Archiving:
    """The HTTP client with an archive behind it, which gets every page that came whole."""

    def __init__(self, client: Client, archive: Archive) -> None:
        self._client = client
        self._archive = archive

    async def get(
        self, url: str, *, purpose: str, headers: Mapping[str, str] | None = None, max_bytes: int
    ) -> Response:
        """Return the response to GET. Raises HttpError."""
        response = await self._client.get(url, purpose=purpose, headers=headers, max_bytes=max_bytes)
        if purpose == "page" and response.status == HTTPStatus.OK:
            self._archive.add(response)
        return response


class Archive:
    """A folder of WARC files; a context manager that writes in a thread of its own.

    A file that has reached `largest` bytes, compressed, is closed and the next one begun. Raises InputError where the
    folder cannot be written to.
    """

    def __init__(self, folder: Path, largest: int, version: str, telemetry: Telemetry) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(folder, error.strerror) from None
        if not os.access(folder, os.W_OK):
            raise _unusable(folder, "it cannot be written to")
        self._folder = folder
        self._largest = largest
        self._version = version
        self._pages = telemetry.archived_pages
        self._waiting: queue.SimpleQueue[Response | None] = queue.SimpleQueue()
        self._bytes = 0
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._count = 0
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)
        self._log = structlog.get_logger().bind(stage="fetcher")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.put(None)
        self._thread.join(STOP_SECONDS)

    def add(self, response: Response) -> None:
        """Keep the page as soon as the disk can; this never waits, and drops it where too many wait already."""
        with self._lock:
            taken = self._bytes + len(response.body) <= WAITING_BYTES
            self._bytes += len(response.body) if taken else 0
        if taken:
            self._waiting.put(response)
        else:
            self._pages.labels("dropped").inc()

    def _run(self) -> None:
        while (response := self._waiting.get()) is not None:
            try:
                self._write(response)
            except OSError as error:
                self._give_up(error)
            with self._lock:
                self._bytes -= len(response.body)
        with suppress(OSError):
            self._close()

    def _give_up(self, error: OSError) -> None:
        """Leave the file as it is, since a record may be cut off at its end: a full disk is no reason not to fetch."""
        self._pages.labels("failed").inc()
        self._log.warning("page.not_archived", folder=str(self._folder), problem=error.strerror)
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):
                file.close()

    def _write(self, response: Response) -> None:
        file = self._file or self._begin()
        _writer(file).write_record(_record(response))
        file.flush()
        self._pages.labels("written").inc()
        if file.tell() >= self._largest:
            self._close()

    def _begin(self) -> BinaryIO:
        self._count += 1
        name = f"wirewatch-{datetime.now(UTC):%Y%m%d%H%M%S}-{os.getpid()}-{self._count:05}.warc.gz"
        self._file = (self._folder / (name + OPEN)).open("xb")
        info = {"software": f"wirewatch/{self._version}", "format": "WARC File Format 1.1"}
        writer = _writer(self._file)
        writer.write_record(writer.create_warcinfo_record(name, info))
        return self._file

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()
            path = Path(file.name)
            path.rename(path.with_suffix(""))


def _unusable(folder: Path, why: str | None) -> InputError:
    return InputError("fetcher.archive", f"{folder} cannot be used: {why}", "Name a folder that can be written to.")


def _writer(file: BinaryIO) -> WARCWriter:
    return WARCWriter(file, gzip=True, warc_version="1.1")


def _record(response: Response) -> object:
    status = f"{response.status} {HTTPStatus(response.status).phrase}"
    kept = [(name.title(), _line(value)) for name, value in response.headers.items() if name not in LEFT_OUT]
    headers = [*kept, ("Content-Length", str(len(response.body)))]
    return WARCWriter(io.BytesIO(), warc_version="1.1").create_warc_record(
        response.url,
        "response",
        payload=io.BytesIO(response.body),
        length=len(response.body),
        http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.1"),
        warc_headers_dict={"WARC-Date": f"{response.received.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"},
    )


def _line(value: str) -> str:
    return " ".join(value.split()).encode("utf-8", "replace").decode("utf-8")


def read_archive(path: Path, largest: int) -> Iterator[Archived]:
    """Yield each page with status 200 of a WARC file, compressed or not, by whomever it was written.

    Of a body, `largest` bytes are read, decompressed. What follows a record that a crash cut off is not there. Raises
    InputError for what is no WARC file.
    """
    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type != "response" or record.http_headers is None:
                    continue
                if record.http_headers.get_statuscode() != str(HTTPStatus.OK.value):
                    continue
                declared = CHARSET.search(record.http_headers.get_header("Content-Type") or "")
                yield Archived(
                    url=record.rec_headers.get_header("WARC-Target-URI"),
                    body=record.content_stream().read(largest),
                    charset=declared[1] if declared else None,
                    fetched=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")),
                )
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}", "Name a readable WARC file.") from None
    except (ArchiveLoadFailed, zlib.error, EOFError, ValueError) as error:
        problem = str(error).strip().partition("\n")[0] or type(error).__name__
        raise InputError(str(path), f"is no WARC file, or is damaged: {problem}", "Name a .warc or .warc.gz.") from None
