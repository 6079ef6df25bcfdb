"""What a payment is that differs from the restored one, and what a repair does with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class RestoreFindingKind(StrEnum):
    """The kinds of differences; docs/restoring.md says what each means."""

    DELETED = "deleted since"
    CHANGED = "changed since"
    SUSPICIOUS = "added, and sent by nobody"
    ANSWERED = "changed since, and a client was promised it"
    UNLOGGED = "added and answered, not logged"
    REPLICAS_DIFFER = "the replicas differ"
    UNJUDGED = "not judged"


class RepairAction(StrEnum):
    """What a repair does with one payment."""

    INSERT = "insert"
    OVERWRITE = "overwrite"
    REMOVE = "remove"
    KEEP = "keep"
    """Nothing: people decide."""


ACTIONS: Mapping[RestoreFindingKind, RepairAction] = {
    RestoreFindingKind.DELETED: RepairAction.INSERT,
    RestoreFindingKind.CHANGED: RepairAction.OVERWRITE,
    RestoreFindingKind.SUSPICIOUS: RepairAction.REMOVE,
}
"""The other kinds stay as they are."""


@dataclass(frozen=True)
class RestoreFinding:
    """A payment that a person must see, with what it should be and what it is."""

    transaction_id: str
    kind: RestoreFindingKind
    why: str = ""
    wanted: Mapping[str, Any] | None = None
    """The item that a repair puts there, as DynamoDB writes it."""
    seen: Mapping[str, Any] | None = None
    """The item that the region that serves holds; None if it holds none."""

    @property
    def action(self) -> RepairAction:
        """What a repair does with it."""
        return ACTIONS.get(self.kind, RepairAction.KEEP)

    def document(self) -> dict[str, Any]:
        """Return it as a line of the proposal holds it."""
        return {
            "action": self.action,
            "id": self.transaction_id,
            "kind": self.kind,
            "seen": self.seen,
            "wanted": self.wanted,
            "why": self.why,
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "RestoreFinding":
        """Return the finding of a proposal's line.

        Raises:
            KeyError, ValueError: The line is no finding.
        """
        return cls(
            document["id"],
            RestoreFindingKind(document["kind"]),
            document["why"],
            document["wanted"],
            document["seen"],
        )
