from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ingest.archive import Archiving
from pipeline.http import HttpClient
from pipeline.settings import FetcherSettings, Settings
from wirewatch.wiring import Wiring, _page_client


def test_pages_are_archived_where_a_folder_is_set_and_only_there(tmp_path: Path) -> None:
    with ExitStack() as stack:
        assert isinstance(_page_client(Wiring(Settings(data=tmp_path), stack)), HttpClient)
        settings = Settings(data=tmp_path, fetcher=FetcherSettings(archive=tmp_path / "pages"))
        assert isinstance(_page_client(Wiring(settings, stack)), Archiving)
        assert (tmp_path / "pages").is_dir()
