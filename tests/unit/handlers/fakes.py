"""In-memory stand-ins for AWS, the clock and Lambda; requests are checked against AWS's own model of the call."""

import io
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.validate import validate_parameters

from handlers.payments.gate import Gate
from handlers.payments.queue import RetryQueue
from handlers.payments.service import PaymentService
from handlers.payments.store import PaymentTable
from handlers.runtime import Clock
from handlers.telemetry import Telemetry

TABLE = "payments-test"
REGION = "us-east-1"
PEER = "us-east-2"
QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/retry"
SECRET = "sEcReT-4711"  # stands in every error text here, and must show up nowhere

_names = itertools.count()


@dataclass
class FakeTime:
    """A clock that stands still until told."""

    monotonic: float = 1000.0
    wall: float = 1_767_225_600.0  # 2026-01-01T00:00:00Z

    @property
    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.monotonic, wall=lambda: self.wall)

    def pass_(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds


def aws_error(code: str, operation: str = "PutItem", status: int = 400, **members: object) -> ClientError:
    """Give the error that botocore raises for an answer of AWS."""
    response = {
        "Error": {"Code": code, "Message": f"{code}: {SECRET}"},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
        **members,
    }
    return ClientError(response, operation)  # type: ignore[arg-type]


def throttled() -> ClientError:
    return aws_error("ProvisionedThroughputExceededException")


def timed_out() -> ReadTimeoutError:
    return ReadTimeoutError(endpoint_url=f"https://{SECRET}.example")


@cache
def _service_model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


class FakeClient:
    """Checks each request against the service's model, counts the calls, and fails when told to."""

    service = ""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failures: dict[str, list[Exception]] = {}
        self.before_call: Callable[[str], None] = lambda _: None

    def fail(self, method: str, error: Exception, times: int = 1000) -> None:
        self.failures[method] = [error] * times

    def calls_of(self, method: str) -> list[dict[str, Any]]:
        return [request for name, request in self.calls if name == method]

    def _receive(self, method: str, operation: str, request: dict[str, Any]) -> None:
        validate_parameters(request, _service_model(self.service).operation_model(operation).input_shape)
        self.calls.append((method, request))
        self.before_call(method)
        if self.failures.get(method):
            raise self.failures[method].pop()


class FakeTable(FakeClient):
    """One replica; knows exactly the conditions that the functions use, and refuses all others."""

    service = "dynamodb"

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, dict[str, Any]] = {}

    def get_item(self, **request: Any) -> dict[str, Any]:
        self._receive("get_item", "GetItem", request)
        assert request["ConsistentRead"] is True
        item = self.items.get(request["Key"]["pk"]["S"])
        return {} if item is None else {"Item": dict(item)}

    def put_item(self, **request: Any) -> dict[str, Any]:
        self._receive("put_item", "PutItem", request)
        key = request["Item"]["pk"]["S"]
        self._check(request, self.items.get(key))
        self.items[key] = dict(request["Item"])
        return {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        self._receive("update_item", "UpdateItem", request)
        key, values = request["Key"]["pk"]["S"], request["ExpressionAttributeValues"]
        old = self.items.get(key)
        self._check(request, old)
        expected = "SET #fenced = :fenced, #reason = :reason, #by = :by, #at = :at ADD #epoch :one"
        assert request["UpdateExpression"] == expected
        epoch = int((old or {}).get("epoch", {"N": "0"})["N"]) + 1
        new = {name: values[f":{name}"] for name in ("fenced", "reason", "by", "at")}
        self.items[key] = {"pk": {"S": key}, **(old or {}), **new, "epoch": {"N": str(epoch)}}
        return {"Attributes": dict(self.items[key])}

    def fence(self, region: str, *, fenced: bool = True) -> None:
        key = f"control#fence#{region}"
        self.items[key] = {"pk": {"S": key}, "fenced": {"BOOL": fenced}, "epoch": {"N": "1"}}

    def payments(self) -> dict[str, dict[str, Any]]:
        return {key: item for key, item in self.items.items() if key.startswith("payment#")}

    def _check(self, request: dict[str, Any], old: dict[str, Any] | None) -> None:
        condition, values = request.get("ConditionExpression"), request.get("ExpressionAttributeValues", {})
        if condition is None:
            holds = True
        elif condition == "attribute_not_exists(pk)":
            holds = old is None
        elif condition == "attribute_not_exists(pk) OR epochSeconds < :seconds":
            holds = old is None or int(old["epochSeconds"]["N"]) < int(values[":seconds"]["N"])
        elif condition == "attribute_not_exists(#fenced) OR #fenced = :before":
            holds = old is None or old["fenced"] == values[":before"]
        elif condition == "#fenced = :before":
            holds = old is not None and old["fenced"] == values[":before"]
        else:
            raise AssertionError(condition)
        if not holds:
            wants_old = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            members: dict[str, Any] = {"Item": dict(old)} if wants_old and old else {}
            raise aws_error("ConditionalCheckFailedException", **members)


class FakeQueue(FakeClient):
    """The retry queue."""

    service = "sqs"

    def send_message(self, **request: Any) -> dict[str, Any]:
        self._receive("send_message", "SendMessage", request)
        return {"MessageId": "1"}

    @property
    def bodies(self) -> list[str]:
        return [request["MessageBody"] for request in self.calls_of("send_message")]


class FakeBucket(FakeClient):
    """The bucket; remembers the order in which objects were written."""

    service = "s3"

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, bytes] = {}

    def put_object(self, **request: Any) -> dict[str, Any]:
        self._receive("put_object", "PutObject", request)
        self.objects[request["Key"]] = request["Body"]
        return {}


