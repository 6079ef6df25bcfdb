"""The errors that botocore raises, made as it makes them."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

_STATUS = {"InternalServerError": 500, "ServiceUnavailable": 503, "SlowDown": 503}
_BAD_REQUEST = 400


def aws_error(code: str, operation: str, **members: Any) -> ClientError:  # noqa: ANN401 -- as AWS's answers
    """Return the error for a refusal of AWS; `operation` in the form of `put_item`."""
    response: Any = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": _STATUS.get(code, _BAD_REQUEST), "RetryAttempts": 0},
        **members,
    }
    return ClientError(response, "".join(part.title() for part in operation.split("_")))


def condition_failed(operation: str, item: Mapping[str, Any] | None) -> ClientError:
    """Return the error for a condition that does not hold, with the item as it is if that was asked for."""
    members = {} if item is None else {"Item": item}
    return aws_error("ConditionalCheckFailedException", operation, **members)


class UnsupportedRequestError(Exception):
    """The shipped code asks for something that the simulation does not have; it must be added, never guessed."""
