"""The WAF, where it is switched on."""

import json
import re
from typing import Any

import pytest

from contract.roles import Role
from tests.synth.reading import Resource, Synthesized

CHECKERS = "route53_healthchecks"


def rules(environment: Synthesized, role: Role) -> dict[str, dict[str, Any]]:
    """Return a region's rules by name."""
    return {each["name"]: each for each in environment.the("aws_wafv2_web_acl", role)["rule"]}


def open_routes(statement: dict[str, Any]) -> re.Pattern[str]:
    """Return what a statement about the path matches."""
    return re.compile(statement["regex_match_statement"]["regex_string"])


def test_there_is_none_unless_it_is_set(dev: Synthesized) -> None:
    assert not [each for kind in ("web_acl", "ip_set", "web_acl_association") for each in dev.all(f"aws_wafv2_{kind}")]


def test_it_stands_before_each_regions_stage(prod: Synthesized, role: Role) -> None:
    association = prod.the("aws_wafv2_web_acl_association", role)
    assert association["resource_arn"] == prod.the("aws_api_gateway_stage", role).attribute("arn")
    assert association["web_acl_arn"] == prod.the("aws_wafv2_web_acl", role).attribute("arn")


def test_rules_are_asked_in_this_order(prod: Synthesized, role: Role) -> None:
    by_priority = sorted(rules(prod, role).values(), key=lambda each: each["priority"])
    assert [each["name"] for each in by_priority] == [
        "checkers",
        "rate",
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
    ]


def test_route_53s_checkers_pass_on_the_open_routes(prod: Synthesized, role: Role) -> None:
    rule = rules(prod, role)["checkers"]
    path, addresses = rule["statement"]["and_statement"]["statement"]
    assert rule["action"] == {"allow": {}}
    assert open_routes(path).fullmatch("/writer")
    known: Resource = prod.the("aws_wafv2_ip_set", role)
    assert addresses["ip_set_reference_statement"]["arn"] == known.attribute("arn")
    assert known["addresses"].endswith(".cidr_blocks}")
    assert CHECKERS in json.dumps(prod.json["data"]["aws_ip_ranges"])


@pytest.mark.parametrize("path", ["/writer", "/health", "/live/writer", "/live/health"])
def test_address_that_asks_an_open_route_too_often_is_told_so(prod: Synthesized, role: Role, path: str) -> None:
    rule = rules(prod, role)["rate"]
    rate = rule["statement"]["rate_based_statement"]
    assert rule["action"] == {"block": {"custom_response": {"response_code": 429}}}
    assert (rate["limit"], rate["evaluation_window_sec"], rate["aggregate_key_type"]) == (3_000, 300, "IP")
    assert open_routes(rate["scope_down_statement"]).fullmatch(path)


@pytest.mark.parametrize("path", ["/payment", "/live/payment/writer", "/payment/health", "/writers"])
def test_payers_have_no_limit_by_address(prod: Synthesized, role: Role, path: str) -> None:
    rate = rules(prod, role)["rate"]["statement"]["rate_based_statement"]
    assert not open_routes(rate["scope_down_statement"]).search(path)


def test_no_sample_keeps_a_request(prod: Synthesized, role: Role) -> None:
    """Its headers hold signatures."""
    acl = prod.the("aws_wafv2_web_acl", role)
    seen = [acl["visibility_config"], *(each["visibility_config"] for each in acl["rule"])]
    assert {each["sampled_requests_enabled"] for each in seen} == {False}
