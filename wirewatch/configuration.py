"""Settings from wirewatch.toml and the environment. The only module that reads the environment."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource

from pipeline.errors import InputError
from pipeline.settings import Settings

PREFIX = "WIREWATCH_"
NESTED = "__"
FILE_SUFFIX = "_FILE"
CONFIG_VARIABLE = "WIREWATCH_CONFIG"
CONFIG_FILE = Path("wirewatch.toml")


def _names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield the path of every setting, its parts joined by dots."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _names(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


NAMES = tuple(_names(Settings))


def variable(name: str) -> str:
    """Return the environment variable of a setting: `http.timeout` is WIREWATCH_HTTP__TIMEOUT."""
    return PREFIX + name.replace(".", NESTED).upper()


def load(environ: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings: defaults, then wirewatch.toml, then the environment, then `overrides`.

    A variable NAME_FILE gives the value of NAME by the file that holds it. Raises InputError for anything unknown
    or invalid.
    """
    variables = {
        name: value for name, value in (os.environ if environ is None else environ).items() if name.startswith(PREFIX)
    }
    path = Path(variables.pop(CONFIG_VARIABLE, CONFIG_FILE))
    variables = _with_files(variables)
    _refuse_unknown(variables)
    values = _merge(_read_file(path), _parse(variables))
    values = _merge(values, overrides or {})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise _explain(error, variables, path) from None


def _with_files(variables: Mapping[str, str]) -> dict[str, str]:
    known = {variable(name) for name in NAMES}
    resolved = {}
    for name, value in variables.items():
        target = name.removesuffix(FILE_SUFFIX)
        if name in known or target == name:
            resolved[name] = value
            continue
        try:
            resolved[target] = Path(value).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8"
            raise InputError(
                name, f"cannot read {value}: {reason}", f"Name a readable file, or set {target}."
            ) from None
    return resolved


def _refuse_unknown(variables: Mapping[str, str]) -> None:
    known = {variable(name): name for name in NAMES}
    for name in variables:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            remedy = f"Did you mean {close[0]}?" if close else "wirewatch check lists all settings."
            raise InputError(name, "no such setting", remedy)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if path == CONFIG_FILE:
            return {}
        raise InputError(str(path), "no such file", f"Create it, or unset {CONFIG_VARIABLE}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read: {error}", "Make it a readable UTF-8 file.") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), f"no valid TOML: {error}", "Mend the line that is named.") from None


def _parse(variables: Mapping[str, str]) -> dict[str, Any]:
    source = EnvSettingsSource(
        cast("type[BaseSettings]", Settings),  # it reads no more than the fields
        case_sensitive=False,
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        env_ignore_empty=True,
    )
    source.env_vars = {name.lower(): value for name, value in variables.items() if value}
    return source()


def _merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for name, value in high.items():
        below = merged.get(name)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[name] = _merge(below, value)
        else:
            merged[name] = value
    return merged


def _explain(error: ValidationError, variables: Mapping[str, str], path: Path) -> InputError:
    first = error.errors(include_url=False, include_input=False)[0]
    parts = [str(part) for part in first["loc"]]
    name = ".".join(parts)
    targets = [variable(".".join(parts[:depth])) for depth in (3, 2)]  # the setting itself, or all of its group
    place = next(
        (given for target in targets for given in variables if given == target or given.startswith(target + NESTED)),
        None,
    )
    problem = first["msg"].removeprefix("Value error, ")
    if first["type"] != "extra_forbidden":
        return InputError(place or f"{path}: {name}", problem, "Correct the value; wirewatch check shows all settings.")
    close = difflib.get_close_matches(name, NAMES, n=1)
    remedy = f"Did you mean {close[0]}?" if close else "wirewatch check lists all settings."
    return InputError(f"{path}: {name}", "no such setting", remedy)


def shown(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield every setting with its value as text, secrets masked."""
    for name in NAMES:
        value: Any = settings
        for part in name.split("."):
            value = getattr(value, part)
        yield name, _show(value)


def _show(value: object) -> str:
    if value is None or value == ():
        return "-"
    if isinstance(value, tuple):
        return ", ".join(_show(item) for item in value)
    return str(value)
