import pytest

from pipeline.watchdog import Watchdog


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_stage_that_beats_is_left_alone() -> None:
    clock, ended = Clock(), []
    watchdog = Watchdog(10, clock=clock, end=lambda: ended.append(True))
    beat = watchdog.expect("tagger")
    clock.now = 9
    beat()
    clock.now = 18
    watchdog.check()
    assert not ended


def test_a_stage_without_progress_ends_the_process_with_its_stacks(capfd: pytest.CaptureFixture[str]) -> None:
    clock, ended = Clock(), []
    watchdog = Watchdog(10, clock=clock, end=lambda: ended.append(True))
    watchdog.expect("fetcher")
    watchdog.expect("tagger")()
    clock.now = 11
    watchdog.check()
    errors = capfd.readouterr().err
    assert ended
    assert "no progress in 10 s: fetcher, tagger" in errors
    assert "test_a_stage_without_progress" in errors


def test_a_released_stage_is_not_expected_any_more() -> None:
    clock = Clock()
    watchdog = Watchdog(10, clock=clock, end=lambda: None)
    watchdog.expect("alerts")
    watchdog.release("alerts")
    clock.now = 99
    assert watchdog.stalled() == []
