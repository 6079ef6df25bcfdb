# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Event source mappings: what they read and write is the function's role's to allow, and retries come to an end.

MiniStack polls queues and streams for every function, whatever its role says, and tries a stream's failed batch for
ever, as a whole. https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-errors.html
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ministack.core.responses import get_region
from ministack.services import lambda_svc

from emulator.functions.execution_role import ExecutionRole, policies_of
from emulator.patching import Theirs, wrap

_NEEDED = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "dynamodb": ("DescribeStream", "GetRecords", "GetShardIterator"),
}
_SENDS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish"}

_REMEMBERED_SECONDS: Final = 0.5
"""For how long a role's rights are not worked out again while its policies say the same: the poller looks three times
in a pass, up to twenty times a second, and only a condition on the time could make a difference."""

SourceMapping = dict[str, Any]
Record = dict[str, Any]
BatchSent = Callable[[str, Record], None]
"""Takes a function's name and the last record of a batch that it is about to be given."""


def install(batch_sent: BatchSent) -> None:
    """Make MiniStack's poller do what AWS's does; `batch_sent` is told of each batch that a function is given."""
    wrap(lambda_svc, "_iter_all_esms", AllowedSources().among)
    wrap(lambda_svc, "_send_ddb_stream_failure_record", _sent_if_allowed)
    wrap(lambda_svc, "_execute_function", StreamBatches(batch_sent).around)


def rights(source_arn: str) -> list[tuple[str, str]]:
    """Return the actions and resources that reading an event source takes; none for sources not known here."""
    service = source_arn.split(":")[2]
    needed = [(f"{service}:{action}", source_arn) for action in _NEEDED.get(service, ())]
    if service == "dynamodb":
        needed.append(("dynamodb:ListStreams", f"{source_arn.rpartition('/')[0]}/any"))
    return needed


_Mapping = tuple[str, str, str, str]
"""The account, region, function and source of a mapping."""


@dataclass(frozen=True)
class _Decision:
    """Whether a role with its policies, which it is about, lets its function read a source."""

    about: tuple[str, list[Theirs]]
    at: float
    allowed: bool


class AllowedSources:
    """Leaves out the mappings whose function may not read its source."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._known: dict[_Mapping, _Decision] = {}
        """What was decided about the mappings of the last pass."""

    def among(self, original: Callable[[], Iterator[tuple[str, str, SourceMapping]]]) -> Theirs:
        """Yield the mappings that are allowed."""

        def mappings() -> Iterator[tuple[str, str, SourceMapping]]:
            known: dict[_Mapping, _Decision] = {}
            for account, region, mapping in original():
                function = lambda_svc._functions.get_scoped(account, region, mapping["FunctionName"])
                if function is not None:
                    key = account, region, mapping["FunctionName"], mapping["EventSourceArn"]
                    known[key] = self._decision(key, function["config"])
                    if known[key].allowed:
                        yield account, region, mapping
            self._known = known

        return mappings

    def _decision(self, mapping: _Mapping, configuration: Theirs) -> _Decision:
        account, region, _, source = mapping
        role_arn = str(configuration["Role"])
        policies = policies_of(account, role_arn)
        known, now = self._known.get(mapping), self._now()
        if known and known.about == (role_arn, policies) and now - known.at < _REMEMBERED_SECONDS:
            return known
        role = ExecutionRole(configuration, region)
        return _Decision((role_arn, policies), now, all(role.allows(*needed) for needed in rights(source)))


def _sent_if_allowed(original: Callable[..., None]) -> Callable[..., None]:
    def send(mapping: SourceMapping, function: Theirs, *failure: Theirs) -> None:
        destination = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        if not destination:
            return
        role = ExecutionRole(function.get("config") or function, get_region())
        if role.allows(_SENDS[destination.split(":")[2]], destination):
            original(mapping, function, *failure)

    return send


class StreamBatches:
    """Hands a stream's batches to functions, splits those that fail as their mapping says, and gives them up in time.

    MiniStack offers a batch again and again until it is done with, perhaps with newer records at its end.
    """

    def __init__(self, batch_sent: BatchSent) -> None:
        self._batch_sent = batch_sent
        self._unfinished: dict[str, _Unfinished] = {}
        """By the mapping's id."""

    def around(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        """Let the parts of a batch be executed one after the other; other events are left alone."""

        def execute(function: Theirs, event: Theirs, *more: Theirs, **options: Theirs) -> Theirs:
            mapping = _stream_mapping(function, event)
            if mapping is None:
                return original(function, event, *more, **options)

            def run(records: list[Record]) -> Theirs:
                self._batch_sent(mapping["FunctionName"], records[-1])
                return original(function, {**event, "Records": records}, *more, **options)

            return self._run(mapping, function, event["Records"], run)

        return execute

    def _run(
        self, mapping: SourceMapping, function: Theirs, batch: list[Record], run: Callable[[list[Record]], Theirs]
    ) -> Theirs:
        unfinished = self._unfinished.pop(mapping["UUID"], None)
        if unfinished is None or unfinished.first != _number(batch[0]):
            unfinished = _Unfinished(first=_number(batch[0]), seen=0)
        unfinished.take(batch)
        while True:
            part = unfinished.parts[0]
            result = run(part.records)
            if result.get("error"):
                # What did not reach the function is no failure of the function: such batches are never given up.
                if result.get("throttle") or not unfinished.fail(mapping):
                    self._unfinished[mapping["UUID"]] = unfinished
                    return result
                stream = mapping["EventSourceArn"]
                lambda_svc._send_ddb_stream_failure_record(
                    mapping, function, part.records, stream, result, "RetryAttemptsExhausted"
                )
            del unfinished.parts[0]
            if not unfinished.parts:
                return {**result, "error": False}  # the poller goes on with the next batch


@dataclass
class _Part:
    """Records that a function is given together, and how often it has failed on them."""

    records: list[Record]
    failures: int = 0


@dataclass
class _Unfinished:
    """What is left of a batch, oldest first; `first` and `seen` are sequence numbers."""

    first: int
    seen: int
    parts: list[_Part] = field(default_factory=list)

    def take(self, batch: list[Record]) -> None:
        """Add the records that were not there the last time."""
        fresh = [record for record in batch if _number(record) > self.seen]
        if fresh:
            self.parts.append(_Part(fresh))
            self.seen = _number(fresh[-1])

    def fail(self, mapping: SourceMapping) -> bool:
        """Note that the first part has failed; return whether it is to be given up.

        A part that can be split is: that costs none of the retries.
        """
        part = self.parts[0]
        if mapping.get("BisectBatchOnFunctionError") and len(part.records) > 1:
            half = (len(part.records) + 1) // 2
            halves = part.records[:half], part.records[half:]
            self.parts[:1] = [_Part(records, part.failures) for records in halves]
            return False
        part.failures += 1
        retries = int(mapping.get("MaximumRetryAttempts", -1))
        return 0 <= retries < part.failures


def _number(record: Record) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


def _stream_mapping(function: Theirs, event: Theirs) -> SourceMapping | None:
    """Return the mapping that hands a batch of a table's stream to a function; None for any other invocation."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        return None
    source = records[0].get("eventSourceARN")
    name = (function.get("config") or function).get("FunctionName")
    for mapping in lambda_svc._esms.values():
        if mapping["FunctionName"] == name and mapping["EventSourceArn"] == source and ":dynamodb:" in str(source):
            found: SourceMapping = mapping
            return found
    return None
