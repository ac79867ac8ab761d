"""The file of alert rules read and checked: every mistake is shown with its line, the key and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.errors import InputError
from pipeline.located import Located, Location, read_yaml
from sinks.rule_model import Condition, Quiet, Rule, RuleFile, Section
from sinks.rules import is_meant

GUIDE = "docs/alerts.md"

# A remedy is one line: of many known names it gives the first.
_SHOWN = 12


@dataclass(frozen=True)
class Known:
    """The names that rules may use; None where they are not at hand and so not checked."""

    channels: Sequence[str] | None = None
    watchlists: Sequence[str] | None = None
    actors: Sequence[str] | None = None
    themes: Sequence[str] | None = None


def read_rules(path: Path, known: Known) -> RuleFile:
    """Return the rules in a YAML file. Raises InputError naming line, key and remedy for the first mistake."""
    document = read_yaml(path)
    if not isinstance(document.data, dict):
        raise InputError(str(path), "holds no rules: it has no keys", f"Begin with version and rules; see {GUIDE}.")
    try:
        file = RuleFile.model_validate(document.data)
    except ValidationError as error:
        raise _invalid(document, error) from None
    for location, problem, remedy in _inconsistencies(file, known):
        raise InputError(document.place(location), problem, remedy)
    return file


def _invalid(document: Located, error: ValidationError) -> InputError:
    errors = error.errors()
    # A misspelt key makes two errors, unknown and missing; the unknown one shows the line.
    first = next((item for item in errors if item["type"] == "extra_forbidden"), errors[0])
    location, kind = tuple(first["loc"]), first["type"]
    place, last = document.place(location), location[-1]
    if kind == "extra_forbidden":
        return InputError(place, f"unknown key '{last}'", _nearest(location))
    if kind == "missing":
        return InputError(place, f"'{last}' is missing", f"Add '{last}:' here; {GUIDE} describes it.")
    if kind == "literal_error":
        return InputError(place, f"{_name(location)} cannot be '{first['input']}'", f"Use {first['ctx']['expected']}.")
    if kind == "string_type":
        problem = f"{_name(location)}: {first['input']!r} is no text"
        return InputError(place, problem, 'Put it in quotes, for example "NO".')
    return InputError(place, f"{_name(location)}: {_words(first)}", _remedy(kind, _name(location)))


def _name(location: Location) -> str:
    """Return the key, and where it is one of a list, the list's."""
    keys = [str(part) for part in location if isinstance(part, str)]
    return keys[-1] if keys else "rules"


def _words(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


_SHAPES = {
    "countries": "Write two capital letters of ISO 3166-1, as KH.",
    "languages": "Write small letters of ISO 639, as km.",
    "id": "Use small letters, digits and hyphens.",
}


def _remedy(kind: str, name: str) -> str:
    if kind == "string_pattern_mismatch" and name in _SHAPES:
        return _SHAPES[name]
    if kind.startswith("time"):
        return 'Write a time of day as "22:30".'
    if kind == "tuple_type":
        return "Write a list: [one, other]."
    return f"{GUIDE} says what this key takes."


def _nearest(location: Location) -> str:
    """Return the remedy for an unknown key: the nearest known one, or all of them."""
    model = _model(location)
    known = [field.alias or name for name, field in model.model_fields.items()]
    near = difflib.get_close_matches(str(location[-1]), known, 1)
    return f"Did you mean '{near[0]}'?" if near else f"Known keys here: {', '.join(known)}."


_MODELS: Mapping[str, type[Section]] = {
    "rules": Rule,
    "when": Condition,
    "quiet hours": Quiet,
    "quiet": Quiet,
    "except": Condition,
}


def _model(location: Location) -> type[Section]:
    parents = [part for part in location[:-1] if isinstance(part, str)]
    if not parents:
        return RuleFile
    return _MODELS[parents[-1]]


def _inconsistencies(file: RuleFile, known: Known) -> Iterator[tuple[Location, str, str]]:
    first: dict[str, int] = {}
    for index, rule in enumerate(file.rules):
        place = ("rules", index)
        if rule.id in first:
            problem = f"the id '{rule.id}' is given twice, first to rule {first[rule.id] + 1}"
            yield (*place, "id"), problem, "Give each rule an id of its own."
        first.setdefault(rule.id, index)
        yield from _useless(place, rule)
        yield from _unknown_channels(place, rule, known)
        yield from _unknown_names((*place, "when"), rule.when, known)
        if rule.quiet is not None and rule.quiet.override is not None:
            yield from _unknown_names((*place, "quiet hours", "except"), rule.quiet.override, known)


def _useless(place: Location, rule: Rule) -> Iterator[tuple[Location, str, str]]:
    """Yield what is said and can have no effect."""
    given = rule.model_fields_set
    if "at" in given and rule.send not in {"daily", "weekly"}:
        yield (*place, "at"), f"a time has no meaning with 'send: {rule.send}'", "Use 'send: daily' or 'send: weekly'."
    if "day" in given and rule.send != "weekly":
        yield (*place, "day"), f"a day has no meaning with 'send: {rule.send}'", "Use 'send: weekly'."
    for name, key in (("quiet", "quiet hours"), ("ceiling", "ceiling per hour")):
        if name in given and rule.send != "at once":
            yield (*place, key), f"has no meaning with 'send: {rule.send}'", "Take it out, or use 'send: at once'."


def _unknown_channels(place: Location, rule: Rule, known: Known) -> Iterator[tuple[Location, str, str]]:
    if known.channels is None:
        return
    for index, name in enumerate(rule.channels or ()):
        if not any(is_meant(name, channel) for channel in known.channels):
            yield (*place, "channels", index), f"no channel '{name}' is set", _one_of(name, known.channels, "channels")


def _unknown_names(place: Location, condition: Condition, known: Known) -> Iterator[tuple[Location, str, str]]:
    for key in ("watchlists", "actors", "themes"):
        names: Sequence[str] | None = getattr(known, key)
        for index, name in enumerate(getattr(condition, key)):
            if names is not None and name not in names:
                yield (*place, key, index), f"unknown {key.removesuffix('s')} '{name}'", _one_of(name, names, key)


def _one_of(given: str, known: Sequence[str], what: str) -> str:
    near = difflib.get_close_matches(given, known, 1)
    if near:
        return f"Did you mean '{near[0]}'?"
    shown = list(known) if len(known) <= _SHOWN else [*known[:_SHOWN], "…"]
    return f"Known {what}: {', '.join(shown)}." if shown else f"No {what} are set."
