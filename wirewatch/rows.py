"""Rows as a person or a program reads them: a table on a terminal, fields between tabs elsewhere, or JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from sinks.inert import line
from wirewatch import batch

Cell = str | int | None
"""What a field holds; nothing is shown as a dash."""


def show(columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, json: bool = False) -> None:
    """Print rows; the columns name their fields."""
    if json:
        names = [name.replace(" ", "_") for name in columns]
        batch.write_lines((dict(zip(names, row, strict=True)) for row in rows), batch.STDIN)
    elif sys.stdout.isatty():
        _table(columns, rows)
    else:
        for row in rows:
            typer.echo("\t".join(map(_cell, row)))


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    from rich.console import Console  # noqa: PLC0415  # as in the commands: only where it is used
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None)
    for number, name in enumerate(columns):
        is_number = any(isinstance(row[number], int) for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(cell)) for cell in row))
    Console().print(table)


def _cell(cell: Cell) -> str:
    return "-" if cell is None or cell == "" else line(str(cell))
