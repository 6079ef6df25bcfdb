"""What the functions' zip carries of the SDK's data: a few operations of a few services, and no documentation.

botocore reads the description of a service when it makes a client of it. Those of the SDK describe all that AWS can do,
megabytes of JSON for these services; the functions make a dozen kinds of calls, and a cold start reads what is left in
a fraction of the time. An operation that is not listed does not exist for the functions: calling it fails at once.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

SDK_OPERATIONS: Final[Mapping[str, frozenset[str]]] = {
    "apigateway": frozenset({"GetStage", "UpdateStage"}),
    "dynamodb": frozenset({"DeleteItem", "DescribeTable", "GetItem", "PutItem", "UpdateItem"}),
    "events": frozenset({"PutEvents"}),
    "lambda": frozenset({"GetAlias", "Invoke", "UpdateAlias"}),
    "s3": frozenset({"ListObjectsV2", "PutObject"}),
    "sqs": frozenset({"GetQueueAttributes", "SendMessage"}),
    "ssm": frozenset({"GetParameter"}),
}
"""The services and operations that the functions call; a test compares them with the functions' sources."""

_DATA = ("botocore", "data")
_RULES, _MODEL, _ENDPOINTS = "endpoint-rule-set-1.json", "service-2.json", "endpoints.json"
_SUPERSEDED = ("lambda", "2014-11-11")
"""botocore reads the newest description of a service; Lambda has an older one beside it."""

_CORRECTIONS = "service-2.sdk-extras.json"  # which botocore merges into the model


def is_sdk_data(path: PurePosixPath) -> bool:
    """Tell whether a bundled file is SDK data, which `trimmed` decides about."""
    return path.parts[: len(_DATA)] == _DATA


def is_used(path: PurePosixPath) -> bool:
    """Tell whether a file of SDK data says something about the services in use: neither paginators nor examples do."""
    below = path.parts[len(_DATA) :]
    if len(below) == 1:
        return True
    wanted = below[0] in SDK_OPERATIONS and below[:2] != _SUPERSEDED
    return wanted and _plain(path).name in {_RULES, _MODEL, _CORRECTIONS}


def trimmed(path: PurePosixPath, data: bytes) -> tuple[PurePosixPath, bytes]:
    """Return what stays of a file of SDK data that is used, uncompressed, under its plain name."""
    plain = _plain(path)
    document = json.loads(data if plain == path else gzip.decompress(data))
    if plain.name == _ENDPOINTS:
        document = _regional(document)
    if plain.name == _MODEL:
        document = _model(document, SDK_OPERATIONS[path.parts[len(_DATA)]])
    return plain, json.dumps(document, separators=(",", ":")).encode()


def _plain(path: PurePosixPath) -> PurePosixPath:
    return path.with_suffix("") if path.suffix == ".gz" else path


def _model(document: Mapping[str, Any], operations: Iterable[str]) -> dict[str, Any]:
    kept = {name: document["operations"][name] for name in sorted(operations)}
    return {
        "version": document["version"],
        "metadata": document["metadata"],
        "operations": _undocumented(kept),
        "shapes": _undocumented(_reachable(kept, document["shapes"])),
        # What fills in endpoint parameters, where the service has such.
        **{name: document[name] for name in ("clientContextParams",) if name in document},
    }


def _reachable(operations: object, shapes: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = _named_shapes(operations)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = shapes[name]
            waiting += _named_shapes(shapes[name])
    return found


def _named_shapes(node: object) -> list[str]:
    if isinstance(node, Mapping):
        own = [node["shape"]] if isinstance(node.get("shape"), str) else []
        return own + [name for value in node.values() for name in _named_shapes(value)]
    if isinstance(node, list):
        return [name for value in node for name in _named_shapes(value)]
    return []


def _undocumented(node: Any) -> Any:  # noqa: ANN401 — JSON
    if isinstance(node, Mapping):
        # A shape may have a member of that name, whose value is no text.
        return {
            key: _undocumented(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    return [_undocumented(value) for value in node] if isinstance(node, list) else node


def _regional(endpoints: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of regions and endpoints with the services in use alone."""
    partitions = [
        {
            **partition,
            "services": {name: each for name, each in partition["services"].items() if name in SDK_OPERATIONS},
        }
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}
