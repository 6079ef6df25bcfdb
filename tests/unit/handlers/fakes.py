"""In-memory stand-ins for AWS, the clock and Lambda; requests are checked against AWS's own model of the call."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.validate import validate_parameters

from handlers.runtime import Clock
from handlers.writer.item import Writer
from tests.unit.fake_clock import FakeClock

TABLE = "payments-test"
CONTROL_TABLE = "payments-control-test"
REGION = "us-east-1"
PEER = "us-east-2"
QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/retry"
SECRET = "sEcReT-4711"  # stands in every error text here, and must show up nowhere


Tables = dict[str, dict[str, dict[str, Any]]]
"""Items by table and key."""


def function_clock(clock: FakeClock) -> Clock:
    """Return a fake clock as functions take it."""
    return Clock(monotonic=clock.monotonic, wall=clock.time, sleep=clock.sleep)


def aws_error(code: str, operation: str = "PutItem", status: int = 400, **members: object) -> ClientError:
    """Return the error that botocore raises for an answer of AWS."""
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
        self.is_strict = True
        """Whether requests are checked: it takes longer than all the rest."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failures: dict[str, list[Exception]] = {}
        self.before_call: Callable[[str], None] = lambda _: None

    def fail(self, method: str, error: Exception, times: int = 1000) -> None:
        self.failures[method] = [error] * times

    def calls_of(self, method: str) -> list[dict[str, Any]]:
        return [request for name, request in self.calls if name == method]

    def _receive(self, method: str, operation: str, request: dict[str, Any]) -> None:
        if self.is_strict:
            validate_parameters(request, _service_model(self.service).operation_model(operation).input_shape)
        self.calls.append((method, request))
        self.before_call(method)
        if self.failures.get(method):
            raise self.failures[method].pop()


class FakeEvents(FakeClient):
    """An EventBridge client; keeps what it took."""

    service = "events"

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[dict[str, str]] = []
        self.refuses = False

    def put_events(self, **request: Any) -> dict[str, Any]:
        self._receive("put_events", "PutEvents", request)
        if self.refuses:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
        self.taken += request["Entries"]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}


class FakeTable(FakeClient):
    """A DynamoDB client of one region; knows exactly the expressions that the functions use, and refuses all others."""

    service = "dynamodb"

    def __init__(self, tables: Tables | None = None) -> None:
        super().__init__()
        self.tables: Tables = defaultdict(dict) if tables is None else tables
        self.down: set[str] = set()
        """Tables that do not answer this client."""

    @property
    def items(self) -> dict[str, dict[str, Any]]:
        """The payments table's."""
        return self.tables[TABLE]

    @property
    def control(self) -> dict[str, dict[str, Any]]:
        """The control table's."""
        return self.tables[CONTROL_TABLE]

    def get_item(self, **request: Any) -> dict[str, Any]:
        items = self._items("get_item", "GetItem", request)
        assert request["ConsistentRead"] is True
        item = items.get(request["Key"]["pk"]["S"])
        return {} if item is None else {"Item": dict(item)}

    def put_item(self, **request: Any) -> dict[str, Any]:
        items = self._items("put_item", "PutItem", request)
        key = request["Item"]["pk"]["S"]
        self._check(request, items.get(key))
        items[key] = dict(request["Item"])
        return {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        items = self._items("update_item", "UpdateItem", request)
        key, values = request["Key"]["pk"]["S"], request["ExpressionAttributeValues"]
        self._check(request, items.get(key))
        item = {"pk": {"S": key}, **items.get(key, {})}
        expression = request["UpdateExpression"]
        if "ADD" not in expression:
            for assignment in expression.removeprefix("SET ").split(", "):
                match = re.fullmatch(r"#(\w+) = (:\w+)", assignment)
                assert match, expression
                item[request["ExpressionAttributeNames"][f"#{match[1]}"]] = values[match[2]]
            items[key] = item
            return {}
        assert expression in {"ADD #count :one", "SET #at = :at ADD #count :one"}
        if "SET" in expression:
            item["at"] = values[":at"]
        item["count"] = {"N": str(int(item.get("count", {"N": "0"})["N"]) + 1)}
        items[key] = item
        return {}

    def delete_item(self, **request: Any) -> dict[str, Any]:
        items, key = self._items("delete_item", "DeleteItem", request), request["Key"]["pk"]["S"]
        self._check(request, items.get(key))
        items.pop(key, None)
        return {}

    def set_writer(self, writer: Writer | None) -> None:
        """Put the writer item as it is, past all rules."""
        self.control.pop("writer", None)
        if writer is not None:
            self.control["writer"] = writer.item()

    @property
    def writer(self) -> Writer:
        return Writer.from_item(self.control["writer"])

    def proof(self, region: str) -> int:
        return int(self.control.get(f"proof#{region}", {"count": {"N": "0"}})["count"]["N"])

    def payments(self) -> dict[str, dict[str, Any]]:
        return {key: item for key, item in self.items.items() if key.startswith("payment#")}

    def keys_of(self, method: str) -> list[str]:
        """Return the keys of the items that were asked for."""
        return [(request.get("Key") or request["Item"])["pk"]["S"] for request in self.calls_of(method)]

    def _items(self, method: str, operation: str, request: dict[str, Any]) -> dict[str, dict[str, Any]]:
        self._receive(method, operation, request)
        if request["TableName"] in self.down:
            raise timed_out()
        return self.tables[request["TableName"]]

    def _check(self, request: dict[str, Any], old: dict[str, Any] | None) -> None:
        condition, values = request.get("ConditionExpression"), request.get("ExpressionAttributeValues", {})
        names = request.get("ExpressionAttributeNames", {})

        def holds(one: str) -> bool:
            if one == "attribute_not_exists(pk)":
                return old is None
            match = re.fullmatch(r"#(\w+) = (:\w+)", one)
            assert match, condition
            return old is not None and old.get(names[f"#{match[1]}"]) == values[match[2]]

        # AND binds closer.
        if condition is not None and not any(all(map(holds, each.split(" AND "))) for each in condition.split(" OR ")):
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
        self.modified: dict[str, datetime] = {}
        self.page_size = 1000

    def put_object(self, **request: Any) -> dict[str, Any]:
        self._receive("put_object", "PutObject", request)
        self.objects[request["Key"]] = request["Body"]
        return {}

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        """List a page as S3 does: keys, or folders where there is a delimiter."""
        self._receive("list_objects_v2", "ListObjectsV2", request)
        prefix, delimiter = request["Prefix"], request.get("Delimiter")
        found = sorted(key for key in self.objects if key.startswith(prefix))
        if delimiter:
            rest = [key.removeprefix(prefix) for key in found]
            found = sorted({f"{prefix}{each.split(delimiter)[0]}{delimiter}" for each in rest if delimiter in each})
        start = int(request.get("ContinuationToken", 0))
        page = found[start : start + min(request.get("MaxKeys", self.page_size), self.page_size)]
        more = start + len(page) < len(found)
        told = (
            {"CommonPrefixes": [{"Prefix": each} for each in page]}
            if delimiter
            else {"Contents": [{"Key": each, "LastModified": self.modified[each]} for each in page]}
        )
        return {**told, "IsTruncated": more, **({"NextContinuationToken": str(start + len(page))} if more else {})}


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
    function_version = "1"

    def __init__(self, remaining: int = 20_000) -> None:
        self.remaining = remaining

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining
