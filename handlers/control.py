"""The control items beside the fence: a region's heartbeat, and when payments last began there.

Ages are measured against the reader's clock; Lambda's clocks differ by milliseconds, the limits here are minutes.
"""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from handlers.clients import TableClient
from handlers.environment import ACTIVITY_PREFIX, HEARTBEAT_PREFIX, PARTITION_KEY
from handlers.faults import error_code
from handlers.runtime import timestamp

Key = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Heartbeat:
    """When a region last said that it lives (seconds since the epoch), and which release it runs."""

    epoch_seconds: float
    release: str


def heartbeat_key(region: str) -> Key:
    """Give the key of the region's heartbeat item."""
    return {PARTITION_KEY: {"S": f"{HEARTBEAT_PREFIX}{region}"}}


def put_heartbeat(client: TableClient, table: str, region: str, *, release: str, now: float) -> None:
    """Say that the region lives. IAM: dynamodb:PutItem."""
    client.put_item(TableName=table, Item={**heartbeat_key(region), **_moment(now), "release": {"S": release}})


def read_heartbeat(client: TableClient, table: str, region: str) -> Heartbeat | None:
    """Read the region's last heartbeat, or None if there never was one. IAM: dynamodb:GetItem."""
    item = client.get_item(TableName=table, Key=heartbeat_key(region), ConsistentRead=True).get("Item")
    return Heartbeat(float(item["epochSeconds"]["N"]), item["release"]["S"]) if item else None


def note_activity(client: TableClient, table: str, region: str, at: float) -> None:
    """Note that a payment began in the region at that time, unless a later one is noted. IAM: dynamodb:PutItem."""
    try:
        client.put_item(
            TableName=table,
            Item={**_activity_key(region), **_moment(at)},
            ConditionExpression=f"attribute_not_exists({PARTITION_KEY}) OR epochSeconds < :seconds",
            ExpressionAttributeValues={":seconds": _moment(at)["epochSeconds"]},
        )
    except ClientError as error:
        if error_code(error) != "ConditionalCheckFailedException":
            raise


def read_activity(client: TableClient, table: str, region: str) -> float | None:
    """Read when a payment last began in the region (seconds since the epoch). IAM: dynamodb:GetItem."""
    item = client.get_item(TableName=table, Key=_activity_key(region), ConsistentRead=True).get("Item")
    return float(item["epochSeconds"]["N"]) if item else None


def _activity_key(region: str) -> Key:
    return {PARTITION_KEY: {"S": f"{ACTIVITY_PREFIX}{region}"}}


def _moment(seconds: float) -> dict[str, dict[str, str]]:
    return {"at": {"S": timestamp(seconds)}, "epochSeconds": {"N": str(int(seconds))}}
