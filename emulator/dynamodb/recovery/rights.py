"""What recovery takes of IAM: the resources that requests name, and the rights that they need beyond their own action.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
"""

import json
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Final

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region

from emulator.dynamodb.recovery.answers import RecoveryRequestError

TARGET_TABLE: Final = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
"""What a restore does to the new table in its caller's name."""

EXPORT_OBJECTS: Final = ("PutObject", "PutObjectAcl", "AbortMultipartUpload")
"""What an export does to its objects in its caller's name."""

caller: ContextVar[str | None] = ContextVar("emulator_recovery_caller", default=None)
"""The access key of the request that is served; None for what the emulator does itself."""

May = Callable[[str, str], bool]
"""Whether the caller may perform an action on a resource."""

_NAMING: Final = ("TableArn", "SourceTableArn", "BackupArn", "ExportArn", "ImportArn")


def resource_named_in(body: bytes, region: str, account: str) -> str | None:
    """Return the table, backup, export or import that a request names in a way of its own; None without."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return None
    if not isinstance(request, dict):
        return None
    creation = request.get("TableCreationParameters")
    names = [request.get("SourceTableName"), creation.get("TableName") if isinstance(creation, dict) else None]
    if arn := next((request[name] for name in _NAMING if isinstance(request.get(name), str)), None):
        return str(arn)
    return next((table_arn(name, region, account) for name in names if isinstance(name, str)), None)


def table_arn(name: str, region: str, account: str) -> str:
    """Return the ARN of a table by its name or ARN."""
    return name if name.startswith("arn:") else f"arn:aws:dynamodb:{region}:{account}:table/{name}"


def may(action: str, resource: str) -> bool:
    """Return whether the caller of the request in scope may perform an action on a resource."""
    key = caller.get()
    service = action.partition(":")[0]
    return key is None or iam_evaluator.enforce(key, action, service, get_region(), resource_arn=resource) is None


def check(may: May, service: str, actions: Iterable[str], resource: str) -> None:
    """Make sure that the caller may perform actions on a resource.

    Raises:
        RecoveryRequestError: It may not; the first action is named.
    """
    for action in actions:
        name = f"{service}:{action}"
        if not may(name, resource):
            raise RecoveryRequestError(
                "AccessDeniedException", f"{_who()} is not authorized to perform: {name} on resource: {resource}"
            )


def check_target(may: May, table: str) -> None:
    """Make sure that the caller may write the table that a restore makes.

    Raises:
        RecoveryRequestError: It may not.
    """
    check(may, "dynamodb", TARGET_TABLE, table_arn(table, get_region(), get_account_id()))


def _who() -> str:
    return f"User: {iam_evaluator.caller_arn()}" if caller.get() else "The caller"
