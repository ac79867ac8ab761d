from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable

import pytest

from ingest import politeness
from ingest.politeness import INSIDE, LONGEST_DELAY, LONGEST_HOLD, PATIENCE, Busy, Politeness
from pipeline.settings import PolitenessSettings


class Time:
    """Time that passes only when every task waits for it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._count = 0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._count += 1
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, woken))
        await woken.wait()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def run(self, until: float) -> None:
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            self.now, _, woken = heapq.heappop(self._sleepers)
            woken.set()
            await self.settle()
        self.now = until


Scene = Callable[[Time, Politeness], Awaitable[None]]


def play(scene: Scene, *, in_flight: int = 2, delay: float = 1.0) -> None:
    async def run() -> None:
        time = Time()
        settings = PolitenessSettings(in_flight=in_flight, delay=delay)
        await scene(time, Politeness(settings, clock=time.clock, sleep=time.sleep))

    asyncio.run(run())


class Visits:
    """Requests that begin when they are let and end after so many seconds."""

    def __init__(self, time: Time, polite: Politeness) -> None:
        self.time, self.polite = time, polite
        self.starts: dict[str, list[float]] = {}
        self.running = 0
        self.most = 0

    def go(self, domain: str, seconds: float = 0.1, crawl_delay: float | None = None) -> asyncio.Task[None]:
        return asyncio.ensure_future(self._visit(domain, seconds, crawl_delay))

    async def _visit(self, domain: str, seconds: float, crawl_delay: float | None) -> None:
        async with self.polite.turn(domain, crawl_delay):
            self.starts.setdefault(domain, []).append(self.time.now)
            self.running += 1
            self.most = max(self.most, self.running)
            await self.time.sleep(seconds)
            self.running -= 1


def test_two_starts_at_a_domain_are_apart_by_the_delay() -> None:
    async def scene(time: Time, polite: Politeness) -> None:
        visits = Visits(time, polite)
        tasks = [visits.go("a.com") for _ in range(4)]
        await time.run(60)
        await asyncio.gather(*tasks)
        assert visits.starts["a.com"] == [0.0, 1.0, 2.0, 3.0]

    play(scene)


def test_no_more_than_so_many_are_in_flight() -> None:
    async def scene(time: Time, polite: Politeness) -> None:
        visits = Visits(time, polite)
        tasks = [visits.go("a.com", seconds=10) for _ in range(5)]
        await time.run(100)
        await asyncio.gather(*tasks)
        assert visits.most == 2
        assert visits.starts["a.com"] == [0.0, 1.0, 10.0, 11.0, 20.0]

    play(scene)


def test_a_crawl_delay_counts_where_it_is_longer_but_not_for_ever() -> None:
    async def scene(time: Time, polite: Politeness) -> None:
        visits = Visits(time, polite)
        tasks = [visits.go("a.com", crawl_delay=5) for _ in range(2)]
        tasks += [visits.go("b.com", crawl_delay=0.2) for _ in range(2)]
        tasks += [visits.go("c.com", crawl_delay=86400)]
        await time.run(LONGEST_DELAY - PATIENCE)
        tasks += [visits.go("c.com", crawl_delay=86400)]
        await time.run(60)
        await asyncio.gather(*tasks)
        assert visits.starts == {"a.com": [0.0, 5.0], "b.com": [0.0, 1.0], "c.com": [0.0, LONGEST_DELAY]}

    play(scene)


def test_a_slow_domain_delays_no_other() -> None:
    async def scene(time: Time, polite: Politeness) -> None:
        visits = Visits(time, polite)
        slow = [visits.go("slow.com", seconds=1000) for _ in range(4)]
        quick = [visits.go(f"{name}.com") for name in "abc"]
        await time.run(1)
        assert all(task.done() for task in quick)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)

    play(scene)


def test_a_slow_domain_holds_few_places() -> None:
    async def scene(time: Time, polite: Politeness) -> None:
        visits = Visits(time, polite)
        tasks = [visits.go("slow.com", seconds=1000) for _ in range(INSIDE * 2)]
        await time.run(1)
        with pytest.raises(Busy) as caught:
            await visits.go("slow.com")
        assert not caught.value.held
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    play(scene, delay=0)


def test_who_would_wait_long_is_told_when_to_come_and_each_another_time() -> None:
    async def scene(time: Time, polite: Politeness) -> None:
        visits = Visits(time, polite)
        tasks = [visits.go("a.com", crawl_delay=10) for _ in range(2)]
        await time.settle()
        returns = []
        for _ in range(3):
            with pytest.raises(Busy) as caught:
                await visits.go("a.com", crawl_delay=10)
            returns.append(caught.value.after)
        assert returns == [30.0, 40.0, 50.0]
        await time.run(30)
        tasks.append(visits.go("a.com", crawl_delay=10))
        await time.run(31)
        assert visits.starts["a.com"] == [0.0, 10.0, 30.0]
        await asyncio.gather(*tasks)

    play(scene)


def test_a_held_domain_is_left_alone_for_as_long_as_it_asks_and_only_that_one() -> None:
    async def scene(time: Time, polite: Politeness) -> None:
        visits = Visits(time, polite)
        polite.hold("a.com", 120)
        with pytest.raises(Busy) as caught:
            await visits.go("a.com")
        assert (caught.value.after, caught.value.held) == (120.0, True)
        other = visits.go("b.com")
        await time.run(110)
        waiting = visits.go("a.com")
        await time.run(200)
        await asyncio.gather(other, waiting)
        assert visits.starts == {"b.com": [0.0], "a.com": [120.0]}

    play(scene)


def test_a_hold_that_comes_while_one_waits_is_heeded() -> None:
    async def scene(time: Time, polite: Politeness) -> None:
        visits = Visits(time, polite)
        tasks = [visits.go("a.com"), visits.go("a.com")]
        await time.run(0.5)
        polite.hold("a.com", 20)
        await time.run(60)
        await asyncio.gather(*tasks)
        assert visits.starts["a.com"] == [0.0, 20.5]

    play(scene)


def test_a_hold_lasts_a_day_at_most_and_a_shorter_one_does_not_end_it() -> None:
    async def scene(time: Time, polite: Politeness) -> None:
        polite.hold("a.com", 10 * LONGEST_HOLD)
        polite.hold("a.com", 1)
        with pytest.raises(Busy) as caught:
            await Visits(time, polite).go("a.com")
        assert caught.value.after == LONGEST_HOLD

    play(scene)


def test_a_place_is_free_again_after_a_request_that_failed() -> None:
    async def scene(_time: Time, polite: Politeness) -> None:
        for _ in range(INSIDE + 1):
            with pytest.raises(OSError, match="broken"):
                async with polite.turn("a.com"):
                    raise OSError("broken")

    play(scene, in_flight=1, delay=0)


def test_domains_at_rest_are_forgotten_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness, "DOMAINS", 3)

    async def scene(time: Time, polite: Politeness) -> None:
        polite.hold("held.com", 50)
        visits = Visits(time, polite)
        tasks = [visits.go(f"{name}.com") for name in "abcdef"]
        await time.run(10)
        await asyncio.gather(*tasks)
        await_last = visits.go("g.com")
        await time.run(11)
        await await_last
        assert len(polite._domains) <= 3
        with pytest.raises(Busy):
            await visits.go("held.com")

    play(scene)


def test_a_request_that_waited_for_no_turn_is_followed_by_the_pause_all_the_same() -> None:
    async def scene(time: Time, polite: Politeness) -> None:
        visits = Visits(time, polite)
        polite.began("a.com")
        tasks = [visits.go(domain) for domain in ("a.com", "b.com")]
        await time.run(10.0)
        await asyncio.gather(*tasks)
        assert visits.starts == {"a.com": [1.0], "b.com": [0.0]}

    play(scene)
