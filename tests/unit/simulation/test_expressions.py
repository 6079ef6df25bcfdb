"""Condition and update expressions: those that the shipped code uses, and no others."""

from typing import Any

import pytest

from simulation.primitives.errors import UnsupportedRequestError
from simulation.primitives.expressions import compiled, holds
from simulation.primitives.updates import updated

ITEM = {"pk": {"S": "writer"}, "epoch": {"N": "7"}, "state": {"S": "open"}}


def request(condition: str, **values: Any) -> dict[str, Any]:
    return {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#epoch": "epoch", "#state": "state"},
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("attribute_not_exists(pk)", False),
        ("attribute_exists(pk)", True),
        ("attribute_not_exists(#gone)", True),
        ("#epoch = :seven", True),
        ("#epoch < :seven", False),
        ("#epoch <= :seven AND #state = :open", True),
        ("attribute_not_exists(pk) OR #epoch > :six", True),
        ("NOT (#epoch = :seven)", False),
        ("#state <> :open OR attribute_not_exists(pk)", False),
        ("missing = :seven", False),
    ],
)
def test_conditions(condition: str, *, expected: bool) -> None:
    given = request(condition, six={"N": "6"}, seven={"N": "7"}, open={"S": "open"})
    given["ExpressionAttributeNames"]["#gone"] = "gone"
    assert holds(given, ITEM) is expected


def test_without_a_condition_it_holds() -> None:
    assert holds({}, None)


def test_nothing_is_there_before_the_first_write() -> None:
    assert holds(request("attribute_not_exists(pk)"), None)
    assert not holds(request("#epoch = :seven", seven={"N": "7"}), None)


@pytest.mark.parametrize(
    "condition", ["size(pk) > :one", "#epoch BETWEEN :a AND :b", "begins_with(pk, :a)", "a.b = :c", ""]
)
def test_other_conditions_are_refused(condition: str) -> None:
    with pytest.raises(UnsupportedRequestError):
        compiled(condition)


def test_updates() -> None:
    given = {
        "Key": {"pk": {"S": "a"}},
        "UpdateExpression": "SET #at = :at, first = if_not_exists(first, :at) ADD #count :one REMOVE gone",
        "ExpressionAttributeNames": {"#at": "at", "#count": "count"},
        "ExpressionAttributeValues": {":at": {"S": "now"}, ":one": {"N": "1"}},
    }
    once = updated(given, None)
    assert once == {"pk": {"S": "a"}, "at": {"S": "now"}, "first": {"S": "now"}, "count": {"N": "1"}}
    again = updated(given, {**once, "first": {"S": "before"}, "gone": {"S": "x"}})
    assert again == {"pk": {"S": "a"}, "at": {"S": "now"}, "first": {"S": "before"}, "count": {"N": "2"}}


@pytest.mark.parametrize("update", ["DELETE a :b", "SET a = a + :one", "SET a.b = :c", "nonsense"])
def test_other_updates_are_refused(update: str) -> None:
    with pytest.raises(UnsupportedRequestError):
        updated({"Key": {}, "UpdateExpression": update}, {})
