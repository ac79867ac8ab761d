from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from ingest import extractor
from ingest.extract import Extracted
from ingest.extraction_worker import Page, Worked
from ingest.extractor import TOGETHER, Extractor
from pipeline.errors import Quarantine, Retry
from pipeline.settings import FetcherSettings
from pipeline.telemetry import Telemetry

GOOD = (
    b"<html><body><article><p>" + b"The ferries stayed at their berths all day. " * 20 + b"</p></article></body></html>"
)
URL = "https://news.example.com/1"


class _Unsendable(Exception):
    def __reduce__(self) -> str:
        raise TypeError("cannot be sent to another process")


def misbehave(body: bytes, url: str, charset: str | None) -> tuple[Extracted, float]:
    """Stand in for the work in the worker: some pages end badly there."""
    if body == b"hang":
        time.sleep(60)
    if body == b"crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if body == b"bug":
        raise LookupError("not foreseen")
    if body == b"strange":
        raise _Unsendable
    return Extracted(text=f"{os.getpid()} {url} {charset}"), 0.0


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry()


@pytest.fixture
def rough(telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Extractor]:
    monkeypatch.setattr(extractor, "work", misbehave)
    with Extractor(FetcherSettings(workers=1, extract_timeout=0.3), telemetry) as rough:
        yield rough


def ask(pool: Extractor, body: bytes, url: str = URL) -> Extracted:
    async def extract() -> Extracted:
        return await pool.extract(body, url, "utf-8")

    return asyncio.run(extract())


def test_a_page_is_extracted_elsewhere_and_the_time_it_took_is_noted(telemetry: Telemetry) -> None:
    with Extractor(FetcherSettings(workers=1), telemetry) as pool:
        assert ask(pool, GOOD).text.startswith("The ferries stayed")
    assert telemetry.registry.get_sample_value("wirewatch_extraction_seconds_count") == 1


@pytest.mark.parametrize(("body", "reason"), [(b"hang", "extraction took too long"), (b"crash", "extraction crashed")])
def test_a_page_that_costs_three_workers_is_put_aside_and_costs_no_other_page(
    rough: Extractor, body: bytes, reason: str
) -> None:
    for _ in range(2):
        with pytest.raises(Retry) as caught:
            ask(rough, body)
        assert caught.value.reason == reason
        assert ask(rough, b"good", "https://news.example.com/2").text
    with pytest.raises(Quarantine) as put_aside:
        ask(rough, body)
    assert put_aside.value.reason == f"{reason}, 3 times"


def test_a_page_that_works_after_all_begins_anew(rough: Extractor) -> None:
    for body in (b"crash", b"crash", b"good", b"crash"):
        if body == b"good":
            ask(rough, body)
        else:
            with pytest.raises(Retry):
                ask(rough, body)


def test_an_error_in_the_extraction_itself_is_told_as_it_is(rough: Extractor) -> None:
    with pytest.raises(LookupError, match="not foreseen"):
        ask(rough, b"bug")


def ask_all(pool: Extractor, bodies: Sequence[bytes]) -> list[Extracted | BaseException]:
    """Ask for pages at the same moment; their addresses are their numbers."""

    async def extract() -> list[Extracted | BaseException]:
        pages = (pool.extract(body, f"https://news.example.com/{n}") for n, body in enumerate(bodies))
        return await asyncio.gather(*pages, return_exceptions=True)

    return asyncio.run(extract())


def test_pages_that_wait_together_are_handed_over_together_and_each_gets_its_own_article(
    rough: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[int] = []
    schedule = Extractor._schedule

    async def noted(self: Extractor, pages: Sequence[Page]) -> Sequence[Worked | Exception]:
        handed.append(len(pages))
        return await schedule(self, pages)

    monkeypatch.setattr(Extractor, "_schedule", noted)
    found = ask_all(rough, [b"good"] * 12)
    assert [each.text.split()[1] for each in found if isinstance(each, Extracted)] == [
        f"https://news.example.com/{n}" for n in range(12)
    ]
    assert sum(handed) == 12
    assert max(handed) == TOGETHER


@pytest.mark.parametrize("bad", [b"hang", b"crash", b"bug", b"strange"])
def test_a_bad_page_among_others_costs_them_nothing_and_is_tried_by_itself(rough: Extractor, bad: bytes) -> None:
    found = ask_all(rough, [b"good"] * 4 + [bad] + [b"good"] * 4)
    assert sum(isinstance(each, Extracted) for each in found) == 8
    if bad in {b"hang", b"crash"}:
        assert isinstance(found[4], Retry)
        assert isinstance(ask_all(rough, [b"good"] * 4 + [bad])[4], Retry)
        assert isinstance(ask_all(rough, [b"good"] * 4 + [bad])[4], Quarantine)
    else:
        assert isinstance(found[4], LookupError if bad == b"bug" else Exception)


def test_a_pool_that_broke_is_renewed(rough: Extractor) -> None:
    rough._pool.stop()  # type: ignore[no-untyped-call]  # what pebble does to a pool it gives up
    rough._pool.join()
    with pytest.raises(Retry):
        ask(rough, b"good")
    assert ask(rough, b"good").text


def test_signals_to_the_group_do_not_reach_a_worker(rough: Extractor) -> None:
    worker = int(ask(rough, b"good").text.split()[0])
    assert os.getpgid(worker) != os.getpgid(os.getpid())
    os.kill(worker, signal.SIGINT)
    assert int(ask(rough, b"good").text.split()[0]) == worker


def test_workers_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent("""
        import multiprocessing, time
        from ingest.extractor import Extractor
        from pipeline.settings import FetcherSettings
        from pipeline.telemetry import Telemetry

        if __name__ == "__main__":
            with Extractor(FetcherSettings(workers=2), Telemetry()) as pool:
                busy = [pool._pool.schedule(time.sleep, args=(60,)) for _ in range(2)]
                while not all(each.running() for each in busy):
                    time.sleep(0.01)
                print(*[child.pid for child in multiprocessing.active_children()], flush=True)
                time.sleep(60)
        """)
    )
    root = str(Path(extractor.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": root}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    assert len(workers) == 2
    gone, alive = psutil.wait_procs(workers, timeout=10)
    assert (len(gone), alive) == (2, [])
