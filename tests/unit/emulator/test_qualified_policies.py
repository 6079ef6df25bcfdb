"""Policies of a function, of its versions and of its aliases."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import lambda_svc

from emulator.functions import function_policies
from emulator.functions.qualified_policies import apart

ACCOUNT, REGION = "000000000000", "us-east-2"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:pay"
SERVICE, RULE = "events.amazonaws.com", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/beat"


@pytest.fixture(autouse=True)
def function() -> Iterator[dict[str, Any]]:
    made: dict[str, Any] = {
        "config": {"FunctionName": "pay", "FunctionArn": ARN, "RevisionId": "r"},
        "versions": {"1": {}},
        "aliases": {"live": {"FunctionVersion": "1"}},
        "policy": {"Version": "2012-10-17", "Statement": []},
    }
    with request_scope(ACCOUNT, REGION):
        lambda_svc._functions["pay"] = made
        yield made
    lambda_svc._functions._data.clear()


def add(qualifier: str | None) -> int:
    statement = {"StatementId": "id", "Action": "lambda:InvokeFunction", "Principal": SERVICE, "SourceArn": RULE}
    answer: tuple[int, Any, bytes] = apart(lambda_svc._add_permission)("pay", statement, {}, qualifier)
    return answer[0]


def let_in() -> list[bool]:
    asked = (ARN, f"{ARN}:live", f"{ARN}:1")
    return [function_policies.lets_in(arn, service=SERVICE, source_arn=RULE) for arn in asked]


@pytest.mark.parametrize(
    ("qualifier", "allowed"),
    [(None, [True, False, False]), ("live", [False, True, False]), ("1", [False, False, True])],
)
def test_permission_is_for_the_arn_it_was_given_for(qualifier: str | None, allowed: list[bool]) -> None:
    add(qualifier)
    assert let_in() == allowed


def test_statement_ids_are_the_qualifiers_own() -> None:
    assert [add(each) for each in (None, "live", "live")] == [201, 201, 409]


def test_what_is_removed_and_read_is_one_qualifiers() -> None:
    add(None)
    add("live")
    shown = json.loads(json.loads(apart(lambda_svc._get_policy)("pay", {}, None)[2])["Policy"])
    assert [each["Resource"] for each in shown["Statement"]] == [ARN]
    apart(lambda_svc._remove_permission)("pay", "id", {}, None)
    assert let_in() == [False, True, False]
