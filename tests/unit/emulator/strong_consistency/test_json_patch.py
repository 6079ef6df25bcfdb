"""JSON Patch, as Terraform's provider writes it."""

from typing import Any

import pytest

from emulator.dynamodb.strong_consistency.json_patch import BadPatchError, patched

DOCUMENT: dict[str, Any] = {"a": {"b": [1, 2]}, "c~/": 3}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/a/d", "value": 4}, {"a": {"b": [1, 2], "d": 4}, "c~/": 3}),
        ({"op": "add", "path": "/a/b/1", "value": 4}, {"a": {"b": [1, 4, 2]}, "c~/": 3}),
        ({"op": "add", "path": "/a/b/-", "value": 4}, {"a": {"b": [1, 2, 4]}, "c~/": 3}),
        ({"op": "replace", "path": "/a/b/1", "value": 4}, {"a": {"b": [1, 4]}, "c~/": 3}),
        ({"op": "remove", "path": "/a/b/0"}, {"a": {"b": [2]}, "c~/": 3}),
        ({"op": "replace", "path": "/c~0~1", "value": 4}, {"a": {"b": [1, 2]}, "c~/": 4}),
        ({"op": "remove", "path": "/a"}, {"c~/": 3}),
    ],
)
def test_changes(operation: dict[str, Any], expected: dict[str, Any]) -> None:
    assert patched(DOCUMENT, [operation]) == expected
    assert DOCUMENT == {"a": {"b": [1, 2]}, "c~/": 3}


@pytest.mark.parametrize(
    "operations",
    [
        "text",
        [{"op": "move", "path": "/a", "from": "/b"}],
        [{"op": "remove", "path": "/x"}],
        [{"op": "replace", "path": "/x", "value": 1}],
        [{"op": "replace", "path": "/a/b/2", "value": 1}],
        [{"op": "add", "path": "/a/b/3", "value": 1}],
        [{"op": "add", "path": "/a/b/c", "value": 1}],
        [{"op": "add", "path": "/c~0~1/x", "value": 1}],
        ["text"],
    ],
)
def test_bad_patches(operations: object) -> None:
    with pytest.raises(BadPatchError):
        patched(DOCUMENT, operations)
