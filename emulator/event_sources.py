# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Event source mappings: what they read and write is the function's role's to allow, and retries come to an end.

MiniStack polls queues and streams for every function, whatever its role says, and tries a stream's failed batch for
ever.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ministack.core.responses import get_region
from ministack.services import lambda_svc

from emulator.execution_role import ExecutionRole
from emulator.patching import Theirs, wrap

_NEEDED = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "dynamodb": ("DescribeStream", "GetRecords", "GetShardIterator"),
}
_SENDS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish"}

Mapping = dict[str, Any]


def install() -> None:
    """Make MiniStack's poller do what AWS's does."""
    wrap(lambda_svc, "_iter_all_esms", _only_allowed)
    wrap(lambda_svc, "_send_ddb_stream_failure_record", _sent_if_allowed)
    wrap(lambda_svc, "_execute_function", _tried_as_often_as_set)


def rights(source_arn: str) -> list[tuple[str, str]]:
    """Return the actions and resources that reading an event source takes; none for sources not known here."""
    service = source_arn.split(":")[2]
    needed = [(f"{service}:{action}", source_arn) for action in _NEEDED.get(service, ())]
    if service == "dynamodb":
        needed.append(("dynamodb:ListStreams", f"{source_arn.rpartition('/')[0]}/any"))
    return needed


def _only_allowed(original: Callable[[], Iterator[tuple[str, str, Mapping]]]) -> Theirs:
    def mappings() -> Iterator[tuple[str, str, Mapping]]:
        for account, region, mapping in original():
            function = lambda_svc._functions.get_scoped(account, region, mapping["FunctionName"])
            if function is None:
                continue
            role = ExecutionRole(function["config"], region)
            if all(role.allows(*needed) for needed in rights(mapping["EventSourceArn"])):
                yield account, region, mapping

    return mappings


def _sent_if_allowed(original: Callable[..., None]) -> Callable[..., None]:
    def send(mapping: Mapping, function: Theirs, *failure: Theirs) -> None:
        destination = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        if not destination:
            return
        role = ExecutionRole(function.get("config") or function, get_region())
        if role.allows(_SENDS[destination.split(":")[2]], destination):
            original(mapping, function, *failure)

    return send


def _tried_as_often_as_set(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    failures: Counter[tuple[str, str]] = Counter()  # by mapping and first record of the batch

    def execute(function: Theirs, event: Theirs, *more: Theirs, **options: Theirs) -> Theirs:
        result = original(function, event, *more, **options)
        mapping = _stream_mapping(function, event)
        if mapping is None:
            return result
        batch = event["Records"]
        attempts = (mapping["UUID"], str(batch[0]["dynamodb"]["SequenceNumber"]))
        if not result.get("error"):
            failures.pop(attempts, None)
            return result
        failures[attempts] += 1
        retries = mapping.get("MaximumRetryAttempts", -1)
        if retries < 0 or failures[attempts] <= retries:
            return result
        del failures[attempts]
        stream = mapping["EventSourceArn"]
        lambda_svc._send_ddb_stream_failure_record(mapping, function, batch, stream, result, "RetryAttemptsExhausted")
        return {**result, "error": False}  # the poller goes on with the next batch

    return execute


def _stream_mapping(function: Theirs, event: Theirs) -> Mapping | None:
    """Return the mapping that hands a batch of a table's stream to a function; None for any other invocation."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        return None
    source = records[0].get("eventSourceARN")
    name = (function.get("config") or function).get("FunctionName")
    for mapping in lambda_svc._esms.values():
        if mapping["FunctionName"] == name and mapping["EventSourceArn"] == source and ":dynamodb:" in str(source):
            found: Mapping = mapping
            return found
    return None
