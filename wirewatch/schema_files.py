"""The JSON schemas of the messages, as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from pipeline.messages import MESSAGES


def render() -> Iterator[tuple[str, bytes]]:
    """Yield the file name and the content of each message's schema, as it is on the wire."""
    for message in MESSAGES:
        name, _, major = message.schema_name.partition("/")
        schema = message.model_json_schema(mode="serialization") | {"$id": f"wirewatch:{message.schema_name}"}
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
        yield f"{name}.v{major}.json", orjson.dumps(schema, option=options)


def write(folder: Path) -> Iterator[Path]:
    """Write the files to a folder and yield their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in render():
        path = folder / name
        path.write_bytes(content)
        yield path
