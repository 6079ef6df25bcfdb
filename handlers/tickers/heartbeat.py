"""The heartbeats: one item a region in the payments table, read in the other; they measure replication (FACTS 1.3).

IAM: writing needs dynamodb:PutItem, reading dynamodb:GetItem, on `control#heartbeat#<region>`.
"""

from dataclasses import dataclass

from contract.environment import HEARTBEAT_PREFIX, PARTITION_KEY
from handlers.clients import TableClient
from handlers.runtime import timestamp


@dataclass(frozen=True)
class Heartbeat:
    """When a region last said that it lives (seconds since the epoch), and which release it runs."""

    epoch_seconds: float
    release: str


def heartbeat_key(region: str) -> dict[str, dict[str, str]]:
    """Return the key of the region's heartbeat item."""
    return {PARTITION_KEY: {"S": f"{HEARTBEAT_PREFIX}{region}"}}


def put_heartbeat(client: TableClient, table: str, region: str, *, release: str, now: float) -> None:
    """Write that the region lives."""
    moment = {"at": {"S": timestamp(now)}, "epochSeconds": {"N": str(int(now))}}
    client.put_item(TableName=table, Item={**heartbeat_key(region), **moment, "release": {"S": release}})


def read_heartbeat(client: TableClient, table: str, region: str) -> Heartbeat | None:
    """Read the region's last heartbeat as it has reached the client's own replica; None if there never was one."""
    item = client.get_item(TableName=table, Key=heartbeat_key(region), ConsistentRead=True).get("Item")
    return Heartbeat(float(item["epochSeconds"]["N"]), item["release"]["S"]) if item else None
