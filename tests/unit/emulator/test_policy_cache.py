"""IAM decisions with remembered policies are those without."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import iam

from emulator.iam import policy_cache

ACCOUNT = "000000000000"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/payments"


def policy(*statements: dict[str, Any]) -> str:
    shown = [
        {"Effect": "Allow", "Resource": "*", **({} if "NotAction" in each else {"Action": "dynamodb:GetItem"}), **each}
        for each in statements
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": shown})


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("parse_policy_document", "evaluate"):
        monkeypatch.setattr(iam_evaluator, name, getattr(iam_evaluator, name))
    policy_cache.install()
    yield
    iam._roles._data.clear()


def decide(
    *documents: str, action: str = "dynamodb:GetItem", resource: str = TABLE, boundary: str | None = None, **keys: str
) -> str:
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:iam::{ACCOUNT}:role/r",
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action=action,
        resource_arn=resource,
        region="us-east-1",
        service_context=keys,
    )
    limits = [] if boundary is None else [[iam_evaluator.parse_policy_document(boundary)]]
    policies = [iam_evaluator.parse_policy_document(each) for each in documents]
    return str(iam_evaluator.evaluate(context, policies, *limits).decision)


ALLOW_TABLE = policy({"Resource": TABLE})
DENY_PUT = policy({"Effect": "Deny", "Action": "dynamodb:Put*"}, {"NotAction": "s3:*"})


@pytest.mark.parametrize(
    ("documents", "asked", "decision"),
    [
        ((ALLOW_TABLE,), {}, "Allow"),
        ((ALLOW_TABLE,), {"action": "dynamodb:PutItem"}, "ImplicitDeny"),
        ((ALLOW_TABLE,), {"resource": f"{TABLE}-other"}, "ImplicitDeny"),
        ((ALLOW_TABLE, DENY_PUT), {"action": "dynamodb:PutItem"}, "Deny"),
        ((DENY_PUT,), {"action": "sqs:SendMessage"}, "Allow"),
        ((DENY_PUT,), {"action": "s3:GetObject"}, "ImplicitDeny"),
        ((ALLOW_TABLE,), {"boundary": DENY_PUT}, "Allow"),
        ((ALLOW_TABLE,), {"boundary": policy({"Action": "s3:*"})}, "ImplicitDeny"),
        (("no policy",), {}, "ImplicitDeny"),
    ],
)
def test_decision_is_the_same_each_time(documents: tuple[str, ...], asked: dict[str, str], decision: str) -> None:
    assert [decide(*documents, **asked) for _ in range(3)] == [decision] * 3


def test_conditions_are_evaluated_each_time() -> None:
    conditional = policy({"Condition": {"StringEquals": {"dynamodb:leadingkeys": "own"}}})
    decisions = [decide(conditional, **{"dynamodb:leadingkeys": key}) for key in ("own", "other", "own")]
    assert decisions == ["Allow", "ImplicitDeny", "Allow"]


def test_change_of_a_role_takes_effect_at_once() -> None:
    role = {"RoleName": "r", "InlinePolicies": {"p": ALLOW_TABLE}, "AttachedPolicies": []}
    with request_scope(ACCOUNT, "us-east-1"):
        iam._roles["r"] = role
        before = iam_evaluator._gather_role_policies("r", ACCOUNT)
        again = iam_evaluator._gather_role_policies("r", ACCOUNT)
        role["InlinePolicies"] = {"p": policy({"Effect": "Deny"})}
        after = iam_evaluator._gather_role_policies("r", ACCOUNT)
    assert before[0] is again[0]
    assert [statement.effect for statement in after[0]] == ["Deny"]
