"""How long policies are with the longest names that a stack can have: AWS refuses them in the middle of an apply."""

import json
import re
from typing import Any

import pytest

from tests.synth.conftest import Synthesize
from tests.synth.reading import ROLES, Resource, Synthesized

INLINE_CHARACTERS = 10_240
"""Of all inline policies of a role together, white space left out."""

ACCOUNT = "1" * 12
NAMES = {
    "aws_cloudwatch_event_rule": ("arn:aws:events:{region}:{account}:rule/{name}", "name"),
    "aws_cloudwatch_log_group": ("arn:aws:logs:{region}:{account}:log-group:{name}", "name"),
    "aws_dynamodb_table": ("arn:aws:dynamodb:{region}:{account}:table/{name}", "name"),
    "aws_iam_role": ("arn:aws:iam::{account}:role/{name}", "name"),
    "aws_lambda_function": ("arn:aws:lambda:{region}:{account}:function:{name}", "function_name"),
    "aws_sns_topic": ("arn:aws:sns:{region}:{account}:{name}", "name"),
    "aws_sqs_queue": ("arn:aws:sqs:{region}:{account}:{name}", "name"),
    "aws_ssm_parameter": ("arn:aws:ssm:{region}:{account}:parameter{name}", "name"),
}
"""By type: its ARN, and the argument that has the name."""

EXPRESSION = re.compile(r"\$\{[^}]+\}")
STREAM = "/stream/2026-01-01T00:00:00.000"
API, RANDOM, ID = "a" * 10, "r" * 26, "0" * 36


@pytest.fixture(scope="module")
def longest(synthesize: Synthesize) -> Synthesized:
    """Synthesize a stack with the longest names: a longer suffix is refused."""
    regions = {"DR_PRIMARY_REGION": "ap-northeast-1", "DR_STANDBY_REGION": "ap-northeast-2"}
    return synthesize("production12", **regions, DR_WITNESS_REGION="ap-northeast-3")


def policy_characters(environment: Synthesized, document: Resource) -> int:
    """Return how long a document is in IAM, as Terraform writes it."""
    return len(json.dumps(written_policy(environment, document), separators=(",", ":")))


def written_policy(environment: Synthesized, document: Resource) -> dict[str, Any]:
    """Return a document as Terraform writes it, with the ARNs that its resources will have."""
    written: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    for each in document["statement"]:
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Action": _one_or_all(each["actions"]),
            "Resource": _one_or_all([_spelled_out(environment, name) for name in each["resources"]]),
        }
        if each.get("condition"):
            statement["Condition"] = {one["test"]: {one["variable"]: one["values"]} for one in each["condition"]}
        written["Statement"].append(statement)
    return written


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _spelled_out(environment: Synthesized, text: str) -> str:
    """Return a resource's ARN as it will be."""
    found = EXPRESSION.sub(lambda match: _value(environment, match[0]), text)
    assert "$" not in found
    return found


def _value(environment: Synthesized, expression: str) -> str:
    one = environment.referred(expression)
    region = max((environment.region(role) for role in ROLES), key=len)
    if expression == one.attribute("owner"):
        return ACCOUNT
    if expression == one.attribute("id"):
        return API
    if "stream_arn" in expression:
        return _arn(environment, one, region) + STREAM
    assert ".arn" in expression, expression
    return _arn(environment, one, region)


def _arn(environment: Synthesized, one: Resource, region: str) -> str:
    if one.kind == "aws_api_gateway_rest_api":
        return f"arn:aws:apigateway:{region}::/restapis/{API}"
    if one.kind == "aws_api_gateway_stage":
        return f"arn:aws:apigateway:{region}::/restapis/{API}/stages/live"
    if one.kind == "aws_lambda_alias":
        return _arn(environment, environment.referred(one["function_name"]), region) + ":live"
    if one.kind == "aws_route53_health_check":
        return f"arn:aws:route53:::healthcheck/{ID}"
    if one.kind == "aws_s3_bucket":
        return f"arn:aws:s3:::{one['bucket_prefix']}{RANDOM}"
    form, argument = NAMES[one.kind]
    return form.format(region=region, account=ACCOUNT, name=one[argument])


def role_characters(environment: Synthesized) -> dict[str, int]:
    """Return how long each role's inline policies are together."""
    lengths: dict[str, int] = {}
    for policy in environment.all("aws_iam_role_policy"):
        role = environment.referred(policy["role"])["name"]
        document = environment.referred(policy["policy"])
        lengths[role] = lengths.get(role, 0) + policy_characters(environment, document)
    return lengths


def test_a_roles_policies_have_room_with_the_longest_names(longest: Synthesized) -> None:
    lengths = role_characters(longest)
    assert len(lengths) == len(longest.all("aws_iam_role")) - len(longest.all("aws_iam_role_policy_attachment"))
    assert {name: length for name, length in lengths.items() if length > INLINE_CHARACTERS} == {}


def test_and_with_the_shipped_ones(shipped: Synthesized) -> None:
    assert max(role_characters(shipped).values()) <= INLINE_CHARACTERS
