"""A site of names, a clock that never waits, and clients that answer from memory."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import EndpointConnectionError

from handlers.environment import Function
from operations.site import QueueKind, RegionSite, Role, Site

REGIONS = {Role.PRIMARY: "us-east-1", Role.STANDBY: "us-east-2"}


class Clock:
    """Time that passes only by waiting."""

    def __init__(self, scale: float = 1) -> None:
        self.scale = scale
        self.now = 0.0

    def time(self) -> float:
        return 1_800_000_000 + self.now / self.scale

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def site() -> Site:
    return Site(
        suffix="dev",
        table_name="payments-dev",
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
    )


class FakeAws:
    """Gives the clients that it was made of, by service and region; others cannot be reached."""

    def __init__(self, clients: Mapping[tuple[str, str], Any]) -> None:
        self._clients = clients

    def client(self, service: str, region: str) -> Any:
        return self._clients.get((service, region), Unreachable())

    def hurried(self, **_: float) -> "FakeAws":
        return self


class Unreachable:
    """A client of a region that is down."""

    def __getattr__(self, name: str) -> Any:
        def call(**_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://down")

        return call


class FakeTable:
    """A replica: its items by key."""

    def __init__(self, *payments: str, fenced: tuple[str, ...] = ()) -> None:
        self.items: dict[str, dict[str, Any]] = {f"payment#{each}": {"pk": {"S": each}} for each in payments}
        self.items |= {f"control#fence#{each}": {"fenced": {"BOOL": True}} for each in fenced}

    def get_item(self, *, Key: Mapping[str, Any], **_: object) -> dict[str, Any]:  # noqa: N803 — as boto3 has it
        item = self.items.get(Key["pk"]["S"])
        return {} if item is None else {"Item": item}
