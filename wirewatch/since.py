"""A stretch of time as a command is told it: 30d, 12h, 2w, or the day it begins or ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from pipeline.errors import InputError

_LENGTH = re.compile(r"(\d{1,6})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def since(text: str, now: datetime) -> datetime:
    """Return when the stretch begins, in UTC. Raises InputError for what is neither a length nor a day in the past."""
    length = _LENGTH.fullmatch(text.strip().lower())
    try:
        if length:
            return now - int(length[1]) * _UNITS[length[2]]
        begin = datetime.fromisoformat(text.strip())
        begin = begin if begin.tzinfo else begin.replace(tzinfo=UTC)
        if begin < now:
            return begin.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InputError("--since", f"{text!r} is no length of time and no past day", "Give 30d, 12h, 2w or 2026-01-31.")


def until(text: str, now: datetime) -> datetime:
    """Return when the stretch from now on ends, in UTC. Raises InputError for what is neither a length nor ahead."""
    length = _LENGTH.fullmatch(text.strip().lower())
    try:
        if length:
            return now + int(length[1]) * _UNITS[length[2]]
        end = datetime.fromisoformat(text.strip())
        end = end if end.tzinfo else end.replace(tzinfo=UTC)
        if end > now:
            return end.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    remedy = "Give 8h, 3d, 2w or 2026-01-31T08:00+07:00."
    raise InputError("--until", f"{text!r} is no length of time and no time ahead", remedy)
