"""A payment as the transaction log holds it: an envelope that stays as it is, and the content that a payment has.

Whoever reads logs needs the envelope alone. A new field of a payment is a new entry in `fields.py`, and nothing here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from contract.environment import KIND_ATTRIBUTE, PARTITION_KEY, PAYMENT_KIND, REGION_ATTRIBUTE
from handlers.payments import exact_json
from handlers.payments.fields import FIELDS
from handlers.payments.model import Item, StoredPayment, payment_key

CONTENT = {"amount": "N", "currency": "S", **{each.name: "S" for each in FIELDS}}
"""What a payment says beside its envelope: attributes of its item, with the types that DynamoDB gives them."""


class MalformedLineError(ValueError):
    """The line holds no payment, or its content is not the one that its digest was made of."""


@dataclass(frozen=True)
class LoggedPayment:
    """A payment with the region in which it began and the moment at which it was stored (ISO 8601, UTC)."""

    transaction_id: str
    region: str
    stored_at: str
    content: str
    """Canonical JSON of the attributes in `CONTENT` that the payment has, as DynamoDB writes them: `{type: value}`."""
    request_id: str = field(default="", compare=False)
    """The id of the API's request. Payments are equal without it: functions that do not know it yet log none."""

    @classmethod
    def from_item(cls, item: Item) -> "LoggedPayment":
        """Read an item of the table; equal payments are equal, however their numbers are written.

        Raises:
            KeyError, ArithmeticError, TypeError: The item is not a payment.
        """
        stored = StoredPayment.from_item(item)
        content = {name: {kind: _canonical(kind, item[name][kind])} for name, kind in CONTENT.items() if name in item}
        transaction_id = item["transactionId"]["S"]
        return cls(transaction_id, stored.region, stored.stored_at, exact_json.dumps(content), stored.request_id)

    @classmethod
    def from_line(cls, text: str) -> "LoggedPayment":
        """Read a line of the log.

        Raises:
            MalformedLineError: It holds no payment, or was changed.
        """
        try:
            line = exact_json.loads(text)
            if not isinstance(line, dict):
                raise MalformedLineError("a line must be a JSON object")
            content, request_id = exact_json.dumps(line["content"]), line.get("requestId", "")
            read = cls(line["id"], line["region"], line["storedAt"], content, request_id)
            same = cls.from_item(read.item())
            stated = line["digest"]
            if not isinstance(request_id, str):
                raise MalformedLineError("the request's id must be a string")
        except (KeyError, ArithmeticError, TypeError, AttributeError, ValueError) as error:
            raise MalformedLineError(f"the line is no payment: {type(error).__name__}") from error
        if stated != same.digest:
            raise MalformedLineError("the digest is not the content's")
        return same

    @property
    def digest(self) -> str:
        """The SHA-256 of the content."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def fields(self) -> Mapping[str, Mapping[str, str]]:
        """The content's attributes."""
        fields: dict[str, dict[str, str]] = exact_json.loads(self.content)  # type: ignore[assignment]  # written above
        return fields

    def item(self) -> dict[str, Mapping[str, str]]:
        """Return the item of the table."""
        return {
            PARTITION_KEY: {"S": payment_key(self.transaction_id)},
            KIND_ATTRIBUTE: {"S": PAYMENT_KIND},
            "transactionId": {"S": self.transaction_id},
            REGION_ATTRIBUTE: {"S": self.region},
            "storedAt": {"S": self.stored_at},
            **({"requestId": {"S": self.request_id}} if self.request_id else {}),
            **self.fields,
        }

    def line(self, **beside: str) -> str:
        """Return the line of the log, without its end; `beside` are fields that only people read."""
        line = {
            "content": self.fields,
            "digest": self.digest,
            "id": self.transaction_id,
            "region": self.region,
            "storedAt": self.stored_at,
            **({"requestId": self.request_id} if self.request_id else {}),
        }
        return exact_json.dumps({**line, **beside})


def _canonical(kind: str, value: str) -> str:
    """Write a number as equal numbers are written, whatever was lost or added at its end on the way."""
    return exact_json.dumps(Decimal(value)) if kind == "N" else value
