"""Looks host names up without ever blocking the event loop, the process' exit, or one another."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any

Lookup = Callable[..., list[tuple[Any, ...]]]
"""A function like socket.getaddrinfo."""

LOOKUPS = 64
"""Look-ups at once; a name server that does not answer holds one of them for half a minute."""


class Names:
    """Resolves names with the system's resolver, each in a thread of its own that nothing waits for at exit."""

    def __init__(self, lookup: Lookup = socket.getaddrinfo) -> None:
        self._lookup = lookup
        self._slots = asyncio.Semaphore(LOOKUPS)

    async def addresses(self, host: str, port: int, family: int) -> list[tuple[Any, ...]]:
        """Return what the resolver says, in getaddrinfo's form. Raises OSError."""
        async with self._slots:
            loop = asyncio.get_running_loop()
            answer: asyncio.Future[list[tuple[Any, ...]]] = loop.create_future()

            def settle(result: list[tuple[Any, ...]] | Exception) -> None:
                if answer.done():
                    return
                if isinstance(result, Exception):
                    answer.set_exception(result)
                else:
                    answer.set_result(result)

            def work() -> None:
                result: list[tuple[Any, ...]] | Exception
                try:
                    result = self._lookup(
                        host, port, type=socket.SOCK_STREAM, family=family, flags=socket.AI_ADDRCONFIG
                    )
                except (OSError, UnicodeError) as error:
                    result = error if isinstance(error, OSError) else OSError(str(error))
                with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
                    loop.call_soon_threadsafe(settle, result)

            threading.Thread(target=work, name="name-lookup", daemon=True).start()
            return await answer
