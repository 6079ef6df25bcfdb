"""A payment as the caller means it, and as the table holds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from contract.environment import KIND_ATTRIBUTE, PARTITION_KEY, PAYMENT_KIND, PAYMENT_PREFIX, REGION_ATTRIBUTE
from handlers.payments.currencies import MINOR_UNITS
from handlers.payments.fields import FIELDS

Item = Mapping[str, Mapping[str, str]]
"""An item of the table as DynamoDB writes it: attribute name, then `{type: value}`."""


@dataclass(frozen=True)
class Payment:
    """What the caller sent, checked; two payments are equal when they mean the same."""

    transaction_id: str
    amount: Decimal  # more than 0
    currency: str
    details: Mapping[str, str] = field(default_factory=dict)  # the stored texts of `FIELDS`, by name

    def document(self) -> dict[str, object]:
        """Return the payment in the shape of the API, the amount as a string with the currency's decimals."""
        return {
            "transactionId": self.transaction_id,
            "amount": self.written_amount(),
            "currency": self.currency,
            **{each.name: each.read(self.details[each.name]) for each in FIELDS if each.name in self.details},
        }

    def written_amount(self) -> str:
        """Return the amount with the currency's decimals; with more, and exact, if it was stored under older rules."""
        decimals = max(MINOR_UNITS.get(self.currency, 2), significant_decimals(self.amount))
        return f"{self.amount:.{decimals}f}"


@dataclass(frozen=True)
class StoredPayment:
    """A payment in the table: in which region it began, and when it was stored (ISO 8601, UTC)."""

    payment: Payment
    region: str
    stored_at: str
    request_id: str = ""
    """The id of the request that asked for it, as in the API's access log; empty in items of older versions."""

    def document(self) -> dict[str, object]:
        """Return the stored payment in the shape of the API, which is also that of its receipt."""
        return {**self.payment.document(), "region": self.region, "storedAt": self.stored_at}

    def item(self) -> dict[str, dict[str, str]]:
        """Return the item of the table."""
        payment = self.payment
        return {
            **{name: {"S": text} for name, text in payment.details.items()},
            PARTITION_KEY: {"S": payment_key(payment.transaction_id)},
            KIND_ATTRIBUTE: {"S": PAYMENT_KIND},
            "transactionId": {"S": payment.transaction_id},
            "amount": {"N": payment.written_amount()},
            "currency": {"S": payment.currency},
            REGION_ATTRIBUTE: {"S": self.region},
            "storedAt": {"S": self.stored_at},
            **({"requestId": {"S": self.request_id}} if self.request_id else {}),
        }

    @classmethod
    def from_item(cls, item: Item) -> "StoredPayment":
        """Read an item of the table or an image of its stream.

        Raises:
            KeyError: The item is not a payment.
        """
        payment = Payment(
            transaction_id=item["transactionId"]["S"],
            amount=Decimal(item["amount"]["N"]),
            currency=item["currency"]["S"],
            details={each.name: item[each.name]["S"] for each in FIELDS if each.name in item},
        )
        return cls(
            payment=payment,
            region=item[REGION_ATTRIBUTE]["S"],
            stored_at=item["storedAt"]["S"],
            request_id=item.get("requestId", {}).get("S", ""),
        )


def payment_key(transaction_id: str) -> str:
    """Return the partition key under which the payment is stored."""
    return f"{PAYMENT_PREFIX}{transaction_id}"


def significant_decimals(amount: Decimal) -> int:
    """Return how many decimals a finite number has but for zeros at its end, computed without writing it out."""
    _, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 -- finite, told to the type checker
    significant = len("".join(map(str, digits)).rstrip("0"))
    return max(0, -exponent - len(digits) + significant)
