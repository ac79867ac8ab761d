"""The deliveries of all channels: one thread for each, so that none waits for another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from pipeline.errors import Retry
from pipeline.settings import AlertSettings
from pipeline.telemetry import Telemetry
from sinks.channels import Channel
from sinks.courier import DATABASE_PAUSE, Courier
from sinks.ledger import Ledger


class Delivery:
    """The couriers of all channels, each in its thread, and one thread that keeps their leases.

    At least once: an alert whose answer was lost is sent again after a crash, under the same id. `keep_every` is in
    seconds and well below the lease; by default a quarter of it.
    """

    def __init__(
        self,
        ledger: Ledger,
        channels: Sequence[Channel],
        settings: AlertSettings,
        telemetry: Telemetry,
        *,
        keep_every: float | None = None,
    ) -> None:
        self._ledger = ledger
        self._couriers = [Courier(ledger, channel, settings, telemetry) for channel in channels]
        self._telemetry = telemetry
        self._keep_every = ledger.lease / 4 if keep_every is None else keep_every
        self._wakes = [threading.Event() for _ in self._couriers]
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._keeper: threading.Thread | None = None
        self._strangers: set[str] = set()
        self._log = structlog.get_logger()

    @property
    def channels(self) -> tuple[str, ...]:
        """Return the names of the channels."""
        return tuple(courier.channel.name for courier in self._couriers)

    def start(self) -> None:
        """Begin with what is pending, from before too."""
        for courier, wake in zip(self._couriers, self._wakes, strict=True):
            self._threads.append(_spawn(f"alerts-{courier.channel.name}", self._run, courier, wake))
        self._keeper = _spawn("alerts-keeper", self._keep_on)

    def wake(self) -> None:
        """Look at the ledger now: there are new rows."""
        for wake in self._wakes:
            wake.set()

    def stop(self, timeout: float) -> bool:
        """Let every channel end the alert it is at; return whether all did within `timeout` seconds."""
        self._stop.set()
        self.wake()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
        self._ended.set()
        if self._keeper is not None:
            self._keeper.join(max(deadline - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    def pending(self) -> dict[str, int]:
        """Return how many alerts each channel has still to be told. Raises Retry."""
        counts = self._ledger.pending()
        return {name: counts.get(name, 0) for name in self.channels}

    def _run(self, courier: Courier, wake: threading.Event) -> None:
        try:
            while not self._stop.is_set():
                wake.clear()
                wait = self._step(courier)
                # Asked again, since a stop that came before the clearing has woken nobody.
                if not self._stop.is_set():
                    wake.wait(wait)
        finally:
            courier.channel.close()

    def _step(self, courier: Courier) -> float:
        try:
            return courier.step()
        except Exception:  # noqa: BLE001  # whatever it is, alerts must not end silently with the thread
            self._log.exception("courier.failed", channel=courier.channel.name)
            return DATABASE_PAUSE

    def _keep_on(self) -> None:
        while not self._ended.is_set():
            try:
                self.keep()
            except Retry as error:
                self._log.warning("ledger.unreachable", reason=error.reason)
            except Exception:  # noqa: BLE001  # leases must not end silently with the thread
                self._log.exception("delivery.keeper_failed")
            self._ended.wait(self._keep_every)

    def keep(self) -> None:
        """Renew the leases of what is being sent, queue what is due, and show what is pending. Raises Retry."""
        for courier in self._couriers:
            courier.renew()
        if self._ledger.release():
            self.wake()
        counts = self._ledger.pending()
        for name in self.channels:
            self._telemetry.alerts_pending.labels(name).set(counts.pop(name, 0))
        for name in counts.keys() - self._strangers:
            self._log.warning("alerts.of_no_channel", channel=name, pending=counts[name])
        self._strangers |= counts.keys()


def _spawn(name: str, target: Callable[..., None], *arguments: object) -> threading.Thread:
    # A daemon: a channel that hangs at the end must not hold up the process; its lease frees the alert.
    thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
    thread.start()
    return thread
