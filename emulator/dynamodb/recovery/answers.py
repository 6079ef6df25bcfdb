"""How DynamoDB answers requests about recovery."""

from typing import Any

from ministack.core.responses import error_response_json, json_response

from emulator.patching import Answer


class RecoveryRequestError(Exception):
    """A request is refused, with one of DynamoDB's error codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def answer(self) -> Answer:
        """The error as DynamoDB answers it."""
        refused: Answer = error_response_json(self.code, str(self), 400)
        return refused


def answered(shown: dict[str, Any]) -> Answer:
    """Return an answer of DynamoDB's."""
    answer: Answer = json_response(shown)
    return answer


def required(request: dict[str, Any], name: str) -> str:
    """Return a parameter that must be given.

    Raises:
        RecoveryRequestError: It is not.
    """
    value = request.get(name)
    if not isinstance(value, str) or not value:
        member = name[0].lower() + name[1:]
        raise RecoveryRequestError(
            "ValidationException",
            f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: "
            "Member must not be null",
        )
    return value
