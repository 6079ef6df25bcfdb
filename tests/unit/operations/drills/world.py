"""A site of names, and clients that answer from memory."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from contract.environment import Function
from contract.outputs import QueueKind
from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer, WriterState
from operations.site import RegionSite, Site

REGIONS = {Role.PRIMARY: "us-east-1", Role.STANDBY: "us-east-2"}


def writer(
    owner: Role = Role.PRIMARY, kind: ClosingKind | None = None, *, epoch: int = 5, automatic: bool = True
) -> Writer:
    """Return a writer item; without a kind of closing it is open."""
    state = WriterState.CLOSING if kind else WriterState.OPEN
    return Writer(REGIONS[owner], epoch, state, kind, automatic=automatic, by="ticker", at="noon", reason="lost")


def site() -> Site:
    return Site(
        suffix="dev",
        table_name="payments-dev",
        control_table_name="payments-control-dev",
        witness_region="us-west-2",
        operations_role_arn="arn:aws:iam::123456789012:role/dr-operations-dev",
        regions={
            role: RegionSite(
                name=name,
                role=role,
                endpoint_url=f"https://{name}.api.example.com",
                execute_api_url=f"https://a1b2c3.execute-api.{name}.amazonaws.com/live",
                bucket_name=f"payments-{name}-dev",
                queue_urls={kind: f"https://sqs/{kind}-{name}" for kind in QueueKind},
                function_names={function: f"{function}-{name}-dev" for function in Function},
                alarm_names=(f"replication-lag-{name}-dev",),
            )
            for role, name in REGIONS.items()
        },
        failover_endpoint_url="https://api.example.com",
        replication_lag_threshold_seconds=20,
    )


class FakeAws:
    """Gives the clients that it was made of, by service and region; others cannot be reached."""

    def __init__(self, clients: Mapping[tuple[str, str], Any]) -> None:
        self._clients = clients

    def client(self, service: str, region: str) -> Any:
        return self._clients.get((service, region), Unreachable())

    def hurried(self, **_: object) -> "FakeAws":
        return self


class Unreachable:
    """A client of a region that is down."""

    def __getattr__(self, name: str) -> Any:
        def call(**_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://down")

        return call


class FakeTable:
    """A replica of both tables: its items by key."""

    def __init__(self, *payments: str, writer: Writer | None = None) -> None:
        self.items: dict[str, dict[str, Any]] = {f"payment#{each}": {"pk": {"S": each}} for each in payments}
        if writer is not None:
            self.items["writer"] = writer.item()

    def get_item(self, *, Key: Mapping[str, Any], **_: object) -> dict[str, Any]:  # noqa: N803 — as boto3 has it
        item = self.items.get(Key["pk"]["S"])
        return {} if item is None else {"Item": item}

    def put_item(
        self,
        *,
        Item: dict[str, Any],  # noqa: N803
        ExpressionAttributeValues: Mapping[str, Any],  # noqa: N803
        **_: object,
    ) -> None:
        before = self.items[Item["pk"]["S"]]
        if before["epoch"] != ExpressionAttributeValues[":epoch"]:
            code = {"Error": {"Code": "ConditionalCheckFailedException"}, "Item": before}
            raise ClientError(code, "PutItem")  # type: ignore[arg-type]
        self.items[Item["pk"]["S"]] = Item
