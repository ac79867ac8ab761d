"""Spares hosts that do not answer: one failure speaks for every page that waits, and one page tries again."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

FIRST_PAUSE = 30.0
"""Seconds that a host is spared after it failed once; twice as long after each further failure."""

LONGEST_PAUSE = 1800.0
"""Seconds that a host is spared at most."""

TRIAL = 35.0
"""Seconds that one page has to find out whether the host is back; longer than a request may take."""

HOSTS = 20_000
"""Hosts remembered; the longest unheard of are forgotten first."""


class HostDown(Exception):  # not an error: the caller comes back later
    """The host did not answer lately; `after` is in how many seconds to come back."""

    def __init__(self, after: float) -> None:
        super().__init__(f"the host is down, for {after:.0f} s at least")
        self.after = after


@dataclass(slots=True)
class _Down:
    failures: int
    since: float
    until: float


class DownHosts:
    """Remembers which hosts are down; `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._down: OrderedDict[str, _Down] = OrderedDict()

    def begin(self, url: str) -> float:
        """Return when the request begins, for `failed`. Raises HostDown where the host is spared.

        When a pause is over, one request is let through, and the others wait for what becomes of it.
        """
        now, down = self._clock(), self._down.get(_host(url))
        if down is not None:
            if down.until > now:
                raise HostDown(down.until - now)
            down.until = now + TRIAL
        return now

    def failed(self, url: str, began: float) -> None:
        """Spare the host: the request that began then got no answer.

        Failures of requests that began before the pause did are part of the failure that caused it.
        """
        host, now = _host(url), self._clock()
        down = self._down.get(host)
        if down is not None and began < down.since:
            return
        failures = down.failures + 1 if down else 1
        pause = min(FIRST_PAUSE * 2.0 ** min(failures - 1, 16), LONGEST_PAUSE)
        self._down[host] = _Down(failures, now, now + pause)
        self._down.move_to_end(host)
        if len(self._down) > HOSTS:
            self._down.popitem(last=False)

    def answered(self, url: str) -> None:
        """Take the host for well again: it answered, whatever it said."""
        self._down.pop(_host(url), None)


def _host(url: str) -> str:
    """Return host and port: not the domain, whose other hosts may be well."""
    return urlsplit(url).netloc.lower()
