"""The epochs of the writer item as each region's ticker saw them, kept so that people can read what happened.

IAM: recording needs dynamodb:PutItem, reading dynamodb:GetItem, on `epoch#<region>#*` of the control table.
"""

from dataclasses import dataclass

from contract.environment import EPOCH_PREFIX, PARTITION_KEY
from handlers.clients import TableClient
from handlers.writer.item import Writer


@dataclass(frozen=True)
class RecordedEpoch:
    """The writer at one epoch, and when (ISO 8601, by its own clock) the region's ticker saw it."""

    writer: Writer
    seen_by: str
    seen_at: str


def record_epoch(client: TableClient, table: str, record: RecordedEpoch) -> None:
    """Write what the region's ticker saw; writing it again changes nothing that matters."""
    key = _epoch_key(record.seen_by, record.writer.epoch)
    client.put_item(TableName=table, Item={**record.writer.item(), **key, "seenAt": {"S": record.seen_at}})


def read_epoch(client: TableClient, table: str, region: str, epoch: int) -> RecordedEpoch | None:
    """Read an epoch as a region's ticker recorded it; None if it never saw it.

    Raises:
        MalformedWriterError: The record does not say who owned the writer.
    """
    item = client.get_item(TableName=table, Key=_epoch_key(region, epoch), ConsistentRead=True).get("Item")
    return RecordedEpoch(Writer.from_item(item), region, item.get("seenAt", {}).get("S", "")) if item else None


def _epoch_key(region: str, epoch: int) -> dict[str, dict[str, str]]:
    return {PARTITION_KEY: {"S": f"{EPOCH_PREFIX}{region}#{epoch}"}}
