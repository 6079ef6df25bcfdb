"""What functions' policies let in: decided once for the same policy, anew for another."""

from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import lambda_svc

from emulator.functions import function_policies

ACCOUNT = "000000000000"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:beat"
SERVICE = "events.amazonaws.com"


def rule(name: str) -> str:
    return f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{name}"


@pytest.fixture
def policy() -> Iterator[dict[str, Any]]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION,
        "Condition": {"ArnLike": {"AWS:SourceArn": rule("beat")}},
    }
    policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": [statement]}
    with request_scope(ACCOUNT, "us-east-1"):
        lambda_svc._functions["beat"] = {"config": {"FunctionName": "beat"}, "policy": policy}
    yield policy
    lambda_svc._functions._data.clear()


def test_source_that_is_named_is_let_in(policy: dict[str, Any]) -> None:
    asked = [function_policies.lets_in(FUNCTION, service=SERVICE, source_arn=rule(name)) for name in ("beat", "other")]
    assert asked == [True, False]


def test_statement_that_is_removed_has_no_effect_any_more(policy: dict[str, Any]) -> None:
    before = function_policies.lets_in(FUNCTION, service=SERVICE, source_arn=rule("beat"))
    statements = policy["Statement"][:]
    policy["Statement"].clear()
    without = function_policies.lets_in(FUNCTION, service=SERVICE, source_arn=rule("beat"))
    policy["Statement"].extend(statements)
    again = function_policies.lets_in(FUNCTION, service=SERVICE, source_arn=rule("beat"))
    assert (before, without, again) == (True, False, True)


def test_target_that_is_no_function_lets_everybody_in() -> None:
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
    assert function_policies.lets_in(queue, service=SERVICE, source_arn=rule("beat"))
