"""What is a payment, and which field is named when something is none."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.payments.model import Payment
from handlers.payments.queue import parse_message
from handlers.payments.validation import InvalidPaymentError, parse_object, parse_payment

BASE = {"transactionId": '"t-1"', "amount": "10.50", "currency": '"EUR"'}
AMOUNTS = st.integers(1, 10**12 - 1).map(lambda cents: Decimal(cents).scaleb(-2))


def parse(**changed: str | None) -> Payment:
    """Parse a valid payment with some fields' JSON replaced, or left out where None."""
    fields = {name: text for name, text in {**BASE, **changed}.items() if text is not None}
    return parse_payment(parse_object("{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in fields.items()) + "}"))


def violations(**changed: str | None) -> list[tuple[str, str]]:
    with pytest.raises(InvalidPaymentError) as raised:
        parse(**changed)
    return [(violation.field, violation.rule) for violation in raised.value.violations]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("10.50", "10.50"), ('"10.50"', "10.50"), ("10.5", "10.50"), ("1", "1.00"), ("0.01", "0.01"), ("1e2", "100.00"),
        ("1.05e1", "10.50"), ("1E-2", "0.01"), ("123456789012", "123456789012.00"), ('"123456789012.00"', "123456789012.00"),
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
        ("1.001", "decimals"), ("10.500", "decimals"), ("0.001", "decimals"), ("1e-3", "decimals"), ("1e-999999999", "decimals"),
        ("1e400", "digits"), ("1e12", "digits"), ("1e999999999", "digits"), ('"1e999999999"', "digits"),
        ("1234567890123", "digits"), ("12345678901.23", "digits"), ("9" * 5000, "digits"), ("9999999999999.99", "digits"),
    ],
)  # fmt: skip
def test_a_bad_amount_is_named_with_its_rule(written: str, rule: str) -> None:
    assert violations(amount=written) == [("amount", rule)]


@given(AMOUNTS, st.booleans())
def test_every_amount_survives_the_round_trip_through_answer_and_queue(amount: Decimal, *, as_string: bool) -> None:
    payment = parse(amount=f'"{amount:f}"' if as_string else f"{amount:f}")
    assert payment.amount == amount
    document = {**payment.document(), "region": "us-east-1", "acceptedAt": "now"}
    assert parse_message(json.dumps(document)).payment == payment


@given(st.floats() | st.integers() | st.text() | st.decimals().map(str))
def test_any_amount_is_exact_or_refused(value: float | str) -> None:
    written = json.dumps(value)
    try:
        payment = parse(amount=written)
    except InvalidPaymentError as error:
        assert [violation.field for violation in error.violations] == ["amount"]
    else:
        assert payment.amount == Decimal(json.loads(written, parse_float=str, parse_int=str))
        assert 0 < payment.amount < 10**12


@pytest.mark.parametrize(
    "written",
    ['""', '"a b"', '"a\\n"', '"a\\u0000"', '"\u00e4"', '"\u0661"', '"control#fence#us-east-1"', '"payment#1"', '"../x"', '"%41"',
     '"' + "a" * 65 + '"', '"\\ud83d"'],
)  # fmt: skip
def test_an_id_of_other_characters_is_refused(written: str) -> None:
    assert violations(transactionId=written) == [("transactionId", "format")]


@pytest.mark.parametrize("written", ["1", "null", "true", '["a"]', '{"a":1}'])
def test_an_id_or_currency_that_is_no_string_is_refused(written: str) -> None:
    assert violations(transactionId=written, currency=written) == [("transactionId", "type"), ("currency", "type")]


@pytest.mark.parametrize("written", ['"a"', '"' + "a" * 64 + '"', '"A-Z_09"', '"-"'])
def test_an_id_of_the_right_characters_is_taken(written: str) -> None:
    assert parse(transactionId=written).transaction_id == json.loads(written)


@pytest.mark.parametrize("code", ["eur", "Eur", "EU", "EURO", "", "EUR ", "EUR\\n", "ZZZ", "XXX", "XTS", "XAU", "DEM", "BGN", "HRK"])
def test_a_currency_that_nobody_pays_with_is_refused(code: str) -> None:
    assert violations(currency=f'"{code}"') == [("currency", "currency")]


