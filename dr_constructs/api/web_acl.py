"""A WAF in front of one region's API: a limit by address on the open routes, and AWS's managed rules."""

from typing import Any

from cdktf_cdktf_provider_aws.api_gateway_stage import ApiGatewayStage
from cdktf_cdktf_provider_aws.data_aws_ip_ranges import DataAwsIpRanges
from cdktf_cdktf_provider_aws.wafv2_ip_set import Wafv2IpSet
from cdktf_cdktf_provider_aws.wafv2_web_acl import (
    Wafv2WebAcl,
    Wafv2WebAclDefaultAction,
    Wafv2WebAclDefaultActionAllow,
    Wafv2WebAclRule,
    Wafv2WebAclRuleAction,
    Wafv2WebAclRuleActionAllow,
    Wafv2WebAclRuleActionBlock,
    Wafv2WebAclRuleActionBlockCustomResponse,
    Wafv2WebAclRuleOverrideAction,
    Wafv2WebAclRuleOverrideActionNone,
    Wafv2WebAclRuleVisibilityConfig,
    Wafv2WebAclVisibilityConfig,
)
from cdktf_cdktf_provider_aws.wafv2_web_acl_association import Wafv2WebAclAssociation
from constructs import Construct

from contract.names import regional_name
from contract.releases import STAGE_NAME
from dr_constructs.api.api_definition import ROUTES
from dr_constructs.region import Region

REQUESTS_PER_ADDRESS = 3_000
"""In five minutes, of the open routes. A client that knows both regions asks `/writer` once a second while nobody may
store: ten of them may share an address."""

MANAGED_RULES = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")
"""AWS's common rules are left out: they judge texts, and metadata is the payers' own."""

_TOO_MANY_REQUESTS = 429

# `/writer` on a custom domain, `/live/writer` on the API's own endpoint (FACTS 3.3).
OPEN_ROUTES = rf"^(/{STAGE_NAME})?({'|'.join(route.path for route in ROUTES if route.probe)})$"


class WebAcl(Construct):
    """Blocks addresses that ask the open routes too often, except Route 53's checkers."""

    def __init__(self, scope: Construct, id_: str, *, region: Region, suffix: str, stage: ApiGatewayStage) -> None:
        super().__init__(scope, id_)
        name = regional_name("payments", region.name, suffix)
        checkers = self._build_checkers(region, regional_name("checkers", region.name, suffix))
        acl = Wafv2WebAcl(
            self,
            "acl",
            provider=region.provider,
            name=name,
            scope="REGIONAL",
            default_action=Wafv2WebAclDefaultAction(allow=Wafv2WebAclDefaultActionAllow()),
            rule=[
                _rule("checkers", 0, _all_of(_of_open_routes(), {"ip_set_reference_statement": {"arn": checkers.arn}})),
                _rule(
                    "rate",
                    1,
                    {
                        "rate_based_statement": {
                            "limit": REQUESTS_PER_ADDRESS,
                            "evaluation_window_sec": 300,
                            "aggregate_key_type": "IP",
                            "scope_down_statement": _of_open_routes(),
                        }
                    },
                    blocks=True,
                ),
                *(_managed_rule(rules, 2 + number) for number, rules in enumerate(MANAGED_RULES)),
            ],
            visibility_config=Wafv2WebAclVisibilityConfig(
                cloudwatch_metrics_enabled=True,
                metric_name=name,
                sampled_requests_enabled=False,  # samples hold headers, signatures among them
            ),
        )
        Wafv2WebAclAssociation(
            self, "association", provider=region.provider, resource_arn=stage.arn, web_acl_arn=acl.arn
        )

    def _build_checkers(self, region: Region, name: str) -> Wafv2IpSet:
        # Read from the published list, which is served by no region: it blocks no plan while one is down (FACTS 9.1).
        ranges = DataAwsIpRanges(self, "ranges", provider=region.provider, services=["route53_healthchecks"])
        return Wafv2IpSet(
            self,
            "checkers",
            provider=region.provider,
            name=name,
            scope="REGIONAL",
            ip_address_version="IPV4",  # a regional API has no other addresses
            addresses=ranges.cidr_blocks,
        )


def _of_open_routes() -> dict[str, Any]:
    return {
        "regex_match_statement": {
            "regex_string": OPEN_ROUTES,
            "field_to_match": {"uri_path": {}},
            "text_transformation": [{"priority": 0, "type": "NONE"}],
        }
    }


def _all_of(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"and_statement": {"statement": list(statements)}}


def _rule(name: str, priority: int, statement: dict[str, Any], *, blocks: bool = False) -> Wafv2WebAclRule:
    refusal = Wafv2WebAclRuleActionBlock(
        custom_response=Wafv2WebAclRuleActionBlockCustomResponse(response_code=_TOO_MANY_REQUESTS)
    )
    return Wafv2WebAclRule(
        name=name,
        priority=priority,
        action=Wafv2WebAclRuleAction(
            block=refusal if blocks else None, allow=None if blocks else Wafv2WebAclRuleActionAllow()
        ),
        statement=statement,  # the provider's bindings have no types for these
        visibility_config=_visibility(name),
    )


def _managed_rule(rules: str, priority: int) -> Wafv2WebAclRule:
    return Wafv2WebAclRule(
        name=rules,
        priority=priority,
        override_action=Wafv2WebAclRuleOverrideAction(none=Wafv2WebAclRuleOverrideActionNone()),
        statement={"managed_rule_group_statement": {"vendor_name": "AWS", "name": rules}},
        visibility_config=_visibility(rules),
    )


def _visibility(name: str) -> Wafv2WebAclRuleVisibilityConfig:
    return Wafv2WebAclRuleVisibilityConfig(
        cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
