"""Bad input of every kind: a 400 that names the fields, and nothing is stored."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.payer import RequestSender
from tests.emulated.payments import new_id, new_payment
from tests.emulated.site import PRIMARY, REGIONS, Site

BY_THE_GATEWAY: dict[str, tuple[bytes, list[str]]] = {
    "no body": (b"", ["body"]),
    "no JSON": (b"{'amount': 1}", ["body"]),
    "base64": (b"eyJhbW91bnQiOiAxfQ==", ["body"]),
    "an array": (b"[]", ["body", "array"]),
    "a string": (b'"payment"', ["body", "string"]),
    "null": (b"null", ["body", "null"]),
    "no field": (b"{}", ["amount", "currency", "transactionId"]),
    "one field": (b'{"amount": 1}', ["currency", "transactionId"]),
    "a field too many": (json.dumps(new_payment(iban="DE00")).encode(), ["iban"]),
}
"""What the model in the API refuses: the body, and what the answer must name."""

BY_THE_FUNCTION: dict[str, tuple[dict[str, Any], list[str]]] = {
    "id is a number": ({"transactionId": 1}, ["transactionId"]),
    "id is empty": ({"transactionId": ""}, ["transactionId"]),
    "id is too long": ({"transactionId": "a" * 65}, ["transactionId"]),
    "id with a control character": ({"transactionId": "a\nb"}, ["transactionId"]),
    "id with a reserved prefix": ({"transactionId": "control#health#us-east-1"}, ["transactionId"]),
    "amount is a word": ({"amount": "ten"}, ["amount"]),
    "amount is true": ({"amount": True}, ["amount"]),
    "amount is null": ({"amount": None}, ["amount"]),
    "amount is a list": ({"amount": [1]}, ["amount"]),
    "amount is NaN": ({"amount": "NaN"}, ["amount"]),
    "amount is zero": ({"amount": 0}, ["amount"]),
    "amount is negative": ({"amount": "-1.00"}, ["amount"]),
    "amount with three decimals": ({"amount": "1.001"}, ["amount"]),
    "amount in yen with decimals": ({"amount": "10.50", "currency": "JPY"}, ["amount"]),
    "amount with 13 digits": ({"amount": "1234567890123"}, ["amount"]),
    "amount is 1e400": ({"amount": "1e400"}, ["amount"]),
    "currency is unknown": ({"currency": "XYZ"}, ["currency"]),
    "currency in small letters": ({"currency": "eur"}, ["currency"]),
    "currency is a number": ({"currency": 978}, ["currency"]),
    "metadata is a text": ({"metadata": "x"}, ["metadata"]),
    "metadata is too large": ({"metadata": {"x": "y" * 4096}}, ["metadata"]),
    "metadata with a control character": ({"metadata": {"x": "\u0000"}}, ["metadata"]),
    "every field": (
        {"transactionId": "#", "amount": 0, "currency": "", "metadata": []},
        ["amount", "currency", "metadata", "transactionId"],
    ),
}
"""What only the function can judge: the fields in place of good ones, and the fields that the answer must name."""

WRITTEN = {
    "NaN": '{"transactionId": "%s", "amount": NaN, "currency": "EUR"}',
    "Infinity": '{"transactionId": "%s", "amount": Infinity, "currency": "EUR"}',
    "1e400": '{"transactionId": "%s", "amount": 1e400, "currency": "EUR"}',
    "twice": '{"transactionId": "%s", "amount": 1, "amount": 2, "currency": "EUR"}',
}
"""Amounts that only hand-written JSON can hold."""


@pytest.fixture(autouse=True)
def nothing_is_stored(site: Site) -> Iterator[None]:
    before = site.settled_count()
    yield
    assert [site.count_payments(region) for region in REGIONS] == [before, before]


@pytest.mark.parametrize(("body", "named"), BY_THE_GATEWAY.values(), ids=BY_THE_GATEWAY)
def test_the_gateway_refuses_what_is_no_object_of_these_fields(
    payer: RequestSender, body: bytes, named: list[str]
) -> None:
    answer = payer.post(PRIMARY, body)
    assert answer.status == 400
    (error,) = answer.json()["errors"]
    assert [name for name in named if name not in f"{error['field']} {error['message']}"] == []


@pytest.mark.parametrize(("fields", "named"), BY_THE_FUNCTION.values(), ids=BY_THE_FUNCTION)
def test_the_function_names_every_field_at_fault(
    site: Site, payer: RequestSender, fields: dict[str, Any], named: list[str]
) -> None:
    payment = new_payment(**fields)
    answer = payer.post(PRIMARY, payment)
    assert answer.status == 400
    assert sorted({error["field"] for error in answer.json()["errors"]}) == named
    assert site.stored(PRIMARY, str(payment["transactionId"])) is None


@pytest.mark.parametrize("body", WRITTEN.values(), ids=WRITTEN)
def test_numbers_that_are_none_are_refused(site: Site, payer: RequestSender, body: str) -> None:
    transaction_id = new_id()
    answer = payer.post(PRIMARY, (body % transaction_id).encode())
    assert (answer.status, [error["field"] for error in answer.json()["errors"]]) == (400, ["amount"])
    assert site.stored(PRIMARY, transaction_id) is None


def test_a_body_that_is_no_utf8_is_refused(payer: RequestSender) -> None:
    body = json.dumps(new_payment(metadata={"name": "Jose"})).encode().replace(b"Jose", b"Jos\xe9")
    assert payer.post(PRIMARY, body).status == 400


def test_nothing_of_the_input_comes_back(payer: RequestSender) -> None:
    answer = payer.post(PRIMARY, new_payment(amount="-417.23", metadata={"note": 1e300}))
    assert b"417" not in answer.body


def test_another_content_type_is_validated_too(payer: RequestSender) -> None:
    answer = payer.send(PRIMARY, "POST", "/payment", headers={"Content-Type": "text/plain"}, body=b'{"amount": 1}')
    assert answer.status == 400
