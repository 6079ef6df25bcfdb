"""JSON Patch (RFC 6902), as far as Cloud Control's updates need it; MiniStack's knows no arrays."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

_CHANGES = ("add", "remove", "replace")


class BadPatchError(ValueError):
    """A patch cannot be applied; the message is one line that says why."""


def patched(document: Mapping[str, Any], operations: object) -> dict[str, Any]:
    """Return a document after a patch; the given one is left as it is.

    Raises:
        BadPatchError: The patch is none, does something else than add, remove and replace, or names what is not there.
    """
    result: dict[str, Any] = copy.deepcopy(dict(document))
    if not isinstance(operations, Sequence) or isinstance(operations, str):
        raise BadPatchError("a patch is an array of operations")
    for operation in operations:
        if not isinstance(operation, dict) or operation.get("op") not in _CHANGES:
            raise BadPatchError(f"an operation of a patch is one of {', '.join(_CHANGES)}, got {operation!r}")
        path = str(operation.get("path", ""))
        *parents, name = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]] or [""]
        try:
            place: Any = result
            for part in parents:
                place = place[int(part)] if isinstance(place, list) else place[part]
            _change(place, operation["op"], name, operation.get("value"))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise BadPatchError(f"{path!r} is not in the document") from error
    return result


def _change(place: Any, change: str, name: str, value: object) -> None:  # noqa: ANN401 — any JSON
    if isinstance(place, list):
        position = len(place) if name == "-" and change == "add" else int(name)
        if not 0 <= position <= len(place) - (change != "add"):
            raise IndexError(name)
        if change != "add":
            del place[position]
        if change != "remove":
            place.insert(position, value)
    elif change == "add":
        place[name] = value
    else:
        del place[name]
        if change == "replace":
            place[name] = value
