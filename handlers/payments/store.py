"""The payments in the table: one conditional insert, one consistent read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from contract.environment import PARTITION_KEY
from handlers.clients import TableClient
from handlers.faults import error_code, table_access
from handlers.payments.model import Payment, StoredPayment, payment_key
from handlers.runtime import Clock


class Outcome(StrEnum):
    """What became of a payment."""

    STORED = "stored"
    REPLAYED = "replayed"  # the same payment was stored before
    CONFLICT = "conflict"  # another payment was stored under its id
    QUEUED = "queued"  # durable in the retry queue


@dataclass(frozen=True)
class Receipt:
    """The outcome; the payment as the table holds it unless it was queued or is another one; why it was queued."""

    outcome: Outcome
    stored: StoredPayment | None = None
    cause: Exception | None = None

    def document(self) -> dict[str, object]:
        """Return the stored payment in the shape of the API."""
        if self.stored is None:
            raise ValueError(f"a payment that is {self.outcome} is not in the table")
        return self.stored.document()


class PaymentTable:
    """The own region's replica of the table, as far as payments go."""

    def __init__(self, client: TableClient, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def insert(self, payment: Payment, *, began_in: str, request_id: str = "") -> Receipt:
        """Store the payment unless its id is taken; one call tells stored, replayed and conflict apart.

        Raises:
            TableUnavailableError: Throttled or not reached; the payment may or may not be stored.
        """
        new = StoredPayment(payment, region=began_in, stored_at=self._clock.timestamp(), request_id=request_id)
        try:
            with table_access():
                self._client.put_item(
                    TableName=self._table,
                    Item=new.item(),
                    ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return _taken(new, error.response)
        return Receipt(Outcome.STORED, new)

    def get(self, transaction_id: str) -> StoredPayment | None:
        """Read the payment, or None if there is none.

        Raises:
            TableUnavailableError: Throttled or not reached.
        """
        with table_access():
            answer = self._client.get_item(
                TableName=self._table,
                Key={PARTITION_KEY: {"S": payment_key(transaction_id)}},
                ConsistentRead=True,
            )
        return StoredPayment.from_item(answer["Item"]) if "Item" in answer else None


def _taken(new: StoredPayment, response: Any) -> Receipt:  # noqa: ANN401
    old = StoredPayment.from_item(response["Item"])
    if old.payment != new.payment:
        return Receipt(Outcome.CONFLICT)
    # The SDK repeats an attempt whose answer was lost; what that attempt stored is no replay.
    if old == new and response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0:
        return Receipt(Outcome.STORED, old)
    return Receipt(Outcome.REPLAYED, old)
