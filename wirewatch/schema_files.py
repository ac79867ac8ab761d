"""The JSON schemas of the messages, of watchlists and of alert rules, as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from pipeline.messages import MESSAGES, Message
from processors.watchlist_model import Watchlist
from sinks.rule_model import RuleFile
from sinks.webhook import WebhookBody

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""What pydantic writes; editors ask for it."""


def render() -> Iterator[tuple[str, bytes]]:
    """Yield the file name and the content of each message's schema, as on the wire, and of what a person writes."""
    published: tuple[type[Message | WebhookBody], ...] = (*MESSAGES, WebhookBody)
    for message in published:
        name, _, major = message.schema_name.partition("/")
        schema = message.model_json_schema(mode="serialization") | {"$id": f"wirewatch:{message.schema_name}"}
        yield f"{name}.v{major}.json", _content(schema)
    watchlist = Watchlist.model_json_schema(mode="validation") | {"$id": "wirewatch:watchlist/1", "$schema": DIALECT}
    yield "watchlist.v1.json", _content(watchlist)
    rules = RuleFile.model_json_schema(mode="validation") | {"$id": "wirewatch:rules/1", "$schema": DIALECT}
    yield "rules.v1.json", _content(rules)


def _content(schema: dict[str, Any]) -> bytes:
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def write(folder: Path) -> Iterator[Path]:
    """Write the files to a folder and yield their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in render():
        path = folder / name
        path.write_bytes(content)
        yield path
