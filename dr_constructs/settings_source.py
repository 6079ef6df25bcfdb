"""Where settings come from: `environments/<suffix>.toml`, and the environment, which overrides single values.

`ENVIRONMENT_SUFFIX` (default `dev`) picks the file; without a file the defaults serve. A variable `DR_<KEY>` overrides
one key: lists as JSON or separated by commas; an empty value takes an optional value away and empties a list.
Problems are returned as lines that name field, rule and value, so that all of them can be shown at once.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from dr_constructs import aws_limits

SUFFIX_VARIABLE = "ENVIRONMENT_SUFFIX"
DEFAULT_SUFFIX = "dev"
PREFIX = "DR_"
NOT_SETTINGS = ("DR_ROLE", "DR_OPERATOR", "DR_JOURNALS", "DR_OUTPUTS")
"""What else begins so: the options of `dr`, which a shell may export."""

_SUFFIX_KEY = "environment_suffix"
_LONGEST_VALUE = 120
_WORDING = (
    ("Value error, ", ""),
    ("Input should be", "must be"),
    ("a valid boolean", "true or false"),
    ("a valid integer", "an integer"),
    ("a valid ", "a "),
)
"""How pydantic's messages become the project's."""


def read(environ: Mapping[str, str], root: Path, model: type[BaseModel]) -> tuple[dict[str, Any], list[str]]:
    """Return the values found for the model's keys, and a line for everything that is not a key or cannot be read."""
    suffix = environ.get(SUFFIX_VARIABLE, DEFAULT_SUFFIX)
    keys = [key for key in model.model_fields if key != _SUFFIX_KEY]  # the suffix picks the file: no key of it
    problems: list[str] = []
    values: dict[str, Any] = {}
    if not aws_limits.suffix_problem(suffix):  # else it is refused with the rest, and names no file
        values |= _read_file(root / "environments" / f"{suffix}.toml", keys, problems)
    values |= _read_variables(environ, keys, model, problems)
    return {**values, _SUFFIX_KEY: suffix}, problems


def lines(error: ValidationError) -> list[str]:
    """Return a line for each value that the model refuses."""
    found = []
    for detail in error.errors(include_url=False):
        message = detail["msg"]
        for theirs, ours in _WORDING:
            message = message.replace(theirs, ours)
        if detail["loc"]:
            found.append(f"`{detail['loc'][0]}` {message}, got {_shown(detail['input'])}")
        else:  # values that do not fit together: the model wrote the lines
            found += message.splitlines()
    return found


def _read_file(path: Path, keys: Iterable[str], problems: list[str]) -> dict[str, Any]:
    shown = f"{path.parent.name}/{path.name}"
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        problems.append(f"{shown} cannot be read: {error.strerror}")
        return {}
    except (ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        problems.append(f"{shown} must be TOML in UTF-8: {error}")
        return {}
    problems += [
        f"`{key}` in {shown} must be a known key{_nearest(key, keys)}, got {_shown(value)}"
        for key, value in values.items()
        if key not in keys
    ]
    return {key: value for key, value in values.items() if key in keys}


def _read_variables(
    environ: Mapping[str, str], keys: Iterable[str], model: type[BaseModel], problems: list[str]
) -> dict[str, Any]:
    variables = {PREFIX + key.upper(): key for key in keys}
    values = {}
    for variable, text in sorted(environ.items()):
        if key := variables.get(variable):
            values[key] = _parse(text, model.model_fields[key].annotation)
        elif variable.startswith(PREFIX) and variable not in NOT_SETTINGS:
            rule = f"must be a known variable{_nearest(variable, [*variables, *NOT_SETTINGS])}"
            problems.append(f"`{variable}` {rule}, got {_shown(text)}")
    return values


def _parse(text: str, annotation: Any) -> object:  # noqa: ANN401 — annotations have no common type
    """Turn a variable's text into what TOML would have given; what makes no sense is left for the model to refuse."""
    optional = NoneType in get_args(annotation)
    if optional and not text:
        return None
    inner = get_args(annotation)[0] if optional else annotation
    if get_origin(inner) is Annotated:
        inner = get_args(inner)[0]
    if get_origin(inner) is list and not text.lstrip().startswith("["):
        return [part.strip() for part in text.split(",")] if text.strip() else []
    if get_origin(inner) is list or inner in (int, bool):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    return text


def _nearest(name: str, names: Iterable[str]) -> str:
    matches = get_close_matches(name, names, n=1)
    return f", perhaps `{matches[0]}`" if matches else ""


def _shown(value: object) -> str:
    text = value if isinstance(value, str) and value and value.isprintable() else json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
