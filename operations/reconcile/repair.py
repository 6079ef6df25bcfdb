"""Inserts payments into replicas that miss them: first in the region that serves, and only if nothing changed since.

An insert is later than what clients stored meanwhile, so in the other region it would overwrite that (FACTS 1.6). In
the region that serves, it is refused if an item exists, and later requests find the inserted payment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contract.environment import PARTITION_KEY
from handlers.faults import error_code
from handlers.payments.logged_payment import LoggedPayment
from handlers.payments.model import StoredPayment, payment_key
from operations.errors import OperationError, one_line
from operations.reconcile.findings import Finding
from operations.reconcile.sources import TABLES, Place
from operations.reconcile.versions import read_item


class RepairOutcome(StrEnum):
    """The result of one insert, or of one line for the log."""

    INSERTED = "inserted"
    ALREADY_THERE = "already there"
    OTHER_CONTENT = "other content is there now"
    STOPPED = "not tried after that"
    WRITTEN = "written to the log"
    FAILED = "failed"

    @property
    def repaired(self) -> bool:
        """Return whether the target now holds the payment."""
        return self in {RepairOutcome.INSERTED, RepairOutcome.ALREADY_THERE, RepairOutcome.WRITTEN}


@dataclass(frozen=True)
class Repair:
    """One attempted insert, or one written line."""

    place: Place
    outcome: RepairOutcome
    reason: str = ""

    def document(self) -> dict[str, str]:
        """Return it as JSON holds it."""
        return {"place": self.place, "outcome": self.outcome, "reason": self.reason}


class WritableReplica:
    """One region's replica of the table. IAM: dynamodb:GetItem, dynamodb:PutItem on `payment#*`."""

    def __init__(self, client: Any, table: str) -> None:  # noqa: ANN401 — boto3 makes its classes at run time
        self._client = client
        self._table = table

    def get(self, transaction_id: str) -> dict[str, Any] | None:
        """Return the payment's current item."""
        answer = self._client.get_item(
            TableName=self._table, Key={PARTITION_KEY: {"S": payment_key(transaction_id)}}, ConsistentRead=True
        )
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def insert(self, stored: LoggedPayment) -> RepairOutcome:
        """Insert the payment as it was stored originally, with its region and timestamp."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=StoredPayment.from_item(stored.item()).item(),  # the functions' own form
                ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
            )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return RepairOutcome.ALREADY_THERE if self.holds(stored) else RepairOutcome.OTHER_CONTENT
        return RepairOutcome.INSERTED

    def holds(self, stored: LoggedPayment) -> bool:
        """Return whether exactly this version is stored."""
        item = self.get(stored.transaction_id)
        return item is not None and read_item(item) == stored


def repair(finding: Finding, replicas: Mapping[Place, WritableReplica], serving: Callable[[], Place]) -> list[Repair]:
    """Insert the wanted version into each replica that misses the payment; skip what a person must decide.

    Args:
        finding: The finding.
        replicas: Both replicas.
        serving: Returns the replica of the region that owns the writer now, or raises `OperationError`; called
            before each insert.
    """
    wanted, missing = finding.wanted, finding.repairable
    if wanted is None or not missing:
        return []
    try:
        first = serving()
        in_turn = sorted(TABLES, key=lambda place: place is not first)
        seen = {place for version in finding.versions if version.stored == wanted for place in version.places}
        for place in in_turn:  # the replica that held it must still hold it
            expected = place in seen or (place is first and place not in missing)
            if expected and not replicas[place].holds(wanted):
                return [Repair(place, RepairOutcome.OTHER_CONTENT), *_stopped(missing)]
    except (OperationError, BotoCoreError, ClientError) as error:
        return [Repair(place, RepairOutcome.FAILED, one_line(error)) for place in missing]
    done: list[Repair] = []
    for place in (each for each in in_turn if each in missing):
        try:
            if serving() is first:
                outcome, reason = replicas[place].insert(wanted), ""
            else:
                outcome, reason = RepairOutcome.FAILED, "another region serves now"
        except (OperationError, BotoCoreError, ClientError) as error:
            outcome, reason = RepairOutcome.FAILED, one_line(error)
        done.append(Repair(place, outcome, reason))
        if not outcome.repaired:
            break
    return [*done, *_stopped([place for place in missing if place not in {each.place for each in done}])]


def _stopped(places: tuple[Place, ...] | list[Place]) -> list[Repair]:
    return [Repair(place, RepairOutcome.STOPPED) for place in places]
