"""A message of the dead letter queue, and the selection of messages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from handlers.payments.queue import REASON_ATTRIBUTE, parse_message
from handlers.payments.validation import InvalidPaymentError


@dataclass(frozen=True)
class Parked:
    """One message as SQS returns it."""

    message_id: str
    body: str
    receipt_handle: str
    attributes: Mapping[str, Mapping[str, Any]]
    """The message's own, which go back with it: the correlation id."""
    sent_at: float
    """When the payment was first queued: parking keeps it. Seconds since the epoch."""

    @classmethod
    def read(cls, message: Mapping[str, Any]) -> Self:
        """Read a message that was received with all its attributes."""
        return cls(
            message_id=message["MessageId"],
            body=message["Body"],
            receipt_handle=message["ReceiptHandle"],
            attributes={
                name: {key: value[key] for key in ("DataType", "StringValue", "BinaryValue") if key in value}
                for name, value in message.get("MessageAttributes", {}).items()
                if name != REASON_ATTRIBUTE  # the reason for parking is outdated
            },
            sent_at=int(message["Attributes"]["SentTimestamp"]) / 1000,
        )

    @cached_property
    def problem(self) -> str | None:
        """Why the retry worker can never store it, or None when it holds a valid payment."""
        try:
            parse_message(self.body)
        except InvalidPaymentError as error:
            return "; ".join(f"{each.field} {each.message}" for each in error.violations)
        return None

    @property
    def body_to_try_again(self) -> str:
        """The body with its attempt count reset; raises `InvalidPaymentError` when there is a problem."""
        return replace(parse_message(self.body), attempts=0).body()

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """The body's fields; empty when it is not a JSON object."""
        try:
            document = json.loads(self.body)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}


@dataclass(frozen=True)
class Selection:
    """A selection of messages; all by default."""

    ids: frozenset[str] = frozenset()
    """Transaction ids or message ids."""
    older_than: float = 0.0
    """Seconds since the payment was first queued."""
    fields: Mapping[str, str] | None = None
    """Values that fields of the payment must have, such as currency EUR."""

    def wants(self, parked: Parked, age: float) -> bool:
        """Return whether a message of that age (seconds) is selected."""
        if self.ids and self.ids.isdisjoint({parked.message_id, str(parked.fields.get("transactionId"))}):
            return False
        if age < self.older_than:
            return False
        return all(str(parked.fields.get(name)) == value for name, value in (self.fields or {}).items())