@pytest.mark.parametrize("code", ["USD", "EUR", "JPY", "CHF", "XOF", "XCG", "ZWG"])
def test_an_active_currency_is_taken(code: str) -> None:
    assert parse(currency=f'"{code}"').currency == code


def test_metadata_is_kept_as_canonical_json_with_exact_numbers() -> None:
    payment = parse(metadata='{"z": 0.1000000000000000055511151231257827, "a": [1.50, "é"]}')
    assert payment.metadata == '{"a":[1.5,"é"],"z":0.1000000000000000055511151231257827}'


def test_absent_and_empty_metadata_differ() -> None:
    assert parse().metadata is None
    assert parse(metadata="{}").metadata == "{}"


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("null", "type"), ("[]", "type"), ('"{}"', "type"), ("1", "type"),
        ('{"a":NaN}', "finite"), ('{"a":[{"b":Infinity}]}', "finite"), ('{"a":1e400}', "finite"), ('{"a":-1e-400}', "finite"),
        ('{"a":1e99999999999999999999}', "finite"),
        ('{"a":"\\u0000"}', "text"), ('{"a\\u001f":1}', "text"), ('{"a":"\\n"}', "text"), ('{"a":"\\u009f"}', "text"),
        ('{"a":"\\ud800"}', "text"), ('{"\\udfff":1}', "text"), ('{"a":"\\udc00\\ud800"}', "text"),
        ('{"a":1,"a":1}', "unique"), ('{"a":{"b":1,"b":2}}', "unique"),
        ('{"a":' + "[" * 40 + "]" * 40 + "}", "nesting"), ('{"a":' * 33 + "1" + "}" * 33, "nesting"),
        ('{"a":"' + "x" * 4089 + '"}', "size"), ('{"a":"' + "é" * 2045 + '"}', "size"), ('{"a":' + "1" * 4091 + "}", "finite"),
    ],
)  # fmt: skip
def test_bad_metadata_is_named_with_its_rule(written: str, rule: str) -> None:
    assert violations(metadata=written) == [("metadata", rule)]


def test_metadata_of_exactly_the_largest_size_is_taken() -> None:
    metadata = parse(metadata='{"a": "' + "x" * 4088 + '"}').metadata
    assert metadata is not None
    assert len(metadata.encode()) == 4096


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse(metadata='{"a":"\\ud83d\\ude00"}').metadata == '{"a":"\U0001f600"}'


def test_every_offending_field_is_named_at_once() -> None:
    found = violations(transactionId=None, amount='"x"', currency="1", metadata="[]", extra="1", pk='"payment#1"')
    assert found == [
        ("extra", "unknown"), ("pk", "unknown"), ("transactionId", "required"), ("amount", "format"), ("currency", "type"),
        ("metadata", "type"),
    ]  # fmt: skip


def test_a_field_given_twice_is_named() -> None:
    with pytest.raises(InvalidPaymentError) as raised:
        parse_payment(parse_object('{"transactionId":"a","amount":1,"amount":2,"currency":"EUR"}'))
    assert [(violation.field, violation.rule) for violation in raised.value.violations] == [("amount", "unique")]


def test_an_unknown_name_is_shown_in_printable_ascii_and_cut() -> None:
    with pytest.raises(InvalidPaymentError) as raised:
        parse_payment(parse_object(json.dumps({"\x00\ud800é": 1, "x" * 5000: 1})))
    shown = [violation.field for violation in raised.value.violations if violation.rule == "unknown"]
    assert shown == ["\\x00\\ud800\\xe9", "x" * 64 + "..."]


@pytest.mark.parametrize("text", ["[]", '"x"', "1", "null", "true"])
def test_json_that_is_no_object_names_the_body(text: str) -> None:
    with pytest.raises(InvalidPaymentError) as raised:
        parse_object(text)
    assert [(violation.field, violation.rule) for violation in raised.value.violations] == [("body", "object")]


@given(st.dictionaries(st.sampled_from([*BASE, "metadata", "other"]) | st.text(), st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)))  # fmt: skip
def test_any_object_is_a_payment_or_names_a_field(document: dict[str, object]) -> None:
    try:
        parse_payment(parse_object(json.dumps(document)))
    except InvalidPaymentError as error:
        assert error.violations
        assert all(violation.field for violation in error.violations if "" not in document)
