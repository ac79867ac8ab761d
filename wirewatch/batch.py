"""Batch commands: JSON lines in, JSON lines out, all of the input checked before anything is written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Self

import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from pipeline.errors import InputError

STDIN = "-"


def with_zone(value: object) -> object:
    """Read a bare date or a moment without a zone as UTC."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return value


class BatchArticle(BaseModel):
    """One article of a batch; unknown fields are kept. The text may be empty where there is a title."""

    model_config = ConfigDict(frozen=True, extra="allow", coerce_numbers_to_str=True)

    id: str
    text: str
    title: Annotated[str, BeforeValidator(lambda value: "" if value is None else value)] = ""
    url: str | None = None
    lang: str | None = None
    published: Annotated[AwareDatetime | None, BeforeValidator(with_zone)] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text.strip() and not self.title.strip():
            raise ValueError("has neither text nor title")
        return self


def read_lines(path: str) -> Iterator[tuple[str, bytes]]:
    """Yield each line of a file, or of standard input for `-`, with its place; blank lines are passed over.

    Raises InputError when the file cannot be read.
    """
    name = "stdin" if path == STDIN else path
    try:
        data = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}", "Name a readable file, or - for stdin.") from None
    for number, line in enumerate(data.splitlines(), start=1):
        if line.strip():
            yield f"{name}: line {number}", line


def read_articles(paths: Iterable[str]) -> list[BatchArticle]:
    """Return the article of every line of the files. Raises InputError that names the line."""
    return [parse_article(place, line) for path in paths for place, line in read_lines(path)]


def parse_article(place: str, line: bytes) -> BatchArticle:
    """Return the article of one line. Raises InputError that names its place."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(place, f"no valid JSON: {error}", "Give one JSON object on each line.") from None
    try:
        return BatchArticle.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the line"
        problem = "has no text" if field == "text" else f"{field}: {first['msg'].removeprefix('Value error, ')}"
        raise InputError(place, problem, 'Give {"id": "…", "text": "…"} with a text that is not empty.') from None


def write_lines(rows: Iterable[Any], path: str) -> None:
    """Write each row as a JSON line to a file, or to standard output for `-`."""
    if path == STDIN:
        _dump(rows, sys.stdout.buffer.write)
        sys.stdout.buffer.flush()
        return
    try:
        with Path(path).open("wb") as file:
            _dump(rows, file.write)
    except OSError as error:
        raise InputError(path, f"cannot be written: {error.strerror}", "Name a file in a writable folder.") from None


def _dump(rows: Iterable[Any], write: Callable[[bytes], object]) -> None:
    for row in rows:
        write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
