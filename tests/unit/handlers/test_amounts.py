"""Amounts are exact decimals, or refused."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.payments.model import Payment
from handlers.payments.queue import parse_message
from tests.unit.handlers.forms import attempt, parse, violations

AMOUNTS = st.integers(1, 10**12 - 1).map(lambda cents: Decimal(cents).scaleb(-2))


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
        ("1.001", "decimals"), ("10.500", "decimals"), ("0.001", "decimals"), ("1e-3", "decimals"),
        ("1e-999999999", "decimals"),
        ("1e400", "digits"), ("1e12", "digits"), ("1e999999999", "digits"), ('"1e999999999"', "digits"),
        ("1234567890123", "digits"), ("12345678901.23", "digits"), ("9" * 5000, "digits"),
        ("9999999999999.99", "digits"),
    ],
)  # fmt: skip
def test_a_bad_amount_is_named_with_its_rule(written: str, rule: str) -> None:
    assert violations(amount=written) == [("amount", rule)]


@given(amount=AMOUNTS, as_string=st.booleans())
def test_every_amount_survives_the_round_trip_through_answer_and_queue(amount: Decimal, *, as_string: bool) -> None:
    payment = parse(amount=f'"{amount:f}"' if as_string else f"{amount:f}")
    assert payment.amount == amount
    document = {**payment.document(), "region": "us-east-1", "acceptedAt": "now"}
    assert parse_message(json.dumps(document)).payment == payment


@given(st.floats() | st.integers() | st.text() | st.decimals().map(str))
def test_any_amount_is_exact_or_refused(value: float | str) -> None:
    written = json.dumps(value)
    payment = attempt(amount=written)
    if isinstance(payment, Payment):
        assert payment.amount == Decimal(json.loads(written, parse_float=str, parse_int=str))
        assert 0 < payment.amount < 10**12
    else:
        assert [field for field, _ in payment] == ["amount"]
