"""DynamoDB's update expressions, as far as the shipped code uses them: SET, ADD and REMOVE of whole attributes."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from simulation.primitives.errors import UnsupportedRequestError
from simulation.primitives.expressions import Names, Values

NewItem = dict[str, Mapping[str, Any]]
Change = Callable[[NewItem, Names, Values], None]

_CLAUSE = re.compile(r"\b(SET|ADD|REMOVE)\b")
_PATH = r"#?[A-Za-z_][A-Za-z0-9_]*"
_SET = re.compile(rf"({_PATH})\s*=\s*(:[A-Za-z0-9_]+)")
_SET_IF_ABSENT = re.compile(rf"({_PATH})\s*=\s*if_not_exists\(\s*({_PATH})\s*,\s*(:[A-Za-z0-9_]+)\s*\)")
_ADD = re.compile(rf"({_PATH})\s+(:[A-Za-z0-9_]+)")


def updated(request: Mapping[str, Any], item: Mapping[str, Any] | None) -> NewItem:
    """Return the item that a request makes of the item as it is."""
    new: NewItem = dict(item) if item is not None else dict(request["Key"])
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    for change in compiled_update(request["UpdateExpression"]):
        change(new, names, values)
    return new


@cache
def compiled_update(text: str) -> tuple[Change, ...]:
    """Return the expression as functions that change an item one after the other.

    Raises:
        UnsupportedRequestError: It uses what the simulation does not have.
    """
    first, *parts = _CLAUSE.split(text)
    if first.strip() or not parts:
        raise UnsupportedRequestError(f"the expression {text!r}")
    changes: list[Change] = []
    for clause, actions in zip(parts[::2], parts[1::2], strict=True):
        changes += [_change(clause, action.strip()) for action in re.split(r",(?![^(]*\))", actions)]
    return tuple(changes)


def _change(clause: str, action: str) -> Change:
    if clause == "SET" and (match := _SET.fullmatch(action)):
        return _set(match[1], match[2])
    if clause == "SET" and (match := _SET_IF_ABSENT.fullmatch(action)):
        return _set_if_absent(match[1], match[2], match[3])
    if clause == "ADD" and (match := _ADD.fullmatch(action)):
        return _add(match[1], match[2])
    if clause == "REMOVE" and re.fullmatch(_PATH, action):
        return _remove(action)
    raise UnsupportedRequestError(f"{clause} {action}")


def _set(path: str, value: str) -> Change:
    def change(item: NewItem, names: Names, values: Values) -> None:
        item[names[path] if path[0] == "#" else path] = values[value]

    return change


def _set_if_absent(path: str, other: str, value: str) -> Change:
    def change(item: NewItem, names: Names, values: Values) -> None:
        now = item.get(names[other] if other[0] == "#" else other)
        item[names[path] if path[0] == "#" else path] = values[value] if now is None else now

    return change


def _add(path: str, value: str) -> Change:
    def change(item: NewItem, names: Names, values: Values) -> None:
        name = names[path] if path[0] == "#" else path
        total = int(item.get(name, {"N": "0"})["N"]) + int(values[value]["N"])
        item[name] = {"N": str(total)}

    return change


def _remove(path: str) -> Change:
    def change(item: NewItem, names: Names, _: Values) -> None:
        item.pop(names[path] if path[0] == "#" else path, None)

    return change
