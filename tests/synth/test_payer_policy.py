"""Who may pay: the APIs' resource policy where payers are named, and who operates under which conditions."""

from typing import Any

import pytest

from contract.roles import Role
from tests.synth.conftest import Synthesize
from tests.synth.reading import Synthesized

KIND = "aws_api_gateway_rest_api_policy"
PAYER = "arn:aws:iam::210987654321:role/payer"
ACCOUNT = "arn:aws:iam::123456789012:root"


@pytest.fixture(scope="module")
def named(synthesize: Synthesize) -> Synthesized:
    """The environment with two payers and an operations role that wants MFA."""
    return synthesize("us-west-2", DR_PAYER_PRINCIPAL_ARNS=f"{PAYER},{ACCOUNT}", DR_OPERATIONS_REQUIRE_MFA="true")


def statements(environment: Synthesized, role: Role) -> list[dict[str, Any]]:
    """Return the policy of one region's API; resources without the API's ARN."""
    policy = environment.the(KIND, role)
    api = environment.the("aws_api_gateway_rest_api", role)
    assert policy["rest_api_id"] == api.attribute("id")
    prefix = f"{api.attribute('execution_arn')}/live/"
    found = environment.statements(policy["policy"])
    assert all(name.startswith(prefix) for each in found for name in each["resources"])
    return [{**each, "resources": [name.removeprefix(prefix) for name in each["resources"]]} for each in found]


def test_without_payers_there_is_none(dev: Synthesized) -> None:
    assert not dev.all(KIND)


def test_probe_routes_stay_open(named: Synthesized, role: Role) -> None:
    """To everybody: Route 53 does not sign, and "AWS": "*" would demand that."""
    probes = statements(named, role)[0]
    assert (probes["effect"], probes["principals"]) == ("Allow", [{"type": "*", "identifiers": ["*"]}])
    assert probes["resources"] == ["GET/health", "GET/writer"]


def test_payment_routes_are_the_payers(named: Synthesized, role: Role) -> None:
    payments = statements(named, role)[1]
    assert (payments["effect"], payments["principals"]) == ("Allow", [{"type": "AWS", "identifiers": [PAYER, ACCOUNT]}])
    assert payments["resources"] == ["POST/payment", "GET/payment/*"]


def test_everybody_else_is_denied(named: Synthesized, role: Role) -> None:
    """In the own account an identity's policy would be enough."""
    _, payments, others = statements(named, role)
    assert (others["effect"], others["principals"]) == ("Deny", [{"type": "*", "identifiers": ["*"]}])
    assert others["resources"] == payments["resources"]
    conditions = {(each["test"], each["variable"]): each["values"] for each in others["condition"]}
    assert conditions == {
        ("ArnNotEquals", "aws:PrincipalArn"): [PAYER],
        ("StringNotEquals", "aws:PrincipalAccount"): ["123456789012"],
    }


def test_first_deployment_copies_it(named: Synthesized, role: Role) -> None:
    assert named.the(KIND, role).address in named.the("aws_api_gateway_deployment", role)["depends_on"]


def _trust(environment: Synthesized, kind: str) -> dict[str, Any]:
    role = environment.the("aws_iam_role", name=f"{kind}-{environment.settings.environment_suffix}")
    (statement,) = environment.statements(role["assume_role_policy"])
    return statement


def test_operations_role_wants_mfa_where_it_is_set(named: Synthesized) -> None:
    (condition,) = _trust(named, "dr-operations")["condition"]
    assert condition == {"test": "Bool", "variable": "aws:MultiFactorAuthPresent", "values": ["true"]}


def test_operations_role_wants_a_person_where_it_is_set(prod: Synthesized) -> None:
    trust = _trust(prod, "dr-operations")
    (condition,) = trust["condition"]
    assert condition == {"test": "StringLike", "variable": "sts:SourceIdentity", "values": ["?*"]}
    assert trust["actions"] == ["sts:AssumeRole", "sts:SetSourceIdentity"]


def test_pipelines_that_release_need_neither(prod: Synthesized, named: Synthesized) -> None:
    assert not [each for each in (prod, named) if "condition" in _trust(each, "dr-release")]


def test_zone_is_handed_over_and_not_destroyed(adjusted: Synthesized, dev: Synthesized) -> None:
    """Once `hosted_zone_id` is set, Terraform forgets the zone that the stack has created."""
    (zone,) = dev.all("aws_route53_zone")
    assert {"from": zone.address, "lifecycle": {"destroy": False}} in adjusted.json["removed"]
    assert zone.address not in [each["from"] for each in dev.json["removed"]]
