from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from ingest.archive import Archiving
from pipeline.errors import InputError
from pipeline.http import HttpClient
from pipeline.settings import FetcherSettings, Settings
from wirewatch.wiring import Wiring, _page_client


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
