"""Versions and aliases: an apply publishes and moves nothing, and whatever invokes a function names its alias."""

import json
import re

import pytest

from contract.environment import Function, Variable
from contract.releases import DATA_FORMATS, LIVE_ALIAS, DataFormats
from contract.roles import Role
from handlers.writer.item import Writer
from tests.synth.reading import ROLES, Synthesized

each_function = pytest.mark.parametrize("function", Function)

MAX_VARIABLES_BYTES = 4096
"""Lambda's, of all variables of a function together."""

MAX_PARAMETER_BYTES = 8192
"""SSM's, of an advanced parameter."""

LONGEST_VALUE = 128
"""Longer than what any reference in the site comes to, such as a queue's URL."""


def targets(environment: Synthesized, role: Role) -> str:
    """Return what the ticker of a region may put back."""
    text: str = environment.function(Function.TICKER, role)["environment"]["variables"]["RELEASE_TARGETS"]
    return text


@each_function
class TestFunctions:
    """Every function."""

    def test_every_change_publishes_a_version(self, shipped: Synthesized, role: Role, function: Function) -> None:
        assert shipped.function(function, role)["publish"] is True

    def test_a_version_says_what_it_writes_and_reads(
        self, shipped: Synthesized, role: Role, function: Function
    ) -> None:
        told = shipped.function(function, role)["environment"]["variables"][Variable.DATA_FORMATS]
        assert DataFormats.parse(told) == DATA_FORMATS

    def test_the_first_version_gets_the_traffic(self, shipped: Synthesized, role: Role, function: Function) -> None:
        alias, own = shipped.alias(function, role), shipped.function(function, role)
        assert alias.has({"name": LIVE_ALIAS, "function_version": own.attribute("version")})

    def test_no_later_one_gets_it_by_an_apply(self, shipped: Synthesized, role: Role, function: Function) -> None:
        ignored = ["description", "function_version", "routing_config"]
        assert shipped.alias(function, role)["lifecycle"] == {"ignore_changes": ignored}


class TestInvocations:
    """Nothing invokes anything but the alias."""

    def test_permissions(self, shipped: Synthesized) -> None:
        for permission in shipped.all("aws_lambda_permission"):
            alias = shipped.referred(permission["qualifier"])
            assert permission["qualifier"] == alias.attribute("name")
            assert permission["function_name"] == alias.attribute("function_name")

    @pytest.mark.parametrize(
        ("kind", "argument"),
        [
            ("aws_lambda_event_source_mapping", "function_name"),
            ("aws_cloudwatch_event_target", "arn"),
            ("aws_api_gateway_integration", "uri"),
        ],
    )
    def test_sources(self, shipped: Synthesized, kind: str, argument: str) -> None:
        assert {shipped.referred(each[argument]).kind for each in shipped.all(kind)} == {"aws_lambda_alias"}

    @pytest.mark.parametrize("kind", ["aws_lambda_function_event_invoke_config", "aws_lambda_function_url"])
    def test_what_has_a_qualifier(self, no_domain: Synthesized, kind: str) -> None:
        for each in no_domain.all(kind):
            assert no_domain.referred(each["qualifier"]).kind == "aws_lambda_alias"

    def test_permissions_have_other_ids_than_what_an_earlier_stack_keeps(self, shipped: Synthesized) -> None:
        kept = {each["from"] for each in shipped.json["removed"]}
        assert not kept & {each.address for each in shipped.all("aws_lambda_permission")}


class TestTicker:
    """What puts back a release that nobody drives."""

    def test_it_knows_both_regions_functions_and_apis(self, shipped: Synthesized, role: Role) -> None:
        assert json.loads(targets(shipped, role)) == {
            shipped.region(each): {
                "functions": {function: shipped.name(function, each) for function in Function},
                "api": shipped.the("aws_api_gateway_rest_api", each).attribute("id"),
            }
            for each in ROLES
        }

    def test_both_regions_know_the_same(self, shipped: Synthesized) -> None:
        assert targets(shipped, Role.PRIMARY) == targets(shipped, Role.STANDBY)

    def test_there_is_room_for_it(self, shipped: Synthesized, role: Role) -> None:
        variables = shipped.function(Function.TICKER, role)["environment"]["variables"]
        assert sum(len(name) + len(value) for name, value in variables.items()) < MAX_VARIABLES_BYTES


