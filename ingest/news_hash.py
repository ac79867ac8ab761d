"""A hash of what is news in a feed's body, so that a date in its head makes no unchanged feed look changed."""

from __future__ import annotations

import hashlib
import re

FIRST = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?(item|entry)[\s/>]")
JSON_ITEMS = b'"items"'


def news_hash(body: bytes) -> str:
    """Return the hash of a body from its first entry to the end of its last; of all of it where no entry is seen.

    What stands around the entries changes with every answer of some servers: the date of the last build, a remark on
    the cache that it came from.
    """
    return hashlib.blake2b(_news(body), digest_size=32).hexdigest()


def _news(body: bytes) -> memoryview:
    view = memoryview(body)
    if body[:1].isspace() or body[:1] == b"{":
        start = body.find(JSON_ITEMS) if body.lstrip().startswith(b"{") else -1
        if start >= 0:
            return view[start:]
    first = FIRST.search(body)
    if first is None:
        return view
    last = body.rfind(first[1] + b">")
    return view[first.start() : last if last > first.start() else None]
