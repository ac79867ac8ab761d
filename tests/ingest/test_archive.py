from __future__ import annotations

import asyncio
import gzip
import io
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest import archive as module
from ingest.archive import Archive, Archived, Archiving, read_archive
from pipeline.errors import InputError
from pipeline.http import Response
from pipeline.telemetry import Telemetry

NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
MIB = 1024 * 1024


def page(number: int = 1, body: bytes = b"<p>fog</p>", status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(f"https://news.example/{number}", status, named, body, NOON)


def keep(folder: Path, *pages: Response, largest: int = MIB, telemetry: Telemetry | None = None) -> list[Path]:
    with Archive(folder, largest, "9.9", telemetry or Telemetry()) as archive:
        for each in pages:
            archive.add(each)
    return sorted(folder.iterdir())


def read(*paths: Path, largest: int = MIB) -> list[Archived]:
    return [found for path in paths for found in read_archive(path, largest)]


def test_a_page_comes_out_as_it_went_in(tmp_path: Path) -> None:
    body = "Порт закрыт".encode("koi8-r")
    [path] = keep(tmp_path / "new" / "folder", page(body=body, content_type="text/html; charset=koi8-r"))
    assert path.name.endswith("-00001.warc.gz")
    assert read(path) == [Archived("https://news.example/1", body, "koi8-r", NOON)]


def test_how_a_body_travelled_is_left_out_of_its_headers(tmp_path: Path) -> None:
    headers = {"content_encoding": "gzip", "transfer_encoding": "chunked", "content_length": "7", "set_cookie": "a=b"}
    [path] = keep(tmp_path, page(body=b"<p>fog over the port</p>", x_served_by="one\r\n two", **headers))
    text = gzip.decompress(path.read_bytes()).decode()
    assert "Content-Length: 24\r\n" in text
    assert "X-Served-By: one two\r\n" in text
    assert not any(name in text.lower() for name in ("content-encoding", "transfer-encoding", "set-cookie"))
    assert "software: wirewatch/9.9" in text
    assert read(path)[0].body == b"<p>fog over the port</p>"


def test_a_full_file_is_closed_and_the_next_begun(tmp_path: Path) -> None:
    pages = [page(number, os.urandom(30_000)) for number in range(6)]
    paths = keep(tmp_path, *pages, largest=50_000)
    assert [path.name[-14:] for path in paths] == ["-00001.warc.gz", "-00002.warc.gz", "-00003.warc.gz"]
    assert [found.url for found in read(*paths)] == [each.url for each in pages]


def test_a_file_that_is_being_written_can_be_read_and_one_that_a_crash_cut_off_up_to_there(tmp_path: Path) -> None:
    [path] = keep(tmp_path, *(page(number, os.urandom(3000)) for number in range(3)))
    cut = tmp_path / "cut.warc.gz.open"
    cut.write_bytes(path.read_bytes()[:-1500])
    found = [each.url for each in read(cut)]
    assert found[:2] == ["https://news.example/0", "https://news.example/1"]


def test_a_disk_that_is_slow_delays_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    telemetry, release = Telemetry(), threading.Event()
    monkeypatch.setattr(module, "WAITING_BYTES", 2500)

    class SlowDisk(Archive):
        def _begin(self) -> Any:
            release.wait(30)
            return super()._begin()

    with SlowDisk(tmp_path, MIB, "1", telemetry) as archive:
        for number in range(5):
            archive.add(page(number, bytes(1000)))
        assert telemetry.total("archived_pages_total", result="dropped") == 3
        release.set()
    assert telemetry.total("archived_pages_total", result="written") == 2


def test_a_full_disk_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    telemetry = Telemetry()
    folder = tmp_path / "pages"
    with Archive(folder, MIB, "1", telemetry) as archive:
        folder.rmdir()
        archive.add(page())
    assert telemetry.total("archived_pages_total", result="failed") == 1


def test_after_a_failure_a_file_of_its_own_holds_what_comes_next(tmp_path: Path) -> None:
    class BadSector(Archive):
        def _write(self, response: Response) -> None:
            if response.url.endswith("/2") and self._file is not None:
                self._file.write(gzip.compress(b"WARC/1.1\r\nWARC-Type: resp")[:-9])
                raise OSError(28, "No space left on device")
            super()._write(response)

    with BadSector(tmp_path, MIB, "1", Telemetry()) as archive:
        for number in (1, 2, 3):
            archive.add(page(number))
    whole = [path for path in tmp_path.iterdir() if not path.name.endswith(".open")]
    assert [found.url for found in read(*whole)] == ["https://news.example/3"]
    assert len(list(tmp_path.iterdir())) == 2


def test_only_pages_that_came_are_kept(tmp_path: Path) -> None:
    class Web:
        async def get(self, url: str, **options: Any) -> Response:
            return page(status=404 if url.endswith("gone") else 200)

    async def scene(archive: Archive) -> None:
        client = Archiving(Web(), archive)
        for purpose, url in (("page", "https://a.example/"), ("page", "https://a.example/gone"), ("robots", "/r")):
            assert (await client.get(url, purpose=purpose, max_bytes=9)).url == "https://news.example/1"

    with Archive(tmp_path, MIB, "1", Telemetry()) as archive:
        asyncio.run(scene(archive))
    assert len(read(*tmp_path.iterdir())) == 1


def test_a_body_is_read_up_to_the_largest_page(tmp_path: Path) -> None:
    [path] = keep(tmp_path, page(body=bytes(5000)))
    assert len(read(path, largest=1000)[0].body) == 1000


@pytest.mark.parametrize("junk", [b"just text\n", b"\x1f\x8bnot gzip at all", b"<html></html>", bytes(200)])
def test_what_is_no_warc_file_is_an_input_error(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(junk)
    with pytest.raises(InputError, match="is no WARC file"):
        read(path)


def test_a_file_that_is_not_there_and_a_folder_that_cannot_be_made_are_input_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "none.warc.gz")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"fetcher\.archive"):
        Archive(tmp_path / "file" / "folder", MIB, "1", Telemetry())


def test_the_archive_of_another_crawler_is_read_too(tmp_path: Path) -> None:
    packed = gzip.compress(b"<p>fog</p>")
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n" + packed
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://b.example/1\r\nWARC-Date: 2025-01-02T03:04:05Z\r\n"
        "WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(http)}\r\n\r\n"
    )
    path = tmp_path / "other.warc"
    path.write_bytes(io.BytesIO(head.encode() + http + b"\r\n\r\n").getvalue())
    assert read(path) == [
        Archived("https://b.example/1", b"<p>fog</p>", None, datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC))
    ]
