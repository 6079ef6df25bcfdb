"""The fence of a region: the item that says whether the region may store payments, and the operations on it.

IAM: reading needs dynamodb:GetItem, setting and clearing dynamodb:UpdateItem, on `control#fence#<region>`.
"""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from handlers.clients import TableClient
from handlers.environment import FENCE_PREFIX, PARTITION_KEY
from handlers.faults import error_code


class MalformedFenceError(Exception):
    """The fence item does not say whether the region is fenced: unknown, so never taken for "open"."""


@dataclass(frozen=True)
class Fence:
    """A region's fence as one replica holds it; `epoch` grows with every change."""

    region: str
    fenced: bool = False
    epoch: int = 0
    reason: str = ""
    at: str = ""
    by: str = ""


@dataclass(frozen=True)
class FenceChange:
    """The fence after an operation; `changed` is false when it already was as wanted."""

    fence: Fence
    changed: bool


def read_fence(client: TableClient, table: str, region: str) -> Fence:
    """Read the fence from the client's own replica; a region without an item is not fenced.

    Raises:
        MalformedFenceError: The item does not say whether the region is fenced.
    """
    answer = client.get_item(TableName=table, Key=fence_key(region), ConsistentRead=True)
    return _fence(region, answer["Item"]) if "Item" in answer else Fence(region)


def set_fence(client: TableClient, table: str, region: str, *, reason: str, by: str, at: str) -> FenceChange:
    """Forbid the region to store payments."""
    condition = "attribute_not_exists(#fenced) OR #fenced = :before"
    return _change(client, table, Fence(region, fenced=True, reason=reason, by=by, at=at), condition)


def clear_fence(client: TableClient, table: str, region: str, *, reason: str, by: str, at: str) -> FenceChange:
    """Allow the region to store payments again."""
    return _change(client, table, Fence(region, fenced=False, reason=reason, by=by, at=at), "#fenced = :before")


def fence_key(region: str) -> dict[str, dict[str, str]]:
    """Give the key of the region's fence item."""
    return {PARTITION_KEY: {"S": f"{FENCE_PREFIX}{region}"}}


def _change(client: TableClient, table: str, wanted: Fence, condition: str) -> FenceChange:
    region = wanted.region
    try:
        answer = client.update_item(
            TableName=table,
            Key=fence_key(region),
            UpdateExpression="SET #fenced = :fenced, #reason = :reason, #by = :by, #at = :at ADD #epoch :one",
            ConditionExpression=condition,
            ExpressionAttributeNames={f"#{name}": name for name in ("fenced", "reason", "by", "at", "epoch")},
            ExpressionAttributeValues={
                ":fenced": {"BOOL": wanted.fenced},
                ":before": {"BOOL": not wanted.fenced},
                ":reason": {"S": wanted.reason},
                ":by": {"S": wanted.by},
                ":at": {"S": wanted.at},
                ":one": {"N": "1"},
            },
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error_code(error) != "ConditionalCheckFailedException":
            raise
        item: Any = error.response.get("Item")
        return FenceChange(_fence(region, item) if item else Fence(region), changed=False)
    return FenceChange(_fence(region, answer["Attributes"]), changed=True)


def _fence(region: str, item: dict[str, dict[str, Any]]) -> Fence:
    fenced = item.get("fenced", {}).get("BOOL")
    if not isinstance(fenced, bool):
        raise MalformedFenceError(f"the fence item of {region} does not say whether the region is fenced")
    return Fence(
        region=region,
        fenced=fenced,
        epoch=int(item.get("epoch", {}).get("N", "0")),
        reason=item.get("reason", {}).get("S", ""),
        at=item.get("at", {}).get("S", ""),
        by=item.get("by", {}).get("S", ""),
    )
