"""Spares the hosts: per registered domain, few requests at once, a pause between two, and Retry-After heeded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pipeline.settings import PolitenessSettings

PATIENCE = 15.0
"""Seconds a caller is kept waiting for its start; beyond, it is told when to come back."""

INSIDE = 4
"""Callers of one domain that may wait or run, for each place it has: a slow host never holds what others need."""

SHORTEST_TURN = 0.5
"""Seconds that a request is reckoned to take where no pause is wanted."""

LONGEST_HOLD = 86400.0
"""Seconds; a Retry-After of more is taken as this much."""

LONGEST_DELAY = 30.0
"""Seconds; a Crawl-delay of more is taken as this much, or a day would not do for a day's news."""

DOMAINS = 20_000
"""Domains remembered before those at rest are forgotten."""


class Busy(Exception):  # not an error: the caller comes back later
    """The domain takes no request soon; `after` is in how many seconds to come back, `held` by the host's own wish."""

    def __init__(self, after: float, *, held: bool) -> None:
        super().__init__(f"busy for {after:.0f} s")
        self.after = after
        self.held = held


@dataclass(slots=True)
class _Domain:
    slots: asyncio.Semaphore
    next_start: float = 0.0
    held_until: float = 0.0
    tail: float = 0.0
    inside: int = 0

    def at_rest(self, now: float) -> bool:
        return not self.inside and max(self.next_start, self.held_until, self.tail) <= now


class Politeness:
    """Gives out turns; used from one event loop. `clock` and `sleep` count the same seconds."""

    def __init__(
        self,
        settings: PolitenessSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._domains: dict[str, _Domain] = {}

    @asynccontextmanager
    async def turn(self, domain: str, crawl_delay: float | None = None) -> AsyncIterator[None]:
        """Hold one of the domain's places while a request runs, begun no sooner than is polite. Raises Busy.

        `crawl_delay` is what robots.txt asks for, in seconds; the larger of it and the setting counts.
        """
        delay = max(self._settings.delay, min(crawl_delay or 0.0, LONGEST_DELAY))
        state = self._enter(domain, delay)
        try:
            async with state.slots:
                await self._wait(state, delay)
                yield
        finally:
            state.inside -= 1

    def began(self, domain: str) -> None:
        """Start nothing at the domain before its pause is over: a request began that waits for no turn."""
        state = self._state(domain)
        state.next_start = max(state.next_start, self._clock() + self._settings.delay)

    def hold(self, domain: str, seconds: float) -> None:
        """Start nothing at the domain for so many seconds."""
        state = self._state(domain)
        state.held_until = max(state.held_until, self._clock() + min(seconds, LONGEST_HOLD))

    def _enter(self, domain: str, delay: float) -> _Domain:
        state, now = self._state(domain), self._clock()
        if state.held_until - now > PATIENCE:
            raise Busy(state.held_until - now, held=True)
        start = max(now, state.next_start, state.held_until)
        if start - now > PATIENCE or state.inside >= INSIDE * self._settings.in_flight:
            # Who is sent away gets a time of its own, or all of them would come back at once.
            state.tail = max(state.tail, start) + max(delay, SHORTEST_TURN / self._settings.in_flight)
            raise Busy(state.tail - now, held=False)
        state.inside += 1
        return state

    async def _wait(self, state: _Domain, delay: float) -> None:
        start = max(self._clock(), state.next_start)
        state.next_start = start + delay
        while (wait := max(start, state.held_until) - self._clock()) > 0:
            await self._sleep(wait)

    def _state(self, domain: str) -> _Domain:
        if domain not in self._domains:
            if len(self._domains) >= DOMAINS:
                now = self._clock()
                self._domains = {name: state for name, state in self._domains.items() if not state.at_rest(now)}
            self._domains[domain] = _Domain(asyncio.Semaphore(self._settings.in_flight))
        return self._domains[domain]
