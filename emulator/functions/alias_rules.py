# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Where an alias may point: MiniStack takes any version and any weights.

https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

from emulator.functions.aliases import Alias, Record, weights_of
from emulator.patching import Answer, wrap


def install() -> None:
    """Refuse what AWS refuses."""
    wrap(lambda_svc, "_create_alias", checked_when_created)
    wrap(lambda_svc, "_update_alias", checked_when_updated)


def refusal_of(function: Record, name: str, alias: Alias) -> Answer | None:
    """Return why AWS does not let an alias point where it would point; None when it does."""
    versions = function.get("versions") or {}
    for version in (alias.get("FunctionVersion"), *weights_of(alias)):
        if version != "$LATEST" and version not in versions:
            return _refused("ResourceNotFoundException", f"Function not found: {lambda_svc._func_arn(name)}:{version}")
    wrong = _wrong_with_weights(versions, str(alias.get("FunctionVersion")), weights_of(alias))
    return invalid(wrong) if wrong else None


def _wrong_with_weights(versions: Mapping[str, Record], main: str, weights: Mapping[str, float]) -> str | None:
    rules = (
        (len(weights) <= 1, "Number of items in AdditionalVersionWeights cannot be greater than 1"),
        (
            all(isinstance(weight, int | float) and 0 <= weight <= 1 for weight in weights.values()),
            "Value at 'routingConfig.additionalVersionWeights' must be between 0.0 and 1.0",
        ),
        (
            not weights or "$LATEST" not in (main, *weights),
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        (
            main not in weights,
            f"Invalid function version {main}. Function version {main} is already included in routing configuration.",
        ),
        (
            not weights or _same("Role", versions, main, *weights),
            "Specified versions must be associated with the same execution role",
        ),
        (
            not weights or _same("DeadLetterConfig", versions, main, *weights),
            "Specified versions must be associated with the same dead letter queue",
        ),
    )
    return next((message for kept, message in rules if not kept), None)


def _same(setting: str, versions: Mapping[str, Record], *numbers: str) -> bool:
    found = [versions[number]["config"].get(setting) for number in numbers if number in versions]
    return all(each == found[0] for each in found)


def checked_when_created(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """Look where a new alias points."""

    def create(name: str, data: Mapping[str, Any]) -> Answer:
        function = lambda_svc._functions.get(name)
        refused = None if function is None else refusal_of(function, name, {"FunctionVersion": "$LATEST", **data})
        return refused or original(name, data)

    return create


def checked_when_updated(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """Look where an alias would point; a stale revision comes before that."""

    def update(name: str, alias_name: str, data: Mapping[str, Any]) -> Answer:
        function = lambda_svc._functions.get(name) or {}
        alias = (function.get("aliases") or {}).get(alias_name)
        if alias is not None:
            changed = {key: value for key, value in data.items() if value is not None}
            stale = lambda_svc._check_revision(alias, changed)
            refused = stale or refusal_of(function, name, {**alias, **changed})
            if refused:
                return refused
            data = changed
        return original(name, alias_name, data)

    return update


def invalid(message: str) -> Answer:
    """Return the answer to a request with a wrong value."""
    return _refused("InvalidParameterValueException", message)


def _refused(code: str, message: str) -> Answer:
    answer: Answer = error_response_json(code, message, 404 if code.startswith("ResourceNotFound") else 400)
    return answer
