"""What an extraction worker does in its process: its work, its limits, and its end with that of its parent."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing import connection
from pathlib import Path

from ingest.extract import Extracted, extract
from pipeline.garbage import spare_what_stays

PR_SET_PDEATHSIG = 1
"""Option of Linux' prctl(2): the signal a process gets when its parent dies."""

TOO_MUCH_MEMORY = 77
"""Exit status of a worker that held more than it may."""

LOOK = 0.05
"""Seconds between two looks at the memory that is held."""

STATM = Path("/proc/self/statm")
"""Pages of memory of this process, on Linux (proc(5))."""


Page = tuple[bytes, str, str | None]
"""Body, address and declared charset."""

Worked = tuple[Extracted, float]
"""The article of a page, and the seconds it took."""

Work = Callable[[bytes, str, str | None], Worked]


def work(body: bytes, url: str, charset: str | None) -> Worked:
    """Return the article of a page, and the seconds it took."""
    began = time.perf_counter()
    found = extract(body, url, charset)
    return found, time.perf_counter() - began


def work_off(work: Work, pages: Sequence[Page]) -> list[Worked | Exception]:
    """Return what the work makes of each page, or the error it ends in."""
    done: list[Worked | Exception] = []
    for page in pages:
        try:
            done.append(work(*page))
        except Exception as error:  # noqa: BLE001  # told to whoever asked for the page, as if it had been alone
            done.append(error)
    return done


def begin(memory: int) -> None:
    """Make the process ready for extraction; it ends itself when it holds more than `memory` bytes."""
    detach()
    limit_memory(memory)
    spare_what_stays()


def detach() -> None:
    """Leave the parent's process group, but not its fate."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # how the pool ends a worker, also one that is stuck in C
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent.pid:
            os._exit(1)

    def follow() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, name="parent-watch", daemon=True).start()


def limit_memory(memory: int) -> None:
    """End the process soon after it holds more than `memory` bytes, and let no allocation go much beyond.

    Resident memory is watched, since a failed allocation inside libxml2 can pass for the end of a page; the limit of
    the address space is for what grows faster than the watch looks, or holds the interpreter's lock.
    """
    if not STATM.exists():
        return  # not Linux: the time limit has to do
    size = os.sysconf("SC_PAGE_SIZE")
    mapped = int(STATM.read_text().split()[0]) * size
    resource.setrlimit(resource.RLIMIT_AS, (mapped + 2 * memory, resource.RLIM_INFINITY))
    statm = os.open(STATM, os.O_RDONLY)

    def watch() -> None:
        while int(os.pread(statm, 128, 0).split()[1]) * size <= memory:
            time.sleep(LOOK)
        os._exit(TOO_MUCH_MEMORY)

    threading.Thread(target=watch, name="memory-watch", daemon=True).start()
