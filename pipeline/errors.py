"""Everything that can go wrong, as one tree, and the signals a stage may raise.

WirewatchError
├─ InputError          a file, setting or line the user can mend; exit code 2
├─ BusError            the bus cannot be reached or used
│  └─ Fenced           another member owns the partition now; the batch is redelivered
├─ DecodeError         bytes that are no message of the expected type and version
├─ StageBroken         a stage fails on everything it is given
└─ Signal              what becomes of one message
   ├─ Drop             ended on purpose
   ├─ Retry            try again later
   └─ Quarantine       to the dead-letter topic
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.messages import Message


class WirewatchError(Exception):
    """Base of every error this program raises on purpose."""


class InputError(WirewatchError):
    """Input that its author can mend: names the place, what is wrong there, and what to do."""

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(f"{place}: {problem}\n{remedy}")
        self.place = place
        self.problem = problem
        self.remedy = remedy


class BusError(WirewatchError):
    """The bus cannot be reached or refuses to serve."""


class Fenced(BusError):
    """The partition belongs to another member of the group now; what was not committed is redelivered."""


class DecodeError(WirewatchError):
    """The bytes are no message of the expected type and major version."""


class StageBroken(WirewatchError):
    """A stage failed unexpectedly on many messages in a row; more would only fill the dead-letter topic."""


class Signal(WirewatchError):
    """What becomes of one message, other than being passed on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Drop(Signal):
    """End the message here, on purpose; the reason is one of a bounded set, and counted."""


class Retry(Signal):
    """Try the message again, after `after` seconds or the runner's own backoff.

    When the attempts are used up, `fallback` is passed on in its place if given, and the message is dead-lettered
    otherwise; with `forever` the attempts are never used up.
    """

    def __init__(
        self,
        reason: str,
        after: float | None = None,
        *,
        fallback: Sequence[Message] | None = None,
        forever: bool = False,
    ) -> None:
        super().__init__(reason)
        self.after = after
        self.fallback = fallback
        self.forever = forever


class Quarantine(Signal):
    """Send the message, bytes untouched, to the dead-letter topic."""
