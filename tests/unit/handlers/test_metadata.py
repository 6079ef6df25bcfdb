"""Metadata is kept as canonical JSON with exact numbers, or refused."""

import pytest

from tests.unit.handlers.forms import parse, violations


def test_metadata_is_kept_as_canonical_json_with_exact_numbers() -> None:
    payment = parse(metadata='{"z": 0.1000000000000000055511151231257827, "a": [1.50, "é"]}')
    assert payment.details["metadata"] == '{"a":[1.5,"é"],"z":0.1000000000000000055511151231257827}'


def test_absent_and_empty_metadata_differ() -> None:
    assert "metadata" not in parse().details
    assert parse(metadata="{}").details["metadata"] == "{}"


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("[]", "type"), ('"{}"', "type"), ("1", "type"),
        ('{"a":NaN}', "finite"), ('{"a":[{"b":Infinity}]}', "finite"), ('{"a":1e400}', "finite"), ('{"a":-1e-400}',
        "finite"),
        ('{"a":1e99999999999999999999}', "finite"),
        ('{"a":"\\u0000"}', "text"), ('{"a\\u001f":1}', "text"), ('{"a":"\\b"}', "text"), ('{"a":"\\u009f"}', "text"),
        ('{"a":"\\ud800"}', "text"), ('{"\\udfff":1}', "text"), ('{"a":"\\udc00\\ud800"}', "text"),
        ('{"a":1,"a":1}', "unique"), ('{"a":{"b":1,"b":2}}', "unique"),
        ('{"a":' + "[" * 40 + "]" * 40 + "}", "nesting"), ('{"a":' * 33 + "1" + "}" * 33, "nesting"),
        ('{"a":"' + "x" * 4089 + '"}', "size"), ('{"a":"' + "é" * 2045 + '"}', "size"),
        ('{"a":' + "1" * 4091 + "}", "finite"),
    ],
)  # fmt: skip
def test_bad_metadata_is_named_with_its_rule(written: str, rule: str) -> None:
    assert violations(metadata=written) == [("metadata", rule)]


def test_metadata_of_exactly_the_largest_size_is_taken() -> None:
    metadata = parse(metadata='{"a": "' + "x" * 4088 + '"}').details["metadata"]
    assert metadata is not None
    assert len(metadata.encode()) == 4096


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse(metadata='{"a":"\\ud83d\\ude00"}').details["metadata"] == '{"a":"\U0001f600"}'


def test_tabs_and_line_breaks_are_taken() -> None:
    assert (
        parse(metadata='{"to":"Main St 1\\n\\tSpringfield\\r\\n"}').details["metadata"]
        == '{"to":"Main St 1\\n\\tSpringfield\\r\\n"}'
    )


def test_null_means_no_metadata() -> None:
    assert parse(metadata="null") == parse(metadata=None)
    assert "metadata" not in parse(metadata="null").document()