class FakeParameters(FakeClient):
    """The parameter store."""

    service = "ssm"

    def __init__(self, **values: str) -> None:
        super().__init__()
        self.values = values

    def get_parameter(self, **request: Any) -> dict[str, Any]:
        self._receive("get_parameter", "GetParameter", request)
        return {"Parameter": {"Value": self.values[request["Name"]]}}


class FakeContext:
    """Lambda's context object."""

    aws_request_id = "lambda-request"

    def __init__(self, remaining: int = 20_000) -> None:
        self.remaining = remaining

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining


@dataclass
class Logs:
    """A telemetry whose log lines can be read."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    def telemetry(self) -> Telemetry:
        # A name of its own each time: powertools keeps the handler of a logger that it has seen before.
        return Telemetry(REGION, service=f"test-{next(_names)}", namespace="PaymentsDR/test", stream=self.stream)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def text(self) -> str:
        return self.stream.getvalue()


@dataclass
class Payments:
    """The parts of a payment function over one fake replica; reads of the fence can fail apart from writes."""

    table: FakeTable = field(default_factory=FakeTable)
    queue: FakeQueue = field(default_factory=FakeQueue)
    time: FakeTime = field(default_factory=FakeTime)
    logs: Logs = field(default_factory=Logs)

    def __post_init__(self) -> None:
        self.probe = FakeTable()
        self.probe.items = self.table.items
        self.gate = Gate(self.probe, TABLE, REGION, self.time.clock)
        self.store = PaymentTable(self.table, TABLE, self.time.clock)
        self.service = PaymentService(table=self.store, gate=self.gate, region=REGION)
        self.retry_queue = RetryQueue(lambda: self.queue, QUEUE_URL, REGION, self.time.clock)


def emitted(output: str) -> dict[str, list[float]]:
    """Give the metrics that were published, by name, with the check that each has both dimensions."""
    found: dict[str, list[float]] = {}
    for line in output.splitlines():
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "PaymentsDR/test"
            assert sorted(directive["Dimensions"][0]) == ["Region", "service"]
            assert document["Region"] == REGION
            for metric in directive["Metrics"]:
                found.setdefault(metric["Name"], []).extend(document[metric["Name"]])
    return found
