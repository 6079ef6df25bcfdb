"""AWS's query protocol: nested values as dotted parameters in requests, as XML members in answers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

# Members that are no strings; which ones is in the service's model, and these are all that is read here.
_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "ActionsEnabled": "true".__eq__,
    "ReturnData": "true".__eq__,
    "Period": int,
    "ActionsSuppressorWaitPeriod": int,
    "ActionsSuppressorExtensionPeriod": int,
}


def request(params: Mapping[str, Any], data: Mapping[str, Any], *structured: bool) -> Mapping[str, Any]:
    """Return a request's structure, whether it came in a structured protocol (CBOR, JSON) or in the query protocol."""
    return data if any(structured) else structure(params)


def structure(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the nested request behind `Dimensions.member.1.Name=x` parameters; most scalars stay strings."""
    root: dict[str, Any] = {}
    for name, values in params.items():
        *path, last = name.split(".")
        node = root
        for part in path:
            node = node.setdefault(part, {})
        value = values[0] if isinstance(values, list) else values
        node[last] = _CONVERTERS.get(last, str)(value)
    return {name: _lists(value) for name, value in root.items()}


def _lists(node: Any) -> Any:  # noqa: ANN401 — any value of a request
    """Turn `{"member": {"1": …, "2": …}}` into a list."""
    if not isinstance(node, dict):
        return node
    if node.keys() == {"member"} and isinstance(node["member"], dict):
        return [_lists(node["member"][position]) for position in sorted(node["member"], key=int)]
    return {name: _lists(value) for name, value in node.items()}


def render(value: object, name: str = "") -> str:
    """Return a value as the XML of an answer; absent values (None) leave no element."""
    match value:
        case None:
            return ""
        case dict():
            return "".join(_element(key, render(each, key)) for key, each in value.items() if each is not None)
        case list():
            return "".join(_element("member", render(each)) for each in value)
        case bool():
            return str(value).lower()
        case int() | float() if name.endswith("Timestamp"):
            return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case _:
            return escape(str(value))


def _element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"
