"""The glass item: an operator's word that a region owns the writer while the control table has no quorum.

It lies in the region's own payments replica, and counts only while the control table does not answer.
IAM, on `control#glass#<region>`: dynamodb:GetItem reads it, dynamodb:PutItem breaks it, dynamodb:DeleteItem clears it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from contract.environment import GLASS_PREFIX, PARTITION_KEY
from handlers.clients import TableClient
from handlers.writer.item import Writer, WriterState


class GlassTableClient(TableClient, Protocol):
    """What clearing a glass uses of a DynamoDB client."""

    def delete_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Delete one item."""


@dataclass(frozen=True)
class Glass:
    """Broken glass: the region stores payments at this epoch while the control table does not answer."""

    region: str
    epoch: int
    by: str = ""
    reason: str = ""
    at: str = ""

    def writer(self) -> Writer:
        """Return the ownership that it stands for."""
        return Writer(
            region=self.region, epoch=self.epoch, state=WriterState.OPEN, by=self.by, reason=self.reason, at=self.at
        )


def glass_key(region: str) -> dict[str, dict[str, str]]:
    """Return the key of a region's glass item."""
    return {PARTITION_KEY: {"S": f"{GLASS_PREFIX}{region}"}}


def read_glass(client: TableClient, table: str, region: str) -> Glass | None:
    """Read the glass of a region from the client's own payments replica; None if it is not broken."""
    answer = client.get_item(TableName=table, Key=glass_key(region), ConsistentRead=True)
    return _glass(region, answer["Item"]) if "Item" in answer else None


def break_glass(client: TableClient, table: str, glass: Glass) -> None:
    """Write the glass item into the client's own payments replica."""
    texts = {"by": glass.by, "reason": glass.reason, "at": glass.at}
    client.put_item(
        TableName=table,
        Item={
            **glass_key(glass.region),
            "epoch": {"N": str(glass.epoch)},
            **{name: {"S": text} for name, text in texts.items()},
        },
    )


def clear_glass(client: GlassTableClient, table: str, glass: Glass) -> None:
    """Delete the glass item if it still is of that epoch.

    Raises:
        ClientError, BotoCoreError: The table does not answer, or the glass was broken again.
    """
    client.delete_item(
        TableName=table,
        Key=glass_key(glass.region),
        ConditionExpression="#epoch = :epoch",
        ExpressionAttributeNames={"#epoch": "epoch"},
        ExpressionAttributeValues={":epoch": {"N": str(glass.epoch)}},
    )


def _glass(region: str, item: Mapping[str, Mapping[str, Any]]) -> Glass | None:
    epoch = item.get("epoch", {}).get("N", "")
    if not epoch.isdigit():  # no epoch, no ownership
        return None
    texts = {name: item.get(name, {}).get("S", "") for name in ("by", "reason", "at")}
    return Glass(region, int(epoch), **texts)
