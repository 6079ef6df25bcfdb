# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Request validation says what is wrong: MiniStack leaves `$context.error.validationErrorString` as it stands."""

import json
from collections.abc import Callable

from ministack.services import apigateway_v1

from emulator.patching import Theirs, wrap

_VARIABLE = b"$context.error.validationErrorString"
_JSON_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


def install() -> None:
    """Fill the variable in."""
    wrap(apigateway_v1, "_check_request_validation", _noting_what_is_wrong)
    wrap(apigateway_v1, "_gateway_error_response", _saying_what_is_wrong)


def _noting_what_is_wrong(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    """Remember what the model refuses, for the gateway response."""

    def check(
        method: Theirs, api_id: str, request: dict[str, Theirs], headers: Theirs, body: Theirs, query: Theirs
    ) -> Theirs:
        error = original(method, api_id, request, headers, body, query)
        if error is not None and error.response_type == "BAD_REQUEST_BODY":
            model = (method.get("requestModels") or {}).get("application/json")
            request["validation_error"] = validation_error(apigateway_v1._model_schema(api_id, model) or {}, body)
        return error

    return check


def _saying_what_is_wrong(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    """Fill the variable in, escaped for the quotes that a template puts around it, as AWS does."""

    def respond(error: Theirs, request: dict[str, Theirs]) -> Theirs:
        status, headers, body = original(error, request)
        text = json.dumps(request.get("validation_error", ""))[1:-1]
        return status, headers, body.replace(_VARIABLE, text.encode())

    return respond


def validation_error(schema: dict[str, Theirs], body: Theirs) -> str:
    """Return AWS's text for a body that is no JSON, of another type, or lacks or adds properties."""
    try:
        document = json.loads(body)
    except (TypeError, ValueError, RecursionError):
        return "[Unknown error parsing request body]"
    if not isinstance(document, dict):
        kind = _JSON_TYPES.get(type(document), "null")
        return f'[instance type ({kind}) does not match any allowed primitive type (allowed: ["object"])]'
    errors = []
    extra = sorted(set(document) - set(schema.get("properties", {})))
    if extra and schema.get("additionalProperties") is False:
        errors.append(f"object instance has properties which are not allowed by the schema: {_listed(extra)}")
    if missing := sorted(set(schema.get("required", [])) - set(document)):
        errors.append(f"object has missing required properties ({_listed(missing)})")
    return f"[{', '.join(errors)}]"


def _listed(names: list[str]) -> str:
    return json.dumps(names, separators=(",", ":"), ensure_ascii=False)
