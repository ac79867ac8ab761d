"""Feeds per second and core: the whole poller beside a plain aiohttp client and a plain feedparser loop.

Three processes do the same work one after the other, each round anew, against a server that is a process of its own:

- the poller: SourceRunner, Poller, HttpClient, its state in an SQLite file, entries published to an embedded log;
- plain aiohttp: a ClientSession with as many requests at once, the same host names, the same conditions, bodies read.
  Both begin each cycle without kept connections, and keep them as they like within it;
- plain feedparser: parse(BytesIO(body)) in a loop, over a sample of the bodies that are new or changed, scaled up.

CPU is user and system time of the one process (RUSAGE_SELF), so waiting costs nothing and no server is counted. The
share is plain CPU over the poller's: 1.00 is as fast as the plain ones, 0.50 half as fast. Where nothing changed the
poller is compared with aiohttp alone, although a plain loop would parse a body again that was sent again.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import logging
import multiprocessing
import resource
import socket
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import feedparser
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from publisher import PHASES, Bench, bodies, serve
from sqlalchemy import func, select

from ingest.feed_sync import sync
from ingest.feeds import Feed
from ingest.poller import Poller
from pipeline import database
from pipeline.embedded import EmbeddedBroker
from pipeline.http import HttpClient
from pipeline.loop import LoopThread
from pipeline.messages import Outlet
from pipeline.settings import EmbeddedSettings, HttpSettings, PollerSettings, RunnerSettings
from pipeline.source_runner import SourceRunner
from pipeline.tables import feeds as table
from pipeline.telemetry import Telemetry
from pipeline.topics import specs

LOOK = 0.01
IDLE = 16.0
"""Seconds before each cycle, after which aiohttp has closed the connections of the cycle before: feeds are polled every
ten minutes or more, when no server keeps a connection for the next poll."""

PARSED = ("new", "changed")
RESULTS = {"new": "new", "not-modified": "not-modified", "changed": "new", "unchanged": "unchanged"}


@dataclass
class Cost:
    """CPU and wall seconds, and memory at the end, of one phase in one process."""

    cpu: float
    wall: float = 0.0
    memory: float = 0.0


@dataclass
class Meter:
    """Measures phases of this process."""

    costs: dict[str, Cost] = field(default_factory=dict)

    def start(self) -> None:
        """Begin to measure."""
        self._cpu, self._wall = cpu_seconds(), time.monotonic()

    def stop(self, phase: str) -> None:
        """Note what the phase cost."""
        self.costs[phase] = Cost(cpu_seconds() - self._cpu, time.monotonic() - self._wall, memory_mb())


def cpu_seconds() -> float:
    """Return user and system time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def memory_mb() -> float:
    """Return the resident memory of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20


def to_phase(bench: Bench, phase: str) -> None:
    """Tell the server which phase begins."""
    with urllib.request.urlopen(f"http://127.0.0.1:{bench.port}/phase/{phase}"):
        pass


def lookup(_: str, port: int, **__: Any) -> list[tuple[Any, ...]]:
    """Resolve every name to this machine, in the form of getaddrinfo."""
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]


class Turns:
    """The poller's clock and sleep: when it has nothing left to ask, the phase is over and the next one begins."""

    def __init__(self, bench: Bench, engine: database.Engine, telemetry: Telemetry) -> None:
        self.meter, self.results, self.done = Meter(), dict[str, float](), threading.Event()
        self._bench, self._engine, self._telemetry = bench, engine, telemetry
        self._ahead = timedelta()
        self._left = list(PHASES)
        self._phase = ""
        self.meter.start()

    def clock(self) -> datetime:
        """Return the time, which jumps to where all feeds are due."""
        return datetime.now(UTC) + self._ahead

    async def sleep(self, _: float) -> None:
        """Wait for the next phase."""
        polled = self._telemetry.total("feed_polls_total")
        if self.done.is_set() or polled < self._bench.feeds * (len(PHASES) - len(self._left)):
            await asyncio.sleep(LOOK)
            return
        self.meter.stop(self._phase or "start")
        result = RESULTS.get(self._phase, "")
        self.results[self._phase] = self._telemetry.total("feed_polls_total", result=result) - sum(
            many for phase, many in self.results.items() if RESULTS.get(phase) == result
        )
        if not self._left:
            self.done.set()
            return
        self._phase = self._left.pop(0)
        to_phase(self._bench, self._phase)
        with database.reading(self._engine) as connection:
            last: datetime = connection.scalar(select(func.max(table.c.next_poll)))
        await asyncio.sleep(IDLE)
        self._ahead += max(timedelta(), last - self.clock()) + timedelta(seconds=1)
        self.meter.start()


