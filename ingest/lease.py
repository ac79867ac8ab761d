"""Who holds a lease, and whether that process still runs."""

from __future__ import annotations

import os
import secrets
import socket


def owner_name() -> str:
    """Return a new name for leases, from which other processes of this host can tell whether its process runs."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


def is_dead(owner: str, me: str) -> bool:
    """Return whether the owner of a lease surely runs no more: a process of this host that has ended."""
    host, number, *rest = owner.split("/")[:3] if owner.count("/") == 2 else ("", "")  # noqa: PLR2004  # as owner_name writes it
    if not rest or host != socket.gethostname() or owner == me or not number.isdigit():
        return False
    # An earlier process may have had our number: the first one in a container always has the same.
    return int(number) == os.getpid() or not _runs(int(number))


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
