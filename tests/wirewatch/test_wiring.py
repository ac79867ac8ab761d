from __future__ import annotations

import socket
import threading
import urllib.request
from contextlib import ExitStack
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from ingest.archive import Archiving
from pipeline.errors import InputError
from pipeline.http import HttpClient
from pipeline.otlp import OtlpTracer
from pipeline.settings import (
    AlertSettings,
    FeedSettings,
    FetcherSettings,
    HttpSettings,
    Settings,
    StoreSettings,
    TracingSettings,
)
from pipeline.tracing import NoTracer
from wirewatch.units import _page_client, _store, unit
from wirewatch.wiring import Wiring


def test_pages_are_archived_where_a_folder_is_set_and_only_there(tmp_path: Path) -> None:
    with ExitStack() as stack:
        assert isinstance(_page_client(Wiring(Settings(data=tmp_path), stack)), HttpClient)
        settings = Settings(data=tmp_path, fetcher=FetcherSettings(archive=tmp_path / "pages"))
        assert isinstance(_page_client(Wiring(settings, stack)), Archiving)
        assert (tmp_path / "pages").is_dir()


def test_an_archive_in_a_folder_that_cannot_be_made_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "pages").write_bytes(b"")
    settings = Settings(data=tmp_path, fetcher=FetcherSettings(archive=tmp_path / "pages"))
    with ExitStack() as stack, pytest.raises(InputError, match=r"fetcher\.archive"):
        _page_client(Wiring(settings, stack))


def test_the_feeds_of_every_watchlist_are_served_until_the_stop(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    stop = threading.Event()
    with ExitStack() as stack:
        feed = unit(Wiring(Settings(data=tmp_path, feed=FeedSettings(port=port)), stack), "feed")
        thread = threading.Thread(target=feed.run, args=(stop,))
        thread.start()
        assert feed.ready.wait(10)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/feeds/asean-russia.atom") as answer:
            assert f"http://127.0.0.1:{port}/feeds/asean-russia.atom" in answer.read().decode()
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def test_an_address_that_is_taken_is_an_input_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, ExitStack() as stack:
        settings = Settings(data=tmp_path, feed=FeedSettings(port=taken.getsockname()[1]))
        with pytest.raises(InputError, match="Address already in use"):
            unit(Wiring(settings, stack), "feed")


def test_channels_reach_the_networks_that_are_open_to_them_alone(tmp_path: Path) -> None:
    mine, theirs = ip_network("10.0.0.0/8"), ip_network("127.0.0.0/8")
    settings = Settings(
        data=tmp_path, http=HttpSettings(allow_networks=(theirs,)), alerts=AlertSettings(allow_networks=(mine,))
    )
    with ExitStack() as stack:
        wiring = Wiring(settings, stack)
        assert wiring.new_client()._settings.allow_networks == (theirs, mine)
        assert wiring.client._settings.allow_networks == (theirs,)


def test_what_is_old_is_deleted_where_a_retention_is_set_and_only_there(tmp_path: Path) -> None:
    def threads(store: StoreSettings) -> set[str]:
        with ExitStack() as stack:
            _store(Wiring(Settings(data=tmp_path, store=store), stack))
            return {thread.name for thread in threading.enumerate()}

    assert "store-retention" not in threads(StoreSettings())
    assert "store-retention" in threads(StoreSettings(retention=timedelta(days=30)))
    assert "store-retention" not in {thread.name for thread in threading.enumerate()}


def test_spans_are_sent_where_a_collector_is_named_and_only_there(tmp_path: Path) -> None:
    with ExitStack() as stack:
        assert isinstance(Wiring(Settings(data=tmp_path), stack).tracer, NoTracer)
        settings = Settings(data=tmp_path, tracing=TracingSettings(endpoint="http://127.0.0.1:9"))
        assert isinstance(Wiring(settings, stack).tracer, OtlpTracer)
