"""A valid payment with some fields changed, and what is said of it."""

import json

from handlers.payments.model import Payment
from handlers.payments.validation import InvalidPaymentError, parse_object, parse_payment

BASE = {"transactionId": '"t-1"', "amount": "10.50", "currency": '"EUR"'}


def parse_text(text: str) -> Payment | list[tuple[str, str]]:
    """Give the payment, or the fields at fault with the rules they break."""
    try:
        return parse_payment(parse_object(text))
    except InvalidPaymentError as error:
        return [(violation.field, violation.rule) for violation in error.violations]


def attempt(**changed: str | None) -> Payment | list[tuple[str, str]]:
    """Parse a valid payment with some fields' JSON replaced, or left out where None."""
    fields = {name: text for name, text in {**BASE, **changed}.items() if text is not None}
    return parse_text("{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in fields.items()) + "}")


def parse(**changed: str | None) -> Payment:
    """Parse what must be a payment."""
    payment = attempt(**changed)
    assert isinstance(payment, Payment), payment
    return payment


def violations(**changed: str | None) -> list[tuple[str, str]]:
    """Parse what must be none, and give the fields at fault with their rules."""
    found = attempt(**changed)
    assert isinstance(found, list), found
    return found
