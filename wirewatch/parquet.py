"""Rows as a Parquet file. The only module that imports pyarrow, which is an extra: wirewatch[parquet]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import IO, Any

from pipeline.errors import InputError

GROUP = 10_000
"""Rows of a row group, which is what is held in memory."""


def write(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], file: IO[bytes]) -> int:
    """Write the rows and return how many. Raises InputError where pyarrow is not installed."""
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        remedy = "Install it with: pip install 'wirewatch[parquet]', or use --format jsonl."
        raise InputError("--format parquet", "needs pyarrow, which is not installed", remedy) from None
    types = {
        "text": pa.string(),
        "list": pa.list_(pa.string()),
        "time": pa.timestamp("us", tz="UTC"),
        "whole": pa.int64(),
        "number": pa.float64(),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    many = 0
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(rows):
            many += len(group)
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
    return many


def _groups(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    rest = iter(rows)
    while group := list(islice(rest, GROUP)):
        yield group
