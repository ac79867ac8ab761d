"""Whether another process lives."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import BusError
from pipeline.presence import Presence


def test_a_process_that_shows_itself_is_alive(tmp_path: Path) -> None:
    shown = Presence(tmp_path / "log")
    token = shown.show()
    assert shown.show() == token
    assert not Presence(tmp_path / "log").is_dead(token)
    shown.close()


def test_a_process_that_has_closed_is_dead_and_leaves_no_file(tmp_path: Path) -> None:
    shown = Presence(tmp_path / "log")
    token = shown.show()
    shown.close()
    shown.close()
    assert Presence(tmp_path / "log").is_dead(token)
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_dead_process_is_removed(tmp_path: Path) -> None:
    (tmp_path / "log-token.lock").touch()
    assert Presence(tmp_path / "log").is_dead("token")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_lock_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BusError, match="cannot be locked"):
        Presence(tmp_path / "missing" / "log").show()


def test_threads_that_show_their_process_at_the_same_moment_share_one_lock(tmp_path: Path) -> None:
    threads = 8
    together = threading.Barrier(threads)

    def show(shown: Presence) -> str:
        together.wait()
        return shown.show()

    with ThreadPoolExecutor(threads) as pool:
        for _ in range(100):
            shown = Presence(tmp_path / "log")
            tokens = set(pool.map(show, [shown] * threads))
            assert len(tokens) == 1
            assert not Presence(tmp_path / "log").is_dead(tokens.pop())
            shown.close()
    assert list(tmp_path.iterdir()) == []
