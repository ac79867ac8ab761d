"""The archive, exported: which rows, in which format, to which file."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

from pipeline.errors import InputError
from pipeline.settings import Settings
from sinks.exported import COLUMNS, What, exported
from wirewatch import export_files, parquet, wiring
from wirewatch.batch import STDIN
from wirewatch.story_commands import Wanted, wanted_filter


def export(settings: Settings, what: What, form: str, output: str, wanted: Wanted, now: datetime) -> int:
    """Write the rows that are asked for to a file, or to standard output for `-`, and return how many.

    Raises InputError.
    """
    asked = wanted_filter(wanted, settings, now)
    with wiring.archive(settings) as engine, _opened(output) as file:
        rows = exported(engine, what, asked)
        if form == "csv":
            return export_files.write_csv(rows, COLUMNS[what], file)
        if form == "parquet":
            return parquet.write(rows, COLUMNS[what], file)
        return export_files.write_jsonl(rows, file)


@contextlib.contextmanager
def _opened(output: str) -> Iterator[IO[bytes]]:
    if output == STDIN:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        file = Path(output).open("wb")  # noqa: SIM115  # what fails later is not the fault of the name
    except OSError as error:
        raise InputError(output, f"cannot be written: {error.strerror}", "Name a file in a writable folder.") from None
    with file:
        yield file