def run_poller(bench: Bench, concurrency: int) -> tuple[dict[str, Cost], str]:
    """Run the poller through all phases; return what they cost and how it went."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="wirewatch-bench-") as name, LoopThread() as network:
        folder = Path(name)
        engine = database.open_engine(f"sqlite:///{folder / 'wirewatch.sqlite'}")
        database.migrate(engine)
        broker = EmbeddedBroker(folder / "log.sqlite", EmbeddedSettings())
        broker.create_topics(specs())
        telemetry = Telemetry()
        http = HttpSettings(allow_networks=(ip_network("127.0.0.0/8"),), connections=max(100, concurrency))
        client = network.run(HttpClient(http, "bench", telemetry, lookup=lookup).__aenter__())
        catalogue = [Feed(bench.url(n), Outlet(name=f"Outlet {n % bench.hosts}")) for n in range(bench.feeds)]
        turns = Turns(bench, engine, telemetry)
        # Due in an hour, so that none is asked before the first cycle.
        sync(engine, catalogue, turns.clock() + timedelta(hours=1), PollerSettings().floor)
        settings = PollerSettings(concurrency=concurrency)
        source = Poller(
            catalogue,
            engine,
            client,
            settings,
            telemetry,
            max_bytes=http.feed_bytes,
            clock=turns.clock,
            sleep=turns.sleep,
        )
        runner = SourceRunner(broker, source, RunnerSettings(), telemetry, network.loop)
        stop = threading.Event()
        thread = threading.Thread(target=runner.run, args=(stop,))
        thread.start()
        while thread.is_alive() and not turns.done.wait(1.0):
            pass
        stop.set()
        thread.join()
        network.run(client.__aexit__(None, None, None))
        published = telemetry.total("stage_published_total")
        results = ", ".join(f"{phase} {many:.0f}" for phase, many in turns.results.items() if phase)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        broker.close()
        engine.dispose()
    return turns.meter.costs, f"polls that ended as expected: {results}; {published:.0f} entries; peak {peak:.0f} MB"


class Resolver(AbstractResolver):
    """Looks names up in threads, as aiohttp's own resolver does."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:  # noqa: ARG002  # aiohttp's signature
        """Return the one address there is."""
        loop = asyncio.get_running_loop()
        ((found, _, protocol, _, address),) = await loop.run_in_executor(None, lookup, host, port)
        return [ResolveResult(hostname=host, host=address[0], port=port, family=found, proto=protocol, flags=0)]

    async def close(self) -> None:
        """Have nothing to close."""


def run_plain(bench: Bench, concurrency: int) -> tuple[dict[str, Cost], str]:
    """Ask for all feeds in all phases with aiohttp and nothing else."""
    return asyncio.run(_run_plain(bench, concurrency))


async def _run_plain(bench: Bench, concurrency: int) -> tuple[dict[str, Cost], str]:
    validators: dict[str, dict[str, str]] = {}
    meter, told = Meter(), []
    for phase in PHASES:
        to_phase(bench, phase)
        left, statuses = iter(range(bench.feeds)), list[int]()
        connector = aiohttp.TCPConnector(limit=concurrency, resolver=Resolver())
        async with aiohttp.ClientSession(connector=connector) as session:

            async def work(left: Any = left, statuses: list[int] = statuses, session: Any = session) -> None:
                for number in left:
                    url = bench.url(number)
                    async with session.get(url, headers=validators.get(url)) as answer:
                        await answer.read()
                    fields = answer.headers
                    validators[url] = {"If-None-Match": fields["ETag"], "If-Modified-Since": fields["Last-Modified"]}
                    statuses.append(answer.status)

            meter.start()
            await asyncio.gather(*(work() for _ in range(concurrency)))
            meter.stop(phase)
        told.append(f"{phase} {len(statuses)} of {sorted(set(statuses))}")
    return meter.costs, "answers: " + ", ".join(told)


