"""A watchlist's YAML read and checked: every mistake is shown with its line, the key and the remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from pipeline.errors import InputError
from pipeline.located import Located, Location, read_yaml
from processors.watchlist_model import (
    ActorEntry,
    Example,
    Examples,
    Kind,
    Match,
    Relation,
    Role,
    Section,
    Side,
    Theme,
    Thresholds,
    Watchlist,
    Weights,
)

GUIDE = "docs/watchlists.md"

# A remedy is one line: of many known ids it names the first.
_SHOWN = 12


def read_watchlist(path: Path) -> Watchlist:
    """Return the watchlist in a YAML file. Raises InputError naming line, key and remedy for the first mistake."""
    document = read_yaml(path)
    if not isinstance(document.data, dict):
        raise InputError(str(path), "is no watchlist: it has no keys", f"Begin with version, id and name; see {GUIDE}.")
    try:
        watchlist = Watchlist.model_validate(document.data)
    except ValidationError as error:
        raise _invalid(document, error) from None
    for location, problem, remedy in _inconsistencies(watchlist):
        raise InputError(document.place(location), problem, remedy)
    return watchlist


def _invalid(document: Located, error: ValidationError) -> InputError:
    errors = error.errors()
    # A misspelt key makes two errors, unknown and missing; the unknown one shows the line.
    first = next((item for item in errors if item["type"] == "extra_forbidden"), errors[0])
    location = tuple(first["loc"])
    name = ".".join(str(part) for part in location if part != "[key]")
    if first["type"] == "extra_forbidden":
        return InputError(document.place(location), f"unknown key '{location[-1]}'", _nearest(location))
    if first["type"] == "missing":
        problem = f"'{location[-1]}' is missing"
        return InputError(document.place(location), problem, f"Add '{location[-1]}:' here; {GUIDE} describes it.")
    if first["type"] == "literal_error":
        given = first["input"]
        problem = f"'{location[-1]}' cannot be '{given}'"
        return InputError(document.place(location), problem, f"Use {first['ctx']['expected']}.{_hint(given, location)}")
    if first["type"] == "string_type":
        problem = f"{name}: {first['input']!r} is no text"
        return InputError(document.place(location), problem, 'Put it in quotes, for example "No".')
    message = first["msg"].removeprefix("Value error, ")
    return InputError(document.place(location), f"{name}: {message}", f"{GUIDE} says what this key takes.")


def _hint(given: Any, location: Location) -> str:
    near = difflib.get_close_matches(str(given), get_args(Kind), 1) if location[-1] == "kind" else []
    return f" Did you mean '{near[0]}'?" if near else ""


_MODELS: tuple[tuple[re.Pattern[str], type[Section]], ...] = (
    (re.compile(r"sides/\d+"), Side),
    (re.compile(r"actors/\d+"), ActorEntry),
    (re.compile(r"actors/\d+/roles/\d+"), Role),
    (re.compile(r"themes/\d+"), Theme),
    (re.compile(r"examples"), Examples),
    (re.compile(r"examples/must match/\d+"), Match),
    (re.compile(r"examples/must not/\d+"), Example),
    (re.compile(r"relation"), Relation),
    (re.compile(r"relation/weights"), Weights),
    (re.compile(r"relation/thresholds"), Thresholds),
    (re.compile(r""), Watchlist),
)


def _nearest(location: Location) -> str:
    """Return the remedy for an unknown key: the nearest known one, or all of them."""
    parent = "/".join(map(str, location[:-1]))
    model = next(model for pattern, model in _MODELS if pattern.fullmatch(parent))
    known = [field.alias or name for name, field in model.model_fields.items()]
    near = difflib.get_close_matches(str(location[-1]), known, 1)
    return f"Did you mean '{near[0]}'?" if near else f"Known keys here: {', '.join(known)}."


def _inconsistencies(watchlist: Watchlist) -> Iterator[tuple[Location, str, str]]:
    yield from _duplicates("sides", [side.id for side in watchlist.sides])
    yield from _duplicates("actors", [actor.id for actor in watchlist.actors])
    yield from _duplicates("themes", [theme.id for theme in watchlist.themes])
    sides = [side.id for side in watchlist.sides]
    for index, actor in enumerate(watchlist.actors):
        if actor.side is not None and actor.side not in sides:
            yield ("actors", index, "side"), f"unknown side '{actor.side}'", _one_of(actor.side, sides, "sides")
        if actor.roles and actor.kind != "person":
            yield ("actors", index, "roles"), "only a person has roles", "Take them out, or set 'kind: person'."
    for index, side in enumerate(watchlist.relation.sides):
        if side not in sides:
            yield ("relation", "sides", index), f"unknown side '{side}'", _one_of(side, sides, "sides")
    if len(set(watchlist.relation.sides)) == 1:
        yield ("relation", "sides"), "the relation's two sides are the same", f"Name two of {', '.join(sides)}."
    yield from _unknown_in_examples(watchlist)


def _duplicates(section: str, ids: list[str]) -> Iterator[tuple[Location, str, str]]:
    first: dict[str, int] = {}
    for index, name in enumerate(ids):
        if name in first:
            problem = f"the id '{name}' is given twice in {section}, first to number {first[name] + 1}"
            yield (section, index, "id"), problem, "Give each its own id, or join the two entries."
        first.setdefault(name, index)


def _unknown_in_examples(watchlist: Watchlist) -> Iterator[tuple[Location, str, str]]:
    actors = [actor.id for actor in watchlist.actors]
    themes = [theme.id for theme in watchlist.themes]
    examples = watchlist.examples
    for key, listed in (("must match", examples.must_match), ("must not", examples.must_not)):
        for number, example in enumerate(listed):
            place = ("examples", key, number)
            for index, name in enumerate(example.actors):
                if name not in actors:
                    yield (*place, "actors", index), f"unknown actor '{name}'", _one_of(name, actors, "actors")
            for index, name in enumerate(example.themes if isinstance(example, Match) else ()):
                if name not in themes:
                    yield (*place, "themes", index), f"unknown theme '{name}'", _one_of(name, themes, "themes")


def _one_of(given: str, known: list[str], what: str) -> str:
    near = difflib.get_close_matches(given, known, 1)
    if near:
        return f"Did you mean '{near[0]}'?"
    shown = known if len(known) <= _SHOWN else [*known[:_SHOWN], "…"]
    return f"Known {what}: {', '.join(shown)}."
