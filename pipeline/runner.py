"""The one runner of all stages: poll, decode, call, publish, flush, commit."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from pipeline import codec
from pipeline.backoff import backoff
from pipeline.bus import LARGEST_VALUE, Broker, Bus, Headers
from pipeline.errors import BusError, DecodeError, Drop, Fenced, Quarantine, Retry, StageBroken
from pipeline.executors import Executor, Outcome
from pipeline.lanes import Lanes, State, Work
from pipeline.messages import Envelope, Message
from pipeline.settings import RunnerSettings
from pipeline.telemetry import Telemetry
from pipeline.topics import Topic
from pipeline.tracing import NoTracer, Result, Tracer
from pipeline.trail import Ending, NoTrail, Trail, ended

IDLE_POLL = 0.5
"""Seconds to wait for records when there is nothing else to do."""

BUSY_LOOK = 0.05
"""Seconds between two looks for records while documents are in flight: a look costs as much as handling one."""

BUSY_POLL = 0.02
"""Seconds to wait for results while documents are in flight."""

POLL_RECORDS = 500
"""Records taken from the bus at once."""

LAG_INTERVAL = 5.0
"""Seconds between two looks at the lag."""


class Runner:
    """Runs one stage until it is told to stop.

    At-least-once: outputs are durable before the input offset moves, so a crash redelivers and ids make it harmless.
    A document that is to be retried holds back its own partition only (an asynchronous stage: only itself).
    `clock` gives seconds that never go back; `beat` is called whenever there was progress, for the watchdog.
    """

    def __init__(  # noqa: PLR0913  # clock, jitter and patience are there for tests
        self,
        broker: Broker,
        executor: Executor,
        settings: RunnerSettings,
        telemetry: Telemetry,
        *,
        clock: Callable[[], float] = time.monotonic,
        beat: Callable[[], None] = lambda: None,
        jitter: Callable[[], float] = random.random,
        patience: float = IDLE_POLL,
        tracer: Tracer | None = None,
        trail: Trail | None = None,
    ) -> None:
        self._broker = broker
        self._executor = executor
        self._settings = settings
        self._telemetry = telemetry
        self._clock = clock
        self._beat = beat
        self._jitter = jitter
        self._patience = patience
        self._trail = trail or NoTrail()
        self._tracer = tracer or NoTracer()
        self._lanes = Lanes()
        self._show_every_series()
        self._types = {topic.name: topic.body for topic in executor.reads}
        self._routes: dict[type[Message], Topic[Any]] = {topic.body: topic for topic in executor.writes}
        self._unflushed = False
        self._next_look = -math.inf
        self._last_commit = -math.inf
        self._last_lag = -LAG_INTERVAL
        self._failures_in_a_row = 0
        self._log = structlog.get_logger().bind(stage=executor.name)
        self.ready = threading.Event()

    def _show_every_series(self) -> None:
        """Begin each series at nought, so that its first increase is seen."""
        for result in ("passed", "dropped", "retried", "quarantined"):
            self._telemetry.messages.labels(self._executor.name, result)
        for topic in self._executor.reads:
            self._telemetry.dead_letters.labels(self._executor.name, topic.dead_letter)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, then finish what runs; a lost bus is joined again. Raises StageBroken."""
        failures = 0
        while not stop.is_set():
            try:
                bus = self._broker.connect(self._executor.name, sorted(self._types))
                self.ready.set()
                self._log.info("stage.started")
                failures = 0
                self._work(bus, stop)
            except Fenced as error:
                # The bus has read past what is not committed; joining again starts from there.
                self._log.info("partitions.lost", error=str(error))
            except BusError as error:
                failures += 1
                delay = self._backoff(failures)
                self._log.warning("bus.lost", error=str(error), retry_in=round(delay, 1))
                self._forget()
                self._beat()
                stop.wait(delay)
        self._log.info("stage.stopped")

    def _work(self, bus: Bus, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                self.step(bus)
            self._finish(bus)
        finally:
            self.ready.clear()
            self._executor.cancel()
            self._forget()
            bus.close()

    def _forget(self) -> None:
        self._lanes.clear()
        self._unflushed = False

    def step(self, bus: Bus) -> None:
        """Do one round: take in records, start what is due, settle what has ended, commit when it is time."""
        now = self._clock()
        if now >= self._next_look or not self._executor.running():
            self._next_look = now + BUSY_LOOK
            self._take_in(bus, now)
        ready = self._lanes.ready(self._clock(), self._executor.capacity(), ordered=self._executor.ordered)
        if ready:
            self._executor.start(ready)
        self._collect(bus, BUSY_POLL if self._executor.running() else 0.0)
        self._commit(bus)
        self._observe(bus)

    def _take_in(self, bus: Bus, now: float) -> None:
        room = self._settings.in_flight_bytes - self._lanes.bytes
        records = bus.poll(self._wait(now), POLL_RECORDS, room)
        self._lanes.assign(bus.assignment())
        for record in records:
            self._admit(bus, record)

    def _wait(self, now: float) -> float:
        """Return how long to wait for records: not at all while documents can be started."""
        if self._executor.running():
            return 0.0
        times = [due for due in (self._lanes.next_due(), self._commit_due()) if due is not None]
        return min(max(min(times, default=now + self._patience) - now, 0.0), self._patience)

    def _commit_due(self) -> float | None:
        """Return when what was done is to be committed; nothing when all of it is."""
        pending = self._unflushed or self._lanes.settle()
        return self._last_commit + self._settings.commit_interval if pending else None

    def _admit(self, bus: Bus, record: Any) -> None:
        try:
            envelope = codec.decode(record, self._types)
        except DecodeError as error:
            work = Work(record, Envelope("", _Undecodable(id=""), ""), state=State.DONE)
            self._lanes.add(work)
            self._quarantine(bus, work, f"not decodable: {error}")
            return
        self._lanes.add(Work(record, envelope))

    def _collect(self, bus: Bus, timeout: float) -> None:
        for outcome in self._executor.finished(timeout):
            self._beat()
            self._telemetry.stage_seconds.labels(self._executor.name).observe(outcome.seconds)
            self._conclude(bus, outcome)
        if not self._executor.running():
            self._beat()

    def _conclude(self, bus: Bus, outcome: Outcome) -> None:
        work, result = outcome.work, outcome.result
        work.attempts += 1
        if isinstance(result, Exception) and work.first_failure is None:
            work.first_failure = datetime.now(UTC)
        work.trace = self._tracer.span(
            self._executor.name, work.envelope.id, work.envelope.trace, outcome.seconds, _ending(result)
        )
        if not isinstance(result, Exception):
            self._pass(bus, work, result)
        elif isinstance(result, Drop):
            self._failures_in_a_row = 0
            self._end(work, "dropped")
            self._telemetry.dropped.labels(self._executor.name, result.reason).inc()
            self._note(work, "dropped", result.reason)
            self._log.debug("message.dropped", id=work.envelope.id, reason=result.reason)
        elif isinstance(result, Retry):
            self._retry(bus, work, result)
        elif isinstance(result, Quarantine):
            self._quarantine(bus, work, result.reason)
        else:
            self._break_if_hopeless(result)
            self._quarantine(bus, work, f"{type(result).__name__}: {result}", unexpected=result)

    def _pass(self, bus: Bus, work: Work, documents: Sequence[Message]) -> None:
        outputs = [(self._routes[type(document)], document) for document in documents]
        encoded = [
            (topic.name, *codec.encode(Envelope(topic.key(document), document, work.trace)))
            for topic, document in outputs
        ]
        largest = max((len(value) for _, _, value, _ in encoded), default=0)
        if largest > LARGEST_VALUE:
            self._quarantine(bus, work, f"its output has {largest} bytes, more than the {LARGEST_VALUE} of a record")
            return
        for output in encoded:
            self._publish(bus, *output)
        self._failures_in_a_row = 0
        self._end(work, "passed")

    def _publish(self, bus: Bus, topic: str, key: bytes, value: bytes, headers: Headers) -> None:
        bus.publish(topic, key, value, headers)
        self._unflushed = True
        self._telemetry.published.labels(self._executor.name, topic).inc()

    def _end(self, work: Work, result: str) -> None:
        work.state = State.DONE
        self._telemetry.messages.labels(self._executor.name, result).inc()

    def _retry(self, bus: Bus, work: Work, signal: Retry) -> None:
        now = self._clock()
        if not signal.forever and work.attempts >= self._settings.attempts:
            if signal.fallback:
                self._pass(bus, work, signal.fallback)
            else:
                self._quarantine(bus, work, signal.reason)
            return
        delay = self._backoff(work.attempts) if signal.after is None else signal.after
        work.due = now + delay
        work.state = State.WAITING
        self._telemetry.messages.labels(self._executor.name, "retried").inc()
        if not signal.forever:
            self._note(work, "retried", signal.reason)
        log = self._log.debug if signal.after is not None else self._log.warning
        log("message.retried", id=work.envelope.id, reason=signal.reason, retry_in=round(delay, 1))

    def _backoff(self, failures: int) -> float:
        """Return seconds to wait, with up to a quarter more at random, so that not all come back at once."""
        wait = backoff(failures, self._settings.backoff, self._settings.backoff_cap)
        return wait * (1.0 + self._jitter() / 4)

    def _quarantine(self, bus: Bus, work: Work, reason: str, unexpected: Exception | None = None) -> None:
        record = work.record
        headers = codec.dead_letter_headers(
            record, self._executor.name, reason, max(work.attempts, 1), work.first_failure or datetime.now(UTC)
        )
        topic = next(topic for topic in self._executor.reads if topic.name == record.topic)
        self._publish(bus, topic.dead_letter, record.key, record.value, headers)
        self._end(work, "quarantined")
        self._telemetry.dead_letters.labels(self._executor.name, topic.dead_letter).inc()
        self._note(work, "quarantined", reason)
        place = f"{record.topic}/{record.partition}/{record.offset}"
        self._log.error("message.quarantined", place=place, reason=reason, exc_info=unexpected)

    def _note(self, work: Work, outcome: Ending, reason: str) -> None:
        told = ended(self._executor.name, work.envelope.body, outcome, reason, work.attempts)
        if told:
            self._trail.add(told)

    def _break_if_hopeless(self, error: Exception) -> None:
        self._failures_in_a_row += 1
        if self._failures_in_a_row >= self._settings.breaker:
            raise StageBroken(
                f"stage {self._executor.name} failed on {self._failures_in_a_row} messages in a row: {error}"
            ) from error

    def _commit(self, bus: Bus, *, at_once: bool = False) -> None:
        """Commit what is done, but not more often than is set: a commit costs as much as many documents."""
        offsets = self._lanes.settle()
        if not offsets and not self._unflushed:
            return
        now = self._clock()
        if not at_once and now - self._last_commit < self._settings.commit_interval:
            return
        self._last_commit = now
        if not self._trail.flush():
            # What is not on record stays uncommitted: after a crash it comes again.
            return
        bus.commit(offsets)
        self._unflushed = False
        self._lanes.committed(offsets)

    def _observe(self, bus: Bus) -> None:
        self._telemetry.in_flight.labels(self._executor.name).set(self._lanes.bytes)
        self._telemetry.running.labels(self._executor.name).set(self._executor.running())
        now = self._clock()
        if now - self._last_lag < LAG_INTERVAL:
            return
        self._last_lag = now
        lags = dict.fromkeys(self._types, 0)
        for partition, lag in bus.lag().items():
            lags[partition.topic] += lag
        for topic, behind in lags.items():
            self._telemetry.lag.labels(self._executor.name, topic).set(behind)

    def _finish(self, bus: Bus) -> None:
        """Let what runs end, within the time allowed; the rest is redelivered."""
        deadline = self._clock() + self._settings.stop_timeout
        while self._executor.running() and self._clock() < deadline:
            self._collect(bus, BUSY_POLL)
        self._commit(bus, at_once=True)


def _ending(result: object) -> Result:
    """Return how a message ended with what its stage returned or raised, at this try."""
    if isinstance(result, Drop):
        return "dropped"
    if isinstance(result, Retry):
        return "retried"
    return "quarantined" if isinstance(result, Exception) else "passed"


class _Undecodable(Message):
    """Stands for a body that could not be read; it goes nowhere."""

    schema_name = "undecodable/0"
