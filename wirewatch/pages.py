"""Pages and feeds from files, standard input or addresses, for the batch commands."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest.archive import read_archive
from ingest.extract import Extracted
from ingest.extract import extract as extract_page
from ingest.parsed import ParseError
from ingest.report import parse_feed_report
from ingest.urls import canonical_url
from pipeline.errors import InputError
from pipeline.http import HttpClient, HttpError
from pipeline.messages import url_id
from pipeline.settings import Settings
from pipeline.telemetry import Telemetry
from wirewatch import __version__
from wirewatch.batch import STDIN

OK = 200
ARCHIVES = (".warc", ".warc.gz", ".warc.gz.open")
LOCAL_URL = "http://localhost/"
"""Stands for the address of a page that came without one; its relative links lead nowhere."""


def is_address(source: str) -> bool:
    """Return whether a source is to be fetched."""
    return source.startswith(("http://", "https://"))


def read(source: str, settings: Settings) -> tuple[bytes, str]:
    """Return the bytes of a file, of standard input or of an address, and the address they came from.

    Raises InputError when there is nothing to be had.
    """
    if source == STDIN:
        return sys.stdin.buffer.read(), LOCAL_URL
    if is_address(source):
        return asyncio.run(_fetch(source, settings))
    try:
        return Path(source).read_bytes(), LOCAL_URL
    except OSError as error:
        raise InputError(source, f"cannot be read: {error.strerror}", "Name a readable file or an address.") from None


async def _fetch(url: str, settings: Settings) -> tuple[bytes, str]:
    remedy = "Check the address; private networks need WIREWATCH_HTTP__ALLOW_NETWORKS."
    try:
        async with HttpClient(settings.http, __version__, Telemetry()) as client:
            response = await client.get(url, purpose="command", max_bytes=settings.http.feed_bytes)
    except HttpError as error:
        raise InputError(url, f"cannot be fetched: {error.result}", remedy) from None
    if response.status != OK:
        raise InputError(url, f"answers with status {response.status}", remedy)
    return response.body, response.url


def extract(sources: Sequence[str], url: str | None, settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield the article of each page, and of each page in a WARC file; one of those may be without text.

    Raises InputError for a page that cannot be read or has no article.
    """
    for source in sources:
        if source.endswith(ARCHIVES):
            yield from _extract_archive(Path(source), settings)
            continue
        body, found_at = read(source, settings)
        address = url or found_at
        article = extract_page(body, address)
        if not article.text:
            raise InputError(source, "no article was found in it", "Give the HTML of an article's own page.")
        yield row(article, None if address == LOCAL_URL else address, source)


def _extract_archive(path: Path, settings: Settings) -> Iterator[dict[str, Any]]:
    for page in read_archive(path, settings.http.page_bytes):
        article = extract_page(page.body, page.url, page.charset)
        yield row(article, page.url, page.url) | {"fetched": page.fetched}


def row(article: Extracted, address: str | None, source: str) -> dict[str, Any]:
    """Return an extracted article as the batch commands write it; `lang` is what the page declares.

    The id is that of its address or, for a page that names none, of the source it was read from.
    """
    fields = asdict(article)
    url = fields.pop("canonical_url") or address
    canonical = canonical_url(url) if url else None
    language = fields.pop("language")
    return {"id": url_id(canonical or source), "url": canonical, "lang": language, **fields}


def parse_feeds(sources: Sequence[str], settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield each feed with its entries and its problems. Raises InputError for what is no feed."""
    for source in sources:
        body, address = read(source, settings)
        try:
            yield parse_feed_report(body, address) | {"source": source}
        except ParseError as error:
            raise InputError(source, str(error), "Give the address of the feed itself.") from None
