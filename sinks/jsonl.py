"""Alerts as lines of a file, for other programs."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from pipeline.messages import Alert
from sinks import inert
from sinks.channels import DeliveryError


class JsonLines:
    """Appends one JSON line an alert, on the disk before it counts as sent.

    The file is opened anew each time, so that it can be rotated or removed at any moment.
    """

    name = "jsonl"

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, alert: Alert, /) -> None:
        """Append the alert. Raises DeliveryError when the file cannot be written."""
        line = inert.json_line(orjson.dumps(alert.model_dump(mode="json"))) + b"\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file:
                _append(file.fileno(), line)
        except OSError as error:
            raise DeliveryError(f"jsonl: {error.strerror or type(error).__name__}") from error

    def close(self) -> None:
        """Hold nothing between two alerts."""


def _append(descriptor: int, line: bytes) -> None:
    """Write a line of its own, even after one that a crash or a full disk cut off."""
    end = os.lseek(descriptor, 0, os.SEEK_END)
    if end and os.pread(descriptor, 1, end - 1) != b"\n":
        line = b"\n" + line
    written = os.write(descriptor, line)
    os.fsync(descriptor)
    if written < len(line):
        raise OSError(0, "the line was cut off")
