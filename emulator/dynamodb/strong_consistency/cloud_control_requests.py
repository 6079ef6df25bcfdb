# ruff: noqa: SLF001 — MiniStack offers no public seams
"""How Cloud Control speaks of global tables: rights, progress, errors."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import cloudcontrol

from emulator.patching import Answer

TYPE_NAME: Final = "AWS::DynamoDB::GlobalTable"

Operation = Literal["CREATE", "UPDATE", "DELETE"]

ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "CreateResource": (
        *("CreateTable", "CreateTableReplica", "CreateGlobalTableWitness", "UpdateTable", "DescribeTable"),
        *("UpdateContinuousBackups", "TagResource"),
    ),
    "GetResource": ("DescribeTable", "DescribeContinuousBackups", "ListTagsOfResource"),
    "UpdateResource": ("DescribeTable", "UpdateTable", "UpdateContinuousBackups", "TagResource", "UntagResource"),
    "DeleteResource": ("DescribeTable", "UpdateTable", "DeleteTable", "DeleteTableReplica", "DeleteGlobalTableWitness"),
}
"""What Cloud Control does with DynamoDB in its caller's name, the permissions of the resource type's schema."""


class FailedRequestError(Exception):
    """A request of Cloud Control fails, with one of its error codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_rights(action: str, identifier: str, access_key: str) -> None:
    """Make sure that the caller may do with DynamoDB what an action takes.

    Raises:
        FailedRequestError: It may not.
    """
    arn = f"arn:aws:dynamodb:{get_region()}:{get_account_id()}:table/{identifier}"
    for needed in ACTIONS[action]:
        name = f"dynamodb:{needed}"
        if iam_evaluator.enforce(access_key, name, "dynamodb", get_region(), resource_arn=arn) is not None:
            raise FailedRequestError("AccessDenied", f"The caller is not allowed to perform {name} on {arn}.")


def progress(
    operation: Operation,
    identifier: str,
    *,
    properties: Mapping[str, Any] | None = None,
    failure: FailedRequestError | None = None,
) -> Answer:
    """Return how far a request has come, which is its end, and keep it for who asks for its status."""
    event = cloudcontrol._progress_event(
        operation,
        "SUCCESS" if failure is None else "FAILED",
        type_name=TYPE_NAME,
        identifier=identifier,
        resource_model=None if properties is None else json.dumps(properties),
        status_message=None if failure is None else str(failure),
        error_code=None if failure is None else failure.code,
    )
    answer: Answer = json_response({"ProgressEvent": cloudcontrol._record_request(event)})
    return answer


def not_found(identifier: str) -> Answer:
    """Return the answer about a resource that is not there."""
    message = f"Resource of type '{TYPE_NAME}' with identifier '{identifier}' was not found."
    answer: Answer = error_response_json("ResourceNotFoundException", message, 400)
    return answer


def resource_key(identifier: str) -> str:
    """Return under which key MiniStack's Cloud Control keeps a global table."""
    return str(cloudcontrol._resource_key(TYPE_NAME, identifier))


def parsed(text: object) -> object:
    """Return what a JSON text says, None for none; requests carry documents as texts."""
    if not isinstance(text, str):
        return text
    try:
        value: object = json.loads(text)
    except ValueError:
        return None
    return value
