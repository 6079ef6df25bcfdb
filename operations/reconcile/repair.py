"""Inserts a payment into a replica that misses it, only if nothing is there: repeating it changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from handlers.environment import PARTITION_KEY
from handlers.faults import error_code
from handlers.payments.model import StoredPayment, payment_key
from operations.errors import one_line
from operations.reconcile.findings import Finding
from operations.reconcile.places import Place


class Outcome(StrEnum):
    """What came of one insert."""

    INSERTED = "inserted"
    ALREADY_THERE = "already there"
    OTHER_CONTENT = "other content is there now"
    FAILED = "failed"

    @property
    def mended(self) -> bool:
        """Return whether the replica now holds the payment."""
        return self in {Outcome.INSERTED, Outcome.ALREADY_THERE}


@dataclass(frozen=True)
class Repair:
    """One insert that was tried."""

    place: Place
    outcome: Outcome
    reason: str = ""

    def document(self) -> dict[str, str]:
        """Return it as JSON holds it."""
        return {"place": self.place, "outcome": self.outcome, "reason": self.reason}


class Replica:
    """One region's replica of the table. IAM: dynamodb:GetItem, dynamodb:PutItem on `payment#*`."""

    def __init__(self, client: Any, table: str) -> None:  # noqa: ANN401 — boto3 makes its classes at run time
        self._client = client
        self._table = table

    def get(self, transaction_id: str) -> dict[str, Any] | None:
        """Return the payment's item as it is now."""
        answer = self._client.get_item(
            TableName=self._table, Key={PARTITION_KEY: {"S": payment_key(transaction_id)}}, ConsistentRead=True
        )
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def insert(self, stored: StoredPayment) -> Outcome:
        """Insert the payment as it was stored elsewhere, with the region and the time of then."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=stored.item(),
                ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
            )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return Outcome.ALREADY_THERE if self._holds(stored) else Outcome.OTHER_CONTENT
        return Outcome.INSERTED

    def _holds(self, stored: StoredPayment) -> bool:
        item = self.get(stored.payment.transaction_id)
        return item is not None and read_item(item) == stored


def read_item(item: Mapping[str, Any]) -> StoredPayment | None:
    """Return the payment that an item holds, or None when it is none."""
    try:
        return StoredPayment.from_item(item)
    except (KeyError, ArithmeticError):
        return None


def repair(finding: Finding, replicas: Mapping[Place, Replica]) -> list[Repair]:
    """Insert the wanted version into each replica that misses the payment; what a human must decide is left alone."""
    wanted = finding.wanted
    if wanted is None:
        return []
    done = []
    for place in finding.repairable:
        try:
            done.append(Repair(place, replicas[place].insert(wanted)))
        except (BotoCoreError, ClientError) as error:
            done.append(Repair(place, Outcome.FAILED, one_line(error)))
    return done
