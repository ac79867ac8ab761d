"""Whether another process of this machine still lives: it holds a lock that the system frees when it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import uuid
from pathlib import Path

from pipeline.errors import BusError


class Presence:
    """Shows, from the first `show` to `close`, that this process is alive to others that share a file.

    A process id would not do: it is used again, and means nothing between containers that share a volume.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._token = uuid.uuid4().hex
        self._handle: int | None = None
        # Stages that start together show their process together, and its second lock would be refused by its first.
        self._showing = threading.Lock()

    def show(self) -> str:
        """Return the token by which others know this process, locking its file. Raises BusError."""
        with self._showing:
            if self._handle is None:
                self._handle = self._lock()
        return self._token

    def _lock(self) -> int:
        path = self._lock_file(self._token)
        try:
            handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(handle)
                raise
        except OSError as error:
            raise BusError(f"{path}: cannot be locked: {error.strerror}") from error
        return handle

    def is_dead(self, token: str) -> bool:
        """Return whether the process of a token has ended; its lock file goes with it."""
        path = self._lock_file(token)
        try:
            handle = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        else:
            path.unlink(missing_ok=True)
            return True
        finally:
            os.close(handle)

    def close(self) -> None:
        """Stop showing it."""
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._lock_file(self._token).unlink(missing_ok=True)
            os.close(self._handle)
            self._handle = None

    def _lock_file(self, token: str) -> Path:
        return self._path.with_name(f"{self._path.name}-{token}.lock")
