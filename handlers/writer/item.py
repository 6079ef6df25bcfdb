"""The writer item as the control table holds it: who owns the right to store payments, and whether it may be used.

IAM: reading needs dynamodb:GetItem on `writer` of the control table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contract.environment import PARTITION_KEY, WRITER_KEY
from handlers.clients import TableClient


class MalformedWriterError(Exception):
    """The writer item does not say who owns it and whether it is open: unknown, so never taken for "open"."""


class WriterState(StrEnum):
    """Whether the owner may store payments."""

    OPEN = "open"
    CLOSING = "closing"  # nobody stores


class ClosingKind(StrEnum):
    """Why the writer is closed, which decides who may open it again."""

    PLANNED = "planned"  # the owner is the source; the destination opens, or the source's ticker undoes
    TAKEOVER = "takeover"  # the owner is the region that takes over, and opens once it has settled
    HELD = "held"  # by an operator: never undone or taken over automatically


@dataclass(frozen=True)
class Writer:
    """The right to store payments at one epoch; no time in it is ever compared with a clock."""

    region: str
    """The owner."""
    epoch: int
    """Grows by one with every change."""
    state: WriterState
    kind: ClosingKind | None = None
    """Set only while closing."""
    destination: str | None = None
    """The region that is to own the writer next; set only while a planned closing lasts."""
    seconds: int | None = None
    """How long a planned closing announced to take."""
    automatic: bool = True
    """Whether a takeover may happen unattended."""
    automatic_changes: int = 0
    """Unattended changes since an operator's last one."""
    switches_automatic: bool = False
    """Whether all that this epoch changed is `automatic`: for people only."""
    by: str = ""
    reason: str = ""
    at: str = ""
    """When the author wrote it, by its own clock: for people only."""
    change_id: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether the owner may store payments."""
        return self.state is WriterState.OPEN

    def allows(self, region: str) -> bool:
        """Return whether the region may store payments."""
        return self.is_open and self.region == region

    def document(self) -> dict[str, object]:
        """Return what a caller may learn: owner, epoch, state and, while closing, its kind."""
        document: dict[str, object] = {"region": self.region, "epoch": self.epoch, "state": self.state}
        return document if self.kind is None else {**document, "kind": self.kind}

    def item(self) -> dict[str, dict[str, Any]]:
        """Return the item of the control table."""
        optional: dict[str, dict[str, Any]] = {}
        if self.kind is not None:
            optional["kind"] = {"S": self.kind}
        if self.destination is not None:
            optional["destination"] = {"S": self.destination}
        if self.seconds is not None:
            optional["seconds"] = {"N": str(self.seconds)}
        if self.switches_automatic:
            optional["switches_automatic"] = {"BOOL": True}
        return {
            **writer_key(),
            "region": {"S": self.region},
            "epoch": {"N": str(self.epoch)},
            "state": {"S": self.state},
            **optional,
            "automatic": {"BOOL": self.automatic},
            "automatic_changes": {"N": str(self.automatic_changes)},
            "by": {"S": self.by},
            "reason": {"S": self.reason},
            "at": {"S": self.at},
            "change_id": {"S": self.change_id},
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Mapping[str, Any]]) -> "Writer":
        """Read an item of the control table.

        Raises:
            MalformedWriterError: It does not say who owns the writer and whether it is open.
        """
        try:
            state = WriterState(item["state"]["S"])
            kind = ClosingKind(item["kind"]["S"]) if "kind" in item else None
            if (state is WriterState.CLOSING) is (kind is None):
                raise MalformedWriterError(f"the writer item is {state} of kind {kind}")
            return cls(
                region=item["region"]["S"],
                epoch=int(item["epoch"]["N"]),
                state=state,
                kind=kind,
                destination=item["destination"]["S"] if "destination" in item else None,
                seconds=int(item["seconds"]["N"]) if "seconds" in item else None,
                automatic=bool(item["automatic"]["BOOL"]),
                automatic_changes=int(item.get("automatic_changes", {}).get("N", "0")),
                switches_automatic=bool(item.get("switches_automatic", {}).get("BOOL", False)),
                by=item.get("by", {}).get("S", ""),
                reason=item.get("reason", {}).get("S", ""),
                at=item.get("at", {}).get("S", ""),
                change_id=item.get("change_id", {}).get("S", ""),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise MalformedWriterError(f"the writer item lacks or misspells {error}") from error


def writer_key() -> dict[str, dict[str, str]]:
    """Return the key of the writer item."""
    return {PARTITION_KEY: {"S": WRITER_KEY}}


def read_writer(client: TableClient, table: str) -> Writer | None:
    """Read the writer item with a strongly consistent read; None if there is none yet, which means nobody stores.

    Raises:
        MalformedWriterError: The item does not say who owns the writer.
        ClientError, BotoCoreError: The control table does not answer, or has no quorum.
    """
    # An isolated replica answers other reads with old truths (FACTS 1.10).
    answer = client.get_item(TableName=table, Key=writer_key(), ConsistentRead=True)
    return Writer.from_item(answer["Item"]) if "Item" in answer else None
