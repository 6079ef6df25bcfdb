"""What is a payment, and which field is named when something is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.handlers.forms import BASE, parse, parse_text, violations


@pytest.mark.parametrize(
    "written",
    ['""', '"a b"', '"a\\n"', '"a\\u0000"', '"\u00e4"', '"\u0661"', '"control#fence#us-east-1"', '"payment#1"',
    '"../x"', '"%41"',
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


@pytest.mark.parametrize(
    "code", ["eur", "Eur", "EU", "EURO", "", "EUR ", "EUR\\n", "ZZZ", "XXX", "XTS", "XAU", "DEM", "BGN", "HRK"]
)
def test_a_currency_that_nobody_pays_with_is_refused(code: str) -> None:
    assert violations(currency=f'"{code}"') == [("currency", "currency")]


@pytest.mark.parametrize("code", ["USD", "EUR", "JPY", "CHF", "XOF", "XCG", "ZWG"])
def test_an_active_currency_is_taken(code: str) -> None:
    assert parse(amount="10", currency=f'"{code}"').currency == code


def test_every_offending_field_is_named_at_once() -> None:
    found = violations(transactionId=None, amount='"x"', currency="1", metadata="[]", extra="1", pk='"payment#1"')
    assert found == [
        ("extra", "unknown"), ("pk", "unknown"), ("transactionId", "required"), ("amount", "format"),
        ("currency", "type"),
        ("metadata", "type"),
    ]  # fmt: skip


def test_a_field_given_twice_is_named() -> None:
    assert parse_text('{"transactionId":"a","amount":1,"amount":2,"currency":"EUR"}') == [("amount", "unique")]


def test_an_unknown_name_is_shown_in_printable_ascii_and_cut() -> None:
    found = parse_text(json.dumps({"\x00\ud800é": 1, "x" * 5000: 1}))
    assert isinstance(found, list)
    assert found[:2] == [("\\x00\\ud800\\xe9", "unknown"), ("x" * 64 + "...", "unknown")]


@pytest.mark.parametrize("text", ["[]", '"x"', "1", "null", "true"])
def test_json_that_is_no_object_names_the_body(text: str) -> None:
    assert parse_text(text) == [("body", "object")]


INNER = st.none() | st.booleans() | st.floats() | st.text()
NAMES = st.sampled_from([*BASE, "metadata", "other"]) | st.text()


DEEP = st.recursive(
    INNER, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=5
)


@given(st.dictionaries(NAMES, DEEP, max_size=5))
def test_any_object_is_a_payment_or_names_a_field(document: dict[str, object]) -> None:
    assert parse_text(json.dumps(document))
