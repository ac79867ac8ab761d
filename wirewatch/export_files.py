"""Rows as CSV or JSON lines, written as they come; CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import IO, Any

import orjson

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell begins with that a spreadsheet would work out: <https://owasp.org/www-community/attacks/CSV_Injection>."""

LIST = "; "
"""Between the items of a list in one cell."""


def write_csv(rows: Iterable[Mapping[str, Any]], columns: Iterable[str], file: IO[bytes]) -> int:
    """Write the rows as RFC 4180 in UTF-8, with a header, and return how many."""
    text = io.TextIOWrapper(file, "utf-8", errors="replace", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        names = list(columns)
        writer.writerow(names)
        many = 0
        for many, row in enumerate(rows, start=1):  # noqa: B007  # counted
            writer.writerow([cell(row[name]) for name in names])
        return many
    finally:
        text.detach()


def cell(value: Any) -> str:
    """Return a value as a cell that is text to every spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, (list, tuple)):
        return cell(LIST.join(map(str, value)))
    text = str(value).replace("\0", "")
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def write_jsonl(rows: Iterable[Mapping[str, Any]], file: IO[bytes]) -> int:
    """Write each row as a line of JSON and return how many."""
    many = 0
    for many, row in enumerate(rows, start=1):  # noqa: B007  # counted
        file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z))
    return many
