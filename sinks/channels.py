"""What a channel is to the delivery: a name, a way to send, and how sending fails."""

from __future__ import annotations

from typing import Protocol

from pipeline.errors import WirewatchError
from pipeline.messages import Alert


class DeliveryError(WirewatchError):
    """The channel did not take the alert; `after` seconds it may, unless the refusal is `permanent`.

    The reason is stored and logged, so it never holds a URL or another secret.
    """

    def __init__(self, reason: str, after: float | None = None, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.permanent = permanent


class Channel(Protocol):
    """Tells somebody; the name is part of an alert's id, so it must outlive restarts. Used from one thread."""

    name: str

    def send(self, alert: Alert, /) -> None:
        """Hand the alert over, in full, before returning. Raises DeliveryError."""

    def close(self) -> None:
        """Free what is held."""
