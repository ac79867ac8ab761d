"""YAML read with the line of every key, so that a mistake can be shown where it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import InputError

# The loader in C, where PyYAML has one, reads a large watchlist ten times as fast.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Location = tuple[str | int, ...]


@dataclass
class Located:
    """A YAML document as plain data, and the line (from 1) at which each of its parts stands."""

    path: Path
    data: Any = None
    lines: dict[Location, int] = field(default_factory=dict)

    def place(self, location: Location) -> str:
        """Return `file:line` of the part, or of the nearest part around it."""
        while location and location not in self.lines:
            location = location[:-1]
        return f"{self.path}:{self.lines.get(location, 1)}"


def read_yaml(path: Path) -> Located:
    """Return the document in a file. Raises InputError for an unreadable file, bad YAML or a key given twice."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), _LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read: {error}", "Name an existing YAML file in UTF-8.") from None
    except yaml.YAMLError as error:
        raise _syntax_error(path, error) from None
    document = Located(path)
    if node is not None:
        document.data = _construct(node, (), document)
    return document


def _syntax_error(path: Path, error: yaml.YAMLError) -> InputError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    place = f"{path}:{mark.line + 1}" if mark else str(path)
    return InputError(
        place, f"not valid YAML: {problem}", "Mend the line or the one above: indentation, quotes and brackets."
    )


def _construct(node: yaml.Node, location: Location, document: Located) -> Any:
    document.lines.setdefault(location, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _construct_mapping(node, location, document)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, (*location, index), document) for index, item in enumerate(node.value)]
    return _scalar(node)


def _construct_mapping(node: yaml.MappingNode, location: Location, document: Located) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in mapping:
            first = document.lines[(*location, key)]
            raise InputError(
                f"{document.path}:{line}", f"'{key}' is given twice, first on line {first}", "Join the two into one."
            )
        document.lines[(*location, key)] = line
        mapping[key] = _construct(value_node, (*location, key), document)
    return mapping


def _scalar(node: yaml.Node) -> Any:
    loader = _LOADER("")
    try:
        return loader.construct_object(node)
    except ValueError:
        return node.value
    finally:
        loader.dispose()
