"""The partition keys that DynamoDB requests name."""

from typing import Any

import pytest

from emulator.iam.leading_keys import leading_keys

TABLE = "payments"


def hash_key_of(table: str, index: str | None) -> str | None:
    return {None: "pk", "by-region": "region"}.get(index) if table == TABLE else None


ITEM = {"pk": {"S": "payment#1"}, "amount": {"N": "5"}}
KEY = {"pk": {"S": "payment#1"}}


@pytest.mark.parametrize(
    ("request_", "keys"),
    [
        ({"Key": KEY}, ["payment#1"]),
        ({"Item": ITEM}, ["payment#1"]),
        ({"Key": {"pk": {"N": "7"}}}, ["7"]),
        ({"KeyConditionExpression": "pk = :k", "ExpressionAttributeValues": {":k": {"S": "a"}}}, ["a"]),
        (
            {
                "KeyConditionExpression": "(#p=:k) AND begins_with(sk, :s)",
                "ExpressionAttributeNames": {"#p": "pk"},
                "ExpressionAttributeValues": {":k": {"S": "a"}, ":s": {"S": "b"}},
            },
            ["a"],
        ),
        ({"KeyConditionExpression": ":k = pk", "ExpressionAttributeValues": {":k": {"S": "a"}}}, ["a"]),
        (
            {
                "IndexName": "by-region",
                "KeyConditionExpression": "#r = :r",
                "ExpressionAttributeNames": {"#r": "region"},
                "ExpressionAttributeValues": {":r": {"S": "us-east-1"}},
            },
            ["us-east-1"],
        ),
        ({"KeyConditions": {"pk": {"AttributeValueList": [{"S": "a"}], "ComparisonOperator": "EQ"}}}, ["a"]),
        ({}, []),
        ({"Key": "no map"}, []),
        ({"Key": {"other": {"S": "x"}}}, []),
    ],
)
def test_one_table(request_: dict[str, Any], keys: list[str]) -> None:
    assert leading_keys({"TableName": TABLE, **request_}, hash_key_of) == keys


def test_batches_name_every_key() -> None:
    gets = {"RequestItems": {TABLE: {"Keys": [KEY, {"pk": {"S": "payment#2"}}]}}}
    writes = {"RequestItems": {TABLE: [{"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": {"pk": {"S": "x"}}}}]}}
    assert leading_keys(gets, hash_key_of) == ["payment#1", "payment#2"]
    assert leading_keys(writes, hash_key_of) == ["payment#1", "x"]


def test_an_unknown_table_has_no_keys() -> None:
    assert leading_keys({"TableName": "other", "Key": KEY}, hash_key_of) == []
