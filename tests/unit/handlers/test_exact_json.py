"""JSON without floats."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.payments.exact_json import InvalidJsonError, JsonObject, dumps, loads

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0", "0"), ("-0", "0"), ("-0.0e5", "0"), ("1", "1"), ("1.0", "1"), ("1e0", "1"), ("100", "100"),
        ("1E2", "100"),
        ("-1.50", "-1.5"), ("0.1", "0.1"), ("0.000001", "0.000001"), ("0.0000001", "1e-7"), ("1.25e-9", "1.25e-9"),
        ("1e20", "100000000000000000000"), ("1e21", "1e+21"), ("12.5e30", "1.25e+31"), ("1e308", "1e+308"),
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
    ],
)  # fmt: skip
def test_equal_numbers_have_one_text_with_all_their_digits(text: str, canonical: str) -> None:
    assert dumps(loads(text)) == canonical


@given(NUMBERS)
def test_a_number_survives_exactly(number: Decimal) -> None:
    assert loads(dumps(number)) == number


@given(VALUES)
def test_what_was_written_is_read_back_and_written_the_same(value: object) -> None:
    for ascii_only in (False, True):
        text = dumps(value, ascii_only=ascii_only)
        assert loads(text) == value
        assert dumps(loads(text), ascii_only=ascii_only) == text


def test_names_are_sorted_and_no_white_space_is_written() -> None:
    assert dumps(loads('{ "b" : [1, true , null], "a": {"é": ""} }')) == '{"a":{"é":""},"b":[1,true,null]}'


def test_ascii_only_writes_half_a_surrogate_pair_as_an_escape() -> None:
    assert dumps("\ud800é", ascii_only=True) == '"\\ud800\\u00e9"'


@pytest.mark.parametrize("value", [1.5, {1, 2}, b"x", Decimal("NaN"), Decimal("Infinity")])
def test_what_has_no_exact_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        dumps(value)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e99999999999999999999"])
def test_numbers_that_are_none_are_read_as_not_finite(text: str) -> None:
    value = loads(text)
    assert isinstance(value, Decimal)
    assert not value.is_finite()


@pytest.mark.parametrize("text", ["", "{", "{'a':1}", "01", "+1", "\ufeff{}", '"\n"', "[" * 100_000, '{"a":' * 100_000])
def test_what_is_not_json_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(InvalidJsonError) as raised:
        loads(text)
    assert str(raised.value) in {"is not JSON", "is nested too deeply"}


def test_names_given_twice_are_remembered_once_each() -> None:
    value = loads('{"a":1,"b":2,"a":3,"a":4}')
    assert isinstance(value, JsonObject)
    assert value.duplicates == ["a"]


@given(st.text())
def test_any_text_is_json_or_refused(text: str) -> None:
    try:
        loads(text)
    except InvalidJsonError:
        with pytest.raises(ValueError):  # noqa: PT011 -- any refusal of the standard parser
            json.loads(text)
