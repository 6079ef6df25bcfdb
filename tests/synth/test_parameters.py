"""Parameters: endpoints, configuration, the connection string; readable by who needs them (FACTS 7)."""

import json

import pytest

from contract.environment import Function
from contract.roles import Role
from handlers.tickers.configuration import parse_recovery_point
from operations.site import Site
from tests.synth.reading import Resource, Synthesized

READERS: dict[str, set[str]] = {
    "endpoints/own": {Function.TICKER},
    "endpoints/peer": set(),
    "endpoints/failover": set(),
    "functions/configuration": {Function.TICKER},
    "database/connection-string": {Function.RETRY_WORKER},
    "operations/site": {"dr-operations", "dr-release"},
}
"""The kinds of roles that may read a parameter."""


def parameter(environment: Synthesized, path: str, role: Role) -> Resource:
    """Return one parameter of one region."""
    return environment.the("aws_ssm_parameter", role, name=f"/{environment.name('payments', role)}/{path}")


class TestParameters:
    """What each region tells its functions and operators."""

    def test_there_are_these(self, shipped: Synthesized, role: Role) -> None:
        paths = {each["name"].split("/", 2)[2] for each in shipped.all("aws_ssm_parameter", role)}
        expected = set(READERS) if shipped.settings.domain_name else set(READERS) - {"endpoints/failover"}
        assert paths == expected

    @pytest.mark.parametrize("path", ["endpoints/own", "endpoints/peer"])
    def test_each_region_knows_both_endpoints(self, with_domain: Synthesized, role: Role, path: str) -> None:
        meant = role if path.endswith("own") else with_domain.peer(role)
        expected = f"https://{with_domain.region(meant)}.api.{with_domain.settings.domain_name}"
        assert parameter(with_domain, path, role)["value"] == expected

    def test_each_region_knows_the_failover_endpoint(self, with_domain: Synthesized, role: Role) -> None:
        expected = f"https://api.{with_domain.settings.domain_name}"
        assert parameter(with_domain, "endpoints/failover", role)["value"] == expected

    @pytest.mark.parametrize("path", ["endpoints/own", "endpoints/peer"])
    def test_without_a_domain_endpoints_are_aws_own(self, no_domain: Synthesized, role: Role, path: str) -> None:
        meant = role if path.endswith("own") else no_domain.peer(role)
        stage = no_domain.the("aws_api_gateway_stage", meant)
        assert parameter(no_domain, path, role)["value"] == stage.attribute("invoke_url")

    def test_the_configuration_is_json(self, shipped: Synthesized, role: Role) -> None:
        document = parameter(shipped, "functions/configuration", role)["value"]
        assert json.loads(document) == {"recoveryPointSeconds": 300}
        assert parse_recovery_point(document, "configuration") == 300


class TestOperationsSite:
    """What the operations tools read when Terraform's state is out of reach."""

    def test_both_regions_hold_the_same(self, shipped: Synthesized) -> None:
        primary, standby = (parameter(shipped, "operations/site", role)["value"] for role in Role)
        assert primary == standby

    def test_it_repeats_the_outputs_it_names(self, shipped: Synthesized, role: Role) -> None:
        stored = json.loads(parameter(shipped, "operations/site", role)["value"])
        outputs = {name: output["value"] for name, output in shipped.json["output"].items()}
        assert {name: value for name, value in stored.items() if name in outputs} == {
            name: outputs[name] for name in stored if name != "alarm_names"
        }

    def test_it_names_every_alarm(self, shipped: Synthesized, role: Role) -> None:
        stored = json.loads(parameter(shipped, "operations/site", role)["value"])
        alarms = shipped.all("aws_cloudwatch_metric_alarm", role)
        names = [shipped.name(kind, role) for kind in stored["alarm_names"][shipped.region(role)]]
        assert sorted(names) == sorted(each["alarm_name"] for each in alarms)

    def test_operations_find_all_they_need_in_it(self, shipped: Synthesized, role: Role) -> None:
        site = Site.from_outputs(json.loads(parameter(shipped, "operations/site", role)["value"]))
        assert [site.primary.name, site.standby.name] == [shipped.region(role) for role in Role]

    def test_operations_judge_lag_by_the_deployed_threshold(self, shipped: Synthesized, role: Role) -> None:
        stored = json.loads(parameter(shipped, "operations/site", role)["value"])
        assert "replication_lag_threshold_seconds" in stored
        assert (
            Site.from_outputs(stored).replication_lag_threshold_seconds
            == shipped.settings.replication_lag_threshold_seconds
        )

    def test_there_is_room_for_it(self, shipped: Synthesized, role: Role) -> None:
        assert parameter(shipped, "operations/site", role)["tier"] == "Advanced"


class TestConnectionString:
    """The secret."""

    def test_it_is_the_only_one(self, shipped: Synthesized) -> None:
        secret = {each["name"] for each in shipped.all("aws_ssm_parameter", type="SecureString")}
        assert secret == {parameter(shipped, "database/connection-string", role)["name"] for role in Role}

    def test_it_is_written_past_the_state(self, shipped: Synthesized, role: Role) -> None:
        """`value` would lie in the state file in plain text (FACTS 7.2)."""
        secret = parameter(shipped, "database/connection-string", role)
        assert "value" not in secret.body
        assert secret["value_wo_version"] == 1

    def test_it_names_its_own_regions_table(self, shipped: Synthesized, role: Role) -> None:
        table = shipped.payments_table.attribute("name")
        secret = parameter(shipped, "database/connection-string", role)
        assert secret["value_wo"] == f"dynamodb://{shipped.region(role)}/{table}"

    def test_no_output_shows_it(self, shipped: Synthesized) -> None:
        assert "connection-string" not in json.dumps(shipped.json["output"])


@pytest.mark.parametrize("path", READERS)
def test_it_is_readable_by_who_needs_it_and_by_nobody_else(shipped: Synthesized, role: Role, path: str) -> None:
    arns = {each.attribute("arn") for each in shipped.all("aws_ssm_parameter", role) if each["name"].endswith(path)}
    readers = {
        iam_role["name"]
        .removesuffix(f"-{shipped.settings.environment_suffix}")
        .removesuffix(f"-{shipped.region(role)}")
        for iam_role in shipped.all("aws_iam_role")
        for statement in shipped.permissions(iam_role)
        if "ssm:GetParameter" in statement["actions"] and arns & set(statement["resources"])
    }
    may_restore = path == "operations/site" and shipped.settings.restore_principal_arns
    assert readers == READERS[path] | ({"dr-restore"} if may_restore else set())


def test_parameters_are_read_one_by_one(shipped: Synthesized) -> None:
    """By exact ARN (FACTS 7.1): no right to list or to read by path."""
    actions = {
        action
        for each in shipped.all("data.aws_iam_policy_document")
        for s in each["statement"]
        for action in s["actions"]
    }
    assert {action for action in actions if action.startswith("ssm:")} == {"ssm:GetParameter"}