def run_feedparser(bench: Bench, sample: int) -> tuple[dict[str, Cost], str]:
    """Parse a sample of the bodies; return the cost of all."""
    numbers = range(0, bench.feeds, max(1, bench.feeds // sample))
    read = [dict(bodies(bench, number)) for number in numbers]
    costs = {}
    for phase in PARSED:
        began = cpu_seconds()
        for each in read:
            feedparser.parse(io.BytesIO(each[phase]))
        costs[phase] = Cost((cpu_seconds() - began) * bench.feeds / len(numbers))
    size = sum(len(each["new"]) for each in read) / len(numbers)
    return costs, f"{len(numbers)} bodies of {size / 1024:.0f} KiB each phase, scaled to {bench.feeds}"


def apart(work: Callable[..., tuple[dict[str, Cost], str]], *given: Any) -> tuple[dict[str, Cost], str]:
    """Run something in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, given)


@dataclass(frozen=True)
class Round:
    """CPU seconds of one round by phase."""

    poller: dict[str, Cost]
    aiohttp: dict[str, Cost]
    feedparser: dict[str, Cost]

    def plain(self, phases: tuple[str, ...]) -> float:
        """Return what the plain ones cost together."""
        return sum(self.aiohttp[phase].cpu + self.feedparser.get(phase, Cost(0.0)).cpu for phase in phases)

    def ours(self, phases: tuple[str, ...]) -> float:
        """Return what the poller cost."""
        return sum(self.poller[phase].cpu for phase in phases)


def measure(bench: Bench, arguments: argparse.Namespace) -> Round:
    """Measure all three; aiohttp before and after the poller, since the machine's speed drifts."""
    before, said = apart(run_plain, bench, arguments.concurrency)
    parsing, sampled = apart(run_feedparser, bench, arguments.sample)
    ours, went = apart(run_poller, bench, arguments.concurrency)
    after, _ = apart(run_plain, bench, arguments.concurrency)
    asking = {phase: Cost((before[phase].cpu + after[phase].cpu) / 2) for phase in PHASES}
    print(f"poller      {went}\naiohttp     {said}\nfeedparser  {sampled}")
    start = ours.get("start", Cost(0.0))
    print(f"poller's start, with {bench.feeds} feeds to enter: {start.cpu:.2f} s CPU, {start.memory:.0f} MB")
    memory = ", ".join(f"{phase} {ours[phase].memory:.0f}" for phase in PHASES)
    wall = ", ".join(f"{phase} {ours[phase].wall:.1f}" for phase in PHASES)
    print(f"poller's memory after each cycle: {memory} MB; wall: {wall} s", flush=True)
    return Round(ours, asking, parsing)


def tell(rounds: list[Round], bench: Bench) -> None:
    """Print the medians."""
    print(f"\nmedians of {len(rounds)} rounds, {bench.feeds} feeds on {bench.hosts} host names")
    print(f"{'cycle':14}{'feeds/s/core':>13}{'CPU s per 10,000 feeds':>42}{'share of the plain ones':>37}")
    print(f"{'':14}{'poller':>13}{'poller':>14}{'aiohttp':>14}{'feedparser':>14}{'':>7}compared with")
    for phase in (*PHASES, "all"):
        phases = PHASES if phase == "all" else (phase,)
        per = 10_000 / bench.feeds
        ours = median(one.ours(phases) for one in rounds)
        asking = median(sum(one.aiohttp[each].cpu for each in phases) for one in rounds)
        parsing = median(one.plain(phases) - sum(one.aiohttp[each].cpu for each in phases) for one in rounds)
        share = median(one.plain(phases) / one.ours(phases) for one in rounds)
        against = "aiohttp + feedparser" if parsing else "aiohttp alone"
        print(
            f"{phase:14}{bench.feeds * len(phases) / ours:13.0f}{ours * per:14.2f}{asking * per:14.2f}"
            f"{parsing * per:14.2f}{share:7.2f} {against}"
        )


def main() -> None:
    """Measure some rounds and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--hosts", type=int, default=2_500, help="host names that the feeds are spread over")
    parser.add_argument("--concurrency", type=int, default=PollerSettings().concurrency, help="feeds asked at once")
    parser.add_argument("--sample", type=int, default=1_000, help="bodies that feedparser reads in each phase")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the medians are told")
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    bench = Bench(arguments.feeds, arguments.hosts)
    server = context.Process(target=serve, args=(bench, theirs), daemon=True)
    server.start()
    bench = Bench(arguments.feeds, arguments.hosts, ours.recv())
    rounds = [measure(bench, arguments) for _ in range(arguments.rounds)]
    server.terminate()
    server.join()
    tell(rounds, bench)


if __name__ == "__main__":
    main()
