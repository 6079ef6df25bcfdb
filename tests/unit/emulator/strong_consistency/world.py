"""A strongly consistent table in this process: the clock, the faults, MiniStack's services called without sockets."""

import asyncio
import contextlib
import json
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import pytest
from ministack.core.responses import get_account_id, request_scope
from ministack.services import cloudcontrol, dynamodb

from emulator.dynamodb import statements
from emulator.dynamodb.strong_consistency.cloud_control_requests import TYPE_NAME
from emulator.dynamodb.strong_consistency.service import StrongConsistency
from emulator.faults import ActiveFaults
from tests.strong_consistency_cases import PRIMARY, STANDBY, WITNESS
from tests.unit.emulator.time_machine import TimeMachine

LATENCY_SECONDS = 0.25
CATCH_UP_SECONDS = 5.0

_PATCHED = {
    dynamodb: (
        *("handle_request", "_replicate_write", "_table_description"),
        *("_partiql_insert", "_partiql_update", "_partiql_delete", "_execute_transaction"),
    ),
    cloudcontrol: ("handle_request",),
}
_numbers = count(1)


class RefusedRequestError(Exception):
    """A request is answered with an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class StrongWorld:
    """Strong consistency installed into MiniStack."""

    def __init__(self, *, scale: float = 1.0) -> None:
        self.clock = TimeMachine(scale=scale)
        self.faults = ActiveFaults()
        self.service = StrongConsistency(
            clock=self.clock,
            faults=self.faults,
            latency_seconds=LATENCY_SECONDS,
            catch_up_seconds=CATCH_UP_SECONDS,
        )
        statements.install()
        self.service.install()

    @staticmethod
    @contextlib.contextmanager
    def patched() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for module, names in _PATCHED.items():
                for name in names:
                    patch.setattr(module, name, getattr(module, name))
            yield

    def call(self, region: str, action: str, **request: Any) -> Any:
        """Serve a request to DynamoDB."""
        return asyncio.run(self.request(region, action, **request))

    async def request(self, region: str, action: str, **request: Any) -> Any:
        return await _served(dynamodb.handle_request, region, f"DynamoDB_20120810.{action}", request)

    def control(self, region: str, action: str, **request: Any) -> Any:
        """Serve a request to Cloud Control about a global table."""
        target = f"CloudApiService.{action}"
        return asyncio.run(_served(cloudcontrol.handle_request, region, target, {"TypeName": TYPE_NAME, **request}))

    def create(self, **changes: Any) -> str:
        """Make a table by Cloud Control; return its name."""
        document = desired_state(**changes)
        event = self.control(PRIMARY, "CreateResource", DesiredState=json.dumps(document))["ProgressEvent"]
        assert event["OperationStatus"] == "SUCCESS", event
        return str(event["Identifier"])

    def put(self, region: str, table: str, key: str, value: str, **more: Any) -> None:
        self.call(region, "PutItem", TableName=table, Item=item(key, value), **more)

    def value(self, region: str, table: str, key: str, *, strongly: bool = False) -> str | None:
        answer = self.call(region, "GetItem", TableName=table, Key=key_of(key), ConsistentRead=strongly)
        return answer["Item"]["value"]["S"] if "Item" in answer else None

    def isolate(self, region: str) -> None:
        self.faults.inject("region-isolated", region=region)


def item(key: str, value: str) -> dict[str, Any]:
    return {"pk": {"S": key}, "value": {"S": value}}


def key_of(key: str) -> dict[str, Any]:
    return {"pk": {"S": key}}


def desired_state(**changes: Any) -> dict[str, Any]:
    """Return the document of a table with a name of its own, or with something else in it."""
    return {
        "TableName": f"control-{next(_numbers)}",
        "BillingMode": "PAY_PER_REQUEST",
        "MultiRegionConsistency": "STRONG",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "Replicas": [replica(PRIMARY), replica(STANDBY)],
        "GlobalTableWitnesses": [{"Region": WITNESS}],
        **changes,
    }


def replica(region: str, *, protected: bool = False) -> dict[str, Any]:
    return {
        "Region": region,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": protected,
        "Tags": [{"Key": "Region", "Value": region}],
    }


async def _served(handle: Any, region: str, target: str, request: Mapping[str, Any]) -> Any:
    with request_scope(get_account_id(), region):
        status, _, body = await handle("POST", "/", {"x-amz-target": target}, json.dumps(request).encode(), {})
    answer = json.loads(body)
    if status >= 400:
        raise RefusedRequestError(answer["__type"], str(answer.get("message")))
    return answer
