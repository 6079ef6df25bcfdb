"""Amounts are exact decimals, or refused."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.payments.currencies import MINOR_UNITS
from handlers.payments.model import Payment, StoredPayment
from handlers.payments.queue import parse_message
from tests.unit.handlers.forms import attempt, parse, violations

UNITS = st.integers(1, 10**12 - 1)
"""Amounts in the currency's smallest unit."""


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("10.50", "10.50"), ('"10.50"', "10.50"), ("10.5", "10.50"), ("1", "1.00"), ("0.01", "0.01"), ("1e2", "100.00"),
        ("1.05e1", "10.50"), ("1E-2", "0.01"), ("123456789012", "123456789012.00"),
        ('"123456789012.00"', "123456789012.00"),
        ("1234567890.12", "1234567890.12"), ("9999999999.99", "9999999999.99"), ("1e11", "100000000000.00"),
    ],
)  # fmt: skip
def test_amounts_are_exact(written: str, amount: str) -> None:
    payment = parse(amount=written)
    assert payment.amount == Decimal(amount)
    assert payment.document()["amount"] == amount
    assert payment.amount.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("true", "type"), ("false", "type"), ("null", "type"), ("[]", "type"), ("{}", "type"), ("[1]", "type"),
        ('""', "format"), ('" 1"', "format"), ('"1 "', "format"), ('"1\\n"', "format"), ('"1_000"', "format"),
        ('"1,00"', "format"), ('"+1"', "format"), ('".5"', "format"), ('"1."', "format"), ('"0x10"', "format"),
        ('"01"', "format"), ('"\u0661"', "format"), ('"\uff11"', "format"), ('"NaN"', "format"), ('"sNaN"', "format"),
        ('"Infinity"', "format"), ('"ten"', "format"), ('"\\ud800"', "format"), ('"\\u00001"', "format"),
        ("NaN", "finite"), ("Infinity", "finite"), ("-Infinity", "finite"), ("1e99999999999999999999", "finite"),
        ("0", "positive"), ("-0", "positive"), ("0.00", "positive"), ("-1", "positive"), ("-0.01", "positive"),
        ("-1e400", "positive"), ('"-5"', "positive"), ("0e999999999", "positive"),
        ("1.001", "decimals"), ("0.001", "decimals"), ("1e-3", "decimals"),
        ("1e-999999999", "decimals"),
        ("1e400", "digits"), ("1e12", "digits"), ("1e999999999", "digits"), ('"1e999999999"', "digits"),
        ("1234567890123", "digits"), ("12345678901.23", "digits"), ("9" * 5000, "digits"),
        ("9999999999999.99", "digits"),
    ],
)  # fmt: skip
def test_a_bad_amount_is_named_with_its_rule(written: str, rule: str) -> None:
    assert violations(amount=written) == [("amount", rule)]


@pytest.mark.parametrize(
    ("currency", "written", "amount"),
    [
        ("JPY", "10", "10"), ("JPY", "10.00", "10"), ("JPY", '"10.0"', "10"), ("JPY", "1e3", "1000"),
        ("KRW", "100", "100"), ("ISK", "5", "5"), ("UYI", "1", "1"), ("XOF", "123456789012", "123456789012"),
        ("KWD", "1.125", "1.125"), ("KWD", "0.001", "0.001"), ("BHD", "10.5", "10.500"), ("TND", "1", "1.000"),
        ("KWD", "123456789.125", "123456789.125"), ("CLF", "1.1234", "1.1234"),
        ("UYW", "12345678.1234", "12345678.1234"), ("EUR", "10.500", "10.50"),
    ],
)  # fmt: skip
def test_an_amount_has_the_decimals_of_its_currency(currency: str, written: str, amount: str) -> None:
    payment = parse(amount=written, currency=f'"{currency}"')
    assert payment.document()["amount"] == amount
    assert StoredPayment(payment, "us-east-1", "now").item()["amount"] == {"N": amount}


@pytest.mark.parametrize(
    ("currency", "written"),
    [
        ("JPY", "0.5"), ("JPY", "10.50"), ("KRW", "100.5"), ("ISK", "5.01"), ("EUR", "1.125"), ("KWD", "1.1255"),
        ("CLF", "1.12345"),
    ],
)  # fmt: skip
def test_no_amount_has_more_decimals_than_its_currency(currency: str, written: str) -> None:
    assert violations(amount=written, currency=f'"{currency}"') == [("amount", "decimals")]


def test_a_bad_amount_in_a_bad_currency_has_both_named() -> None:
    assert violations(amount="1.125", currency='"EURO"') == [("currency", "currency")]
    assert violations(amount="1.12345", currency='"EURO"') == [("amount", "decimals"), ("currency", "currency")]


def test_what_was_stored_with_more_decimals_than_the_currency_has_is_read_exactly() -> None:
    item = {**StoredPayment(parse(currency='"JPY"', amount="10"), "us-east-1", "now").item(), "amount": {"N": "10.5"}}
    assert StoredPayment.from_item(item).document()["amount"] == "10.5"


def test_what_was_stored_with_two_decimals_equals_the_same_amount_without() -> None:
    new = StoredPayment(parse(currency='"JPY"', amount="10"), "us-east-1", "now")
    old = StoredPayment.from_item({**new.item(), "amount": {"N": "10.00"}})
    assert old == new
    assert old.document() == new.document()


@pytest.mark.parametrize(("amount", "currency"), [("10.50", "JPY"), ("10.50", "BGN"), ("1.125", "KWD")])
def test_what_was_accepted_under_other_currencies_and_minor_units_is_still_worked_off(
    amount: str, currency: str
) -> None:
    document = {"transactionId": "t-1", "amount": amount, "currency": currency}
    queued = parse_message(json.dumps({**document, "region": "us-east-1", "acceptedAt": "now"}))
    assert (queued.payment.amount, queued.payment.currency) == (Decimal(amount), currency)


@given(units=UNITS, currency=st.sampled_from(sorted(MINOR_UNITS)), as_string=st.booleans())
def test_every_amount_survives_the_round_trip_through_answer_item_and_queue(
    units: int, currency: str, *, as_string: bool
) -> None:
    amount = Decimal(units).scaleb(-MINOR_UNITS[currency])
    payment = parse(amount=f'"{amount:f}"' if as_string else f"{amount:f}", currency=f'"{currency}"')
    assert payment.amount == amount
    document = {**payment.document(), "region": "us-east-1", "acceptedAt": "now"}
    assert parse_message(json.dumps(document)).payment == payment
    stored = StoredPayment(payment, "us-east-1", "now")
    assert StoredPayment.from_item(stored.item()) == stored


@given(st.floats() | st.integers() | st.text() | st.decimals().map(str))
def test_any_amount_is_exact_or_refused(value: float | str) -> None:
    written = json.dumps(value)
    payment = attempt(amount=written)
    if isinstance(payment, Payment):
        assert payment.amount == Decimal(json.loads(written, parse_float=str, parse_int=str))
        assert 0 < payment.amount < 10**12
    else:
        assert [field for field, _ in payment] == ["amount"]
