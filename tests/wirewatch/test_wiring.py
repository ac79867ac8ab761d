from __future__ import annotations

import threading
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.archive import Archiving
from pipeline.errors import InputError
from pipeline.http import HttpClient
from pipeline.settings import FetcherSettings, Settings, StoreSettings
from wirewatch.wiring import Wiring, _page_client, _store


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


def test_what_is_old_is_deleted_where_a_retention_is_set_and_only_there(tmp_path: Path) -> None:
    def threads(store: StoreSettings) -> set[str]:
        with ExitStack() as stack:
            _store(Wiring(Settings(data=tmp_path, store=store), stack))
            return {thread.name for thread in threading.enumerate()}

    assert "store-retention" not in threads(StoreSettings())
    assert "store-retention" in threads(StoreSettings(retention=timedelta(days=30)))
    assert "store-retention" not in {thread.name for thread in threading.enumerate()}
