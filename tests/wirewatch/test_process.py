from __future__ import annotations

import threading

import pytest

from pipeline.watchdog import Watchdog
from wirewatch import process
from wirewatch.process import Process, Unit


def unit(name: str, run: object) -> Unit:
    return Unit(name, run, threading.Event())  # type: ignore[arg-type]  # tests hand over plain functions


def patient(stop: threading.Event) -> None:
    stop.wait(10)


def test_stages_that_stop_when_asked_end_with_zero() -> None:
    ended = Process([unit("a", patient), unit("b", patient)], Watchdog(60))
    ended.start()
    ended.stop()
    assert ended.wait() == 0


def test_a_stage_that_fails_ends_the_others_and_the_process_with_one() -> None:
    def failing(_: threading.Event) -> None:
        raise RuntimeError("no disk left")

    ended = Process([unit("a", patient), unit("b", failing)], Watchdog(60))
    ended.start()
    assert ended.wait() == 1
    assert ended.problems() == {"b": "RuntimeError: no disk left"}


def test_a_stage_that_does_not_stop_in_time_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "STOP_GRACE", 0.05)
    release = threading.Event()
    ended = Process([unit("a", lambda _: release.wait(10))], Watchdog(60))
    ended.start()
    ended.stop()
    assert ended.wait() == 1
    release.set()


def test_waiting_again_for_a_late_stage_takes_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "STOP_GRACE", 0.05)
    release = threading.Event()
    ended = Process([unit("a", lambda _: release.wait(10))], Watchdog(60))
    ended.start()
    ended.stop()
    ended.wait()
    monkeypatch.setattr(process, "STOP_GRACE", 3600.0)
    assert ended.wait() == 1
    release.set()


def test_a_stage_is_unready_until_it_says_otherwise() -> None:
    ready, waiting = unit("a", patient), unit("b", patient)
    ready.ready.set()
    assert Process([ready, waiting], Watchdog(60)).unready() == {"b": "not connected"}


def test_a_stage_without_progress_is_a_problem() -> None:
    now = [0.0]
    watchdog = Watchdog(10, clock=lambda: now[0], end=lambda: None)
    watchdog.expect("a")
    found = Process([unit("a", patient)], watchdog)
    assert found.problems() == {}
    now[0] = 11.0
    assert found.problems() == {"a": "no progress"}