class TestCanary:
    """The payment API's code on stores of its own."""

    def test_nothing_but_its_stores_and_its_name_differs(self, shipped: Synthesized, role: Role) -> None:
        own, real = (shipped.function(each, role) for each in (Function.PAYMENT_CANARY, Function.PAYMENT_API))
        same = set(own.body) - {"//", "depends_on", "environment", "function_name", "logging_config", "role"}
        assert {name: own[name] for name in same} == {name: real[name] for name in same}
        ours, theirs = (each["environment"]["variables"] for each in (own, real))
        assert {name for name in ours if ours[name] != theirs[name]} == {
            Variable.TABLE_NAME,
            Variable.CONTROL_TABLE_NAME,
            Variable.RETRY_QUEUE_URL,
            Variable.SERVICE,
        }

    def test_its_stores_are_the_canarys(self, shipped: Synthesized, role: Role) -> None:
        variables = shipped.function(Function.PAYMENT_CANARY, role)["environment"]["variables"]
        table = shipped.canary_table(role)
        assert variables[Variable.TABLE_NAME] == variables[Variable.CONTROL_TABLE_NAME] == table.attribute("name")
        assert shipped.referred(variables[Variable.RETRY_QUEUE_URL])["name"] == shipped.name("canary", role)

    def test_its_table_is_replicated_nowhere(self, shipped: Synthesized, role: Role) -> None:
        table = shipped.canary_table(role)
        assert "replica" not in table.body
        assert table.has({"billing_mode": "PAY_PER_REQUEST", "server_side_encryption": {"enabled": True}})

    def test_its_region_may_store_there(self, shipped: Synthesized, role: Role) -> None:
        item = shipped.the("aws_dynamodb_table_item", role)
        assert item["table_name"] == shipped.canary_table(role).attribute("name")
        assert json.loads(item["item"])["pk"] == {"S": "writer"}
        assert Writer.from_item(json.loads(item["item"])).allows(shipped.region(role))
        assert item.address in shipped.function(Function.PAYMENT_CANARY, role)["depends_on"]

    def test_nothing_is_let_in(self, shipped: Synthesized, role: Role) -> None:
        """Whoever has the right invokes a version directly."""
        name = shipped.function(Function.PAYMENT_CANARY, role).attribute("function_name")
        alias = shipped.alias(Function.PAYMENT_CANARY, role).attribute("function_name")
        assert not [p for p in shipped.all("aws_lambda_permission", role) if p["function_name"] in {name, alias}]


def test_the_site_has_room_for_all_of_it(shipped: Synthesized, role: Role) -> None:
    (site,) = (each for each in shipped.all("aws_ssm_parameter", role) if each["name"].endswith("operations/site"))
    assert len(re.sub(r"\$\{[^}]+\}", "x" * LONGEST_VALUE, site["value"])) < MAX_PARAMETER_BYTES


def test_what_invokes_an_earlier_stacks_functions_may_go_on(shipped: Synthesized) -> None:
    removed = shipped.json["removed"]
    assert {each["lifecycle"]["destroy"] for each in removed} == {False}
    addresses = {each["from"] for each in removed}
    # An earlier stack's functions are invoked by the API's four routes and the ticker's schedule in each region. Every
    # other schedule is younger than releases.
    invoking = [each.id for each in shipped.all("aws_api_gateway_method")]
    invoking += [each.id for each in shipped.all("aws_cloudwatch_event_target") if "_ticker_" in each.id]
    permissions = {
        f"aws_lambda_permission.{re.sub('(method|target)_[0-9A-F]+$', 'permission', each)}" for each in invoking
    }
    assert len(permissions) == 10
    zone = {"aws_route53_zone.domain_zone"} if shipped.settings.hosted_zone_id else set()
    assert {address.rpartition("_")[0] for address in addresses} == permissions | zone
    assert len(addresses) == len(removed)
    assert not addresses & {each.address for each in shipped.resources}
