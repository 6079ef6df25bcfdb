"""What a request validator says of a body, as AWS words it."""

import pytest

from emulator.apigateway.validation_errors import validation_error

SCHEMA = {"type": "object", "required": ["amount", "id"], "properties": {"amount": {}, "id": {}}}
CLOSED = {**SCHEMA, "additionalProperties": False}


@pytest.mark.parametrize("body", [b"", b"{", None, b"[" * 100_000])
def test_a_body_that_is_no_json(body: bytes | None) -> None:
    assert validation_error(SCHEMA, body) == "[Unknown error parsing request body]"


@pytest.mark.parametrize(
    ("body", "kind"), [(b"[]", "array"), (b"1", "integer"), (b"true", "boolean"), (b"null", "null")]
)
def test_a_document_of_another_type(body: bytes, kind: str) -> None:
    assert validation_error(SCHEMA, body).startswith(f"[instance type ({kind}) does not match")


def test_missing_properties_are_named() -> None:
    assert validation_error(SCHEMA, b"{}") == '[object has missing required properties (["amount","id"])]'


def test_extra_properties_are_named_where_the_model_is_closed() -> None:
    body = b'{"amount": 1, "id": 2, "more": 3}'
    assert '["more"]' in validation_error(CLOSED, body)
    assert validation_error(SCHEMA, body) == "[]"
