"""Tells one channel what the ledger holds for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from pipeline.backoff import backoff
from pipeline.errors import Retry
from pipeline.messages import Alert
from pipeline.settings import AlertSettings
from pipeline.telemetry import Telemetry
from sinks.channels import Channel, DeliveryError
from sinks.ledger import Ledger, Taken, Waiting

IDLE = 5.0
"""Seconds between two looks at the ledger when nobody wakes the thread: rows may come from another process."""

DATABASE_PAUSE = 1.0
"""Seconds until the ledger is tried again after it could not be reached."""

LONGEST_WAIT = 86400.0
"""Seconds that a channel's Retry-After counts for, at most."""


class Courier:
    """Delivers to one channel, an alert at a time, in the order of the ledger."""

    def __init__(self, ledger: Ledger, channel: Channel, settings: AlertSettings, telemetry: Telemetry) -> None:
        self.channel = channel
        self._ledger = ledger
        self._settings = settings
        self._telemetry = telemetry
        self._lock = threading.Lock()
        self._taken: Taken | None = None
        self._unrecorded: Callable[[], None] | None = None
        self._log = structlog.get_logger().bind(channel=channel.name)
        for result in ("sent", "failed", "dead"):
            telemetry.alerts.labels(channel.name, result)  # begun at nought, so that the first increase is seen
        telemetry.alert_seconds.labels(channel.name)
        telemetry.news_seconds.labels(channel.name)

    def step(self) -> float:
        """Deliver one alert, if one is due; return the seconds until there may be more to do."""
        try:
            return self._step()
        except Retry as error:
            self._log.warning("ledger.unreachable", reason=error.reason)
            return DATABASE_PAUSE

    def _step(self) -> float:
        if self._unrecorded is not None:
            # What the channel said is not written yet: sending again now could tell it twice.
            self._record(self._unrecorded)
            return 0.0
        found = self._ledger.take(self.channel.name)
        if found is None:
            return IDLE
        if isinstance(found, Waiting):
            return min(found.seconds, IDLE)
        self._deliver(found)
        return 0.0

    def _deliver(self, taken: Taken) -> None:
        with self._lock:
            self._taken = taken
        try:
            self.channel.send(taken.alert)
        except DeliveryError as error:
            settle = self._refused(self._release(), error)
        except Exception as error:  # noqa: BLE001  # a channel that breaks must not end the deliveries to it
            self._log.error("alert.channel_broken", id=taken.alert.id, error=type(error).__name__)
            settle = self._refused(self._release(), DeliveryError(f"unexpected {type(error).__name__}"))
        else:
            settle = self._accepted(self._release())
        self._record(settle)

    def _release(self) -> Taken:
        """Return the alert in hand with its latest lease, which is not renewed any more."""
        with self._lock:
            taken, self._taken = self._taken, None
        if taken is None:
            raise RuntimeError("no alert is in hand")
        return taken

    def _record(self, settle: Callable[[], None]) -> None:
        self._unrecorded = settle
        settle()
        self._unrecorded = None

    def _accepted(self, taken: Taken) -> Callable[[], None]:
        alert = taken.alert
        self._telemetry.alerts.labels(self.channel.name, "sent").inc()
        if not taken.late and alert.kind != "notice":
            self._measure(alert)
        self._log.info("alert.sent", id=alert.id, story=alert.story, attempts=taken.attempts + 1)
        return lambda: self._ledger.sent(taken)

    def _measure(self, alert: Alert) -> None:
        """Show how long the alert took, since the article was discovered and since it was published."""
        exemplar = {"trace_id": alert.trace} if alert.trace else None
        now, channel = self._ledger.now(), self.channel.name
        discovered, published = (now - alert.discovered).total_seconds(), (now - alert.published).total_seconds()
        self._telemetry.alert_seconds.labels(channel).observe(max(discovered, 0.0), exemplar)
        self._telemetry.news_seconds.labels(channel).observe(max(published, 0.0), exemplar)

    def _refused(self, taken: Taken, error: DeliveryError) -> Callable[[], None]:
        attempts = taken.attempts + 1
        log = self._log.bind(id=taken.alert.id, story=taken.alert.story, attempts=attempts, problem=error.reason)
        if error.permanent or attempts >= self._settings.attempts:
            self._telemetry.alerts.labels(self.channel.name, "dead").inc()
            log.error("alert.dead")
            return lambda: self._ledger.dead(taken, error.reason)
        wait = self._wait(attempts, error.after)
        self._telemetry.alerts.labels(self.channel.name, "failed").inc()
        log.warning("alert.failed", retry_in=round(wait, 1))
        return lambda: self._ledger.failed(taken, error.reason, wait)

    def _wait(self, attempts: int, after: float | None) -> float:
        """Return seconds to the next attempt: as the channel asks, but no sooner than the first backoff."""
        if after is not None:
            return min(max(after, self._settings.backoff), LONGEST_WAIT)
        return backoff(attempts, self._settings.backoff, self._settings.backoff_cap)

    def renew(self) -> None:
        """Keep the alert that is being sent from other processes. Raises Retry when the ledger is out of reach."""
        with self._lock:
            if self._taken is not None:
                self._taken = self._ledger.renew(self._taken)
