"""A line of the transaction log: an envelope, and a content that cannot be changed unnoticed."""

import json
from decimal import Decimal

import pytest

from contract.environment import KIND_ATTRIBUTE, PARTITION_KEY, REGION_ATTRIBUTE
from handlers.payments.logged_payment import CONTENT, LoggedPayment, MalformedLineError
from handlers.payments.model import Payment, StoredPayment

STORED = StoredPayment(
    Payment(
        "t-1",
        Decimal("10.50"),
        "EUR",
        {"metadata": '{"note":"ü\\u0000","rate":0.10000000000000000000000000000000000555}'},
    ),
    "us-east-1",
    "2026-01-31T23:59:59.500Z",
    "request-1",
)
LOGGED = LoggedPayment.from_item(STORED.item())
ENVELOPE = {PARTITION_KEY, KIND_ATTRIBUTE, REGION_ATTRIBUTE, "transactionId", "storedAt", "requestId"}


def test_each_field_of_a_payment_is_either_envelope_or_content() -> None:
    """A new field belongs into `CONTENT`, or reconciliation compares payments without it."""
    assert set(STORED.item()) == ENVELOPE | set(CONTENT)
    assert all(set(STORED.item()[name]) == {kind} for name, kind in CONTENT.items())


def test_a_line_says_what_the_item_says() -> None:
    assert LoggedPayment.from_line(LOGGED.line()) == LOGGED
    assert StoredPayment.from_item(LOGGED.item()) == STORED


def test_additional_fields_are_ignored_when_read() -> None:
    line = LOGGED.line(by="on call", reason="the bucket was out of reach")
    assert json.loads(line)["by"] == "on call"
    assert LoggedPayment.from_line(line) == LOGGED


def test_the_request_makes_no_other_payment_and_is_kept() -> None:
    """A version of the functions that does not know it logs the same payment without it."""
    without = LoggedPayment.from_item({name: of for name, of in STORED.item().items() if name != "requestId"})
    assert without == LOGGED
    assert without.digest == LOGGED.digest
    assert "requestId" not in json.loads(without.line())
    assert json.loads(LOGGED.line())["requestId"] == LoggedPayment.from_line(LOGGED.line()).request_id == "request-1"


def test_numbers_are_equal_however_they_are_written() -> None:
    item = {**STORED.item(), "amount": {"N": "10.5"}}
    assert LoggedPayment.from_item(item) == LOGGED


@pytest.mark.parametrize(
    "text",
    [
        LOGGED.line().replace("10.5", "99.5"),
        LOGGED.line().replace('"EUR"', '"USD"'),
        LOGGED.line()[:40],
        LOGGED.line().replace('"digest"', '"other"'),
        "[]",
        "{}",
        LOGGED.line().replace('"request-1"', "1"),
        '{"content":3,"digest":"","id":"t","region":"r","storedAt":"x"}',
    ],
)
def test_a_line_that_was_changed_or_is_none(text: str) -> None:
    with pytest.raises(MalformedLineError):
        LoggedPayment.from_line(text)
