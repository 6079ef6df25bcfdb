"""Checks what a caller sent and turns it into a payment; names every field at fault."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from handlers.payments import card_numbers, exact_json
from handlers.payments.currencies import MINOR_UNITS
from handlers.payments.fields import ACCEPTED, FIELDS
from handlers.payments.model import Payment, significant_decimals
from handlers.payments.rules import RuleError

MAX_AMOUNT_DIGITS = 12
MOST_MINOR_UNITS = max(MINOR_UNITS.values())
MAX_NAME_LENGTH = 64

_TRANSACTION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# JSON's grammar for numbers, for strings too: Decimal itself would accept "1_000", "NaN", " 1 " and Arabic digits.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,9})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_REQUIRED = ("transactionId", "amount", "currency")

Check = Callable[[object], object]
"""Returns a field's value as a payment holds it; raises `RuleError`."""


@dataclass(frozen=True)
class FieldViolation:
    """One field that breaks one rule."""

    field: str
    rule: str
    message: str

    def document(self) -> dict[str, object]:
        """Give the violation in the shape of the API."""
        return {"field": self.field, "rule": self.rule, "message": self.message}


class InvalidPaymentError(Exception):
    """What was sent is no payment; `violations` names every field at fault."""

    def __init__(self, violations: list[FieldViolation]) -> None:
        self.violations = violations
        self.rules = sorted({violation.rule for violation in violations})
        super().__init__(", ".join(self.rules))


def invalid_body(rule: str, message: str) -> InvalidPaymentError:
    """Give the error for a body in which no field can be told apart."""
    return InvalidPaymentError([FieldViolation("body", rule, message)])


def is_transaction_id(value: object) -> bool:
    """Tell whether the value can be a transaction id; no such id can reach a control item."""
    return isinstance(value, str) and _TRANSACTION_ID.fullmatch(value) is not None


def parse_object(text: str) -> exact_json.JsonObject:
    """Read a JSON object.

    Raises:
        InvalidPaymentError: The text is not JSON, or JSON but no object.
    """
    try:
        value = exact_json.loads(text)
    except exact_json.InvalidJsonError as error:
        raise invalid_body("json", f"the body {error}") from None
    if not isinstance(value, exact_json.JsonObject):
        raise invalid_body("object", "the body must be a JSON object")
    return value


def parse_payment(fields: exact_json.JsonObject, *, allow_card_numbers: bool = False) -> Payment:
    """Check every field of a payment that a caller sent.

    Args:
        fields: The body's JSON object.
        allow_card_numbers: Whether the id and the further fields may contain card numbers.

    Raises:
        InvalidPaymentError: At least one field is missing, unknown, given twice or breaks its rule.
    """
    currency = fields.get("currency")
    minor_units = MINOR_UNITS.get(currency) if isinstance(currency, str) else None
    amount = partial(_check_amount, currency=currency, minor_units=minor_units)
    checks: dict[str, Check] = {**_CHECKS, "amount": amount, **{each.name: each.check for each in ACCEPTED}}
    if not allow_card_numbers:
        free = ("transactionId", *(each.name for each in ACCEPTED))
        checks.update({name: partial(_check_without_card_number, checks[name]) for name in free})
    return _parse(fields, checks, [*_REQUIRED, *(each.name for each in ACCEPTED if each.required)])


def parse_accepted_payment(fields: exact_json.JsonObject) -> Payment:
    """Check a payment that was answered 202: currencies, minor units and required fields may have been others then.

    Raises:
        InvalidPaymentError: No version of the API has accepted this.
    """
    own = {each.name: each.check for each in FIELDS}
    return _parse(fields, {**_CHECKS, "currency": _check_currency_code, **own}, _REQUIRED)


def _parse(fields: exact_json.JsonObject, checks: Mapping[str, Check], required: Sequence[str]) -> Payment:
    violations = [FieldViolation(_shown(name), "unique", "must be given once") for name in fields.duplicates]
    unknown = (name for name in fields if name not in checks)
    violations += [FieldViolation(_shown(name), "unknown", "is not a field of a payment") for name in unknown]
    values: dict[str, object] = {}
    for name, check in checks.items():
        if name in fields:
            try:
                values[name] = check(fields[name])
            except RuleError as error:
                violations.append(FieldViolation(name, error.rule, str(error)))
        elif name in required:
            violations.append(FieldViolation(name, "required", "is required"))
    if violations:
        raise InvalidPaymentError(violations)
    return _payment(values)


def _payment(values: Mapping[str, object]) -> Payment:
    amount = values["amount"]
    assert isinstance(amount, Decimal)  # noqa: S101 -- what _check_amount gives, told to the type checker
    return Payment(
        transaction_id=str(values["transactionId"]),
        amount=amount,
        currency=str(values["currency"]),
        details={each.name: str(values[each.name]) for each in FIELDS if values.get(each.name) is not None},
    )


def _check_transaction_id(value: object) -> str:
    if not isinstance(value, str):
        raise RuleError("type", "must be a string")
    if not is_transaction_id(value):
        raise RuleError("format", "must be 1 to 64 letters, digits, '_' or '-'")
    return value


def _check_without_card_number(check: Check, value: object) -> object:
    """Return what another check returns, which is a text, unless that holds a card number."""
    text = check(value)
    if isinstance(text, str) and card_numbers.holds_card_number(text):
        raise RuleError(card_numbers.RULE, "must not contain a card number")
    return text


def _check_currency(value: object) -> str:
    if not isinstance(value, str):
        raise RuleError("type", "must be a string")
    if value not in MINOR_UNITS:
        raise RuleError("currency", "must be an active ISO 4217 code in capital letters, such as EUR")
    return value


def _check_currency_code(value: object) -> str:
    if not isinstance(value, str) or _CURRENCY.fullmatch(value) is None:
        raise RuleError("currency", "must be three capital letters")
    return value


def _check_amount(value: object, *, currency: object = None, minor_units: int | None = None) -> Decimal:
    """Return the exact amount; without minor units, any currency's decimals are taken."""
    if isinstance(value, str):
        if _NUMBER.fullmatch(value) is None:
            raise RuleError("format", "must be a decimal number such as 10.50")
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise RuleError("type", "must be a number, or a string that holds a decimal number")
    if not value.is_finite():
        raise RuleError("finite", "must be a finite number")
    if value <= 0:
        raise RuleError("positive", "must be more than 0")
    decimals = significant_decimals(value)
    if decimals > (MOST_MINOR_UNITS if minor_units is None else minor_units):
        if minor_units is None:
            raise RuleError("decimals", f"must have at most {MOST_MINOR_UNITS} decimals")
        raise RuleError("decimals", f"must have at most {minor_units} decimals in {currency}")
    # Before the number is written out: 1e999999999 would fill the memory.
    if max(value.adjusted() + 1, 1) + decimals > MAX_AMOUNT_DIGITS:
        raise RuleError("digits", f"must have at most {MAX_AMOUNT_DIGITS} digits")
    return value.quantize(Decimal(1).scaleb(-max(decimals, minor_units or 0)))


def _shown(name: str) -> str:
    """Give a caller's name for a field in printable ASCII, cut to a length that fits an answer."""
    printable = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name[: MAX_NAME_LENGTH + 1])
    printable = printable.encode("ascii", "backslashreplace").decode("ascii")
    return printable if len(printable) <= MAX_NAME_LENGTH else f"{printable[:MAX_NAME_LENGTH]}..."


_CHECKS: dict[str, Check] = {
    "transactionId": _check_transaction_id,
    "amount": _check_amount,
    "currency": _check_currency,
}
