"""Outputs: what the deployment tells people and the operations tools, in each environment."""

from typing import Any

import pytest

from contract.environment import Function
from contract.roles import Role
from dr_constructs.dns.failover_time import failover_bounds
from operations.role_names import OPERATIONS_ROLE, site_role_arn
from tests.synth.conftest import Synthesize
from tests.synth.reading import ROLES, Synthesized

ALWAYS = {
    "alarm_arns",
    "alarm_topic_arns",
    "backup_failure_queue_names",
    "bucket_names",
    "canary_table_names",
    "control_table_name",
    "dashboard_name",
    "dead_letter_queue_urls",
    "execute_api_urls",
    "function_names",
    "kept_versions",
    "log_retention_days",
    "operations_role_arn",
    "primary_endpoint_url",
    "queue_names",
    "regions",
    "release_role_arn",
    "replication_lag_threshold_seconds",
    "rest_api_ids",
    "retry_queue_urls",
    "standby_endpoint_url",
    "stream_failure_queue_urls",
    "table_name",
    "witness_region",
}
WITH_DOMAIN = {
    "failover_endpoint_url",
    "failover_seconds",
    "health_check_ids",
    "health_check_urls",
}


def value(environment: Synthesized, name: str) -> Any:
    """Return the value of an output."""
    return environment.json["output"][name]["value"]


class TestEveryEnvironment:
    """What is told in all of them."""

    def test_the_outputs_are_these(self, shipped: Synthesized) -> None:
        domain = WITH_DOMAIN if shipped.settings.domain_name else set()
        urls = {"function_urls"} if shipped.settings.function_urls else set()
        restore = {"restore_role_arn"} if shipped.settings.restore_principal_arns else set()
        servers = {"zone_name_servers"} if domain and not shipped.settings.hosted_zone_id else set()
        assert set(shipped.json["output"]) == ALWAYS | domain | urls | servers | restore

    def test_each_says_what_it_is(self, shipped: Synthesized) -> None:
        assert all(output["description"] for output in shipped.json["output"].values())

    def test_none_is_hidden(self, shipped: Synthesized) -> None:
        """Nothing in them is a secret."""
        assert not [name for name, output in shipped.json["output"].items() if output.get("sensitive")]

    def test_the_table(self, shipped: Synthesized) -> None:
        assert value(shipped, "table_name") == shipped.payments_table.attribute("name")

    def test_the_control_table(self, shipped: Synthesized) -> None:
        assert value(shipped, "control_table_name") == f"payments-control-{shipped.settings.environment_suffix}"
        assert value(shipped, "witness_region") == shipped.settings.witness_region

    def test_which_region_has_which_role(self, shipped: Synthesized) -> None:
        assert value(shipped, "regions") == {role: shipped.region(role) for role in ROLES}

    @pytest.mark.parametrize(
        ("output", "kind", "attribute"),
        [
            ("alarm_topic_arns", "aws_sns_topic", "arn"),
            ("bucket_names", "aws_s3_bucket", "bucket"),
            ("execute_api_urls", "aws_api_gateway_stage", "invoke_url"),
            ("rest_api_ids", "aws_api_gateway_rest_api", "id"),
        ],
    )
    def test_one_for_each_region(self, shipped: Synthesized, output: str, kind: str, attribute: str) -> None:
        assert value(shipped, output) == {role: shipped.the(kind, role).attribute(attribute) for role in ROLES}

    @pytest.mark.parametrize(
        ("output", "kind"),
        [
            ("retry_queue_urls", "retry"),
            ("dead_letter_queue_urls", "dead-letter"),
            ("stream_failure_queue_urls", "stream-failures"),
        ],
    )
    def test_the_queues(self, shipped: Synthesized, role: Role, output: str, kind: str) -> None:
        queue = shipped.the("aws_sqs_queue", role, name=shipped.name(kind, role))
        assert value(shipped, output)[role] == queue.attribute("url")
        assert value(shipped, "queue_names")[role][output.removesuffix("_queue_urls")] == queue.attribute("name")

    def test_where_exports_that_failed_are_kept(self, shipped: Synthesized, role: Role) -> None:
        assert value(shipped, "backup_failure_queue_names")[role] == shipped.the(
            "aws_sqs_queue", role, name=shipped.name("backup-failures", role)
        ).attribute("name")

    def test_the_functions(self, shipped: Synthesized, role: Role) -> None:
        assert value(shipped, "function_names")[role] == {
            function: shipped.function(function, role).attribute("function_name") for function in Function
        }

    def test_what_a_release_needs(self, shipped: Synthesized) -> None:
        assert value(shipped, "canary_table_names") == {
            role: shipped.canary_table(role).attribute("name") for role in ROLES
        }
        assert value(shipped, "kept_versions") == shipped.settings.kept_versions
        role = shipped.referred(value(shipped, "release_role_arn"))
        assert role["name"] == f"dr-release-{shipped.settings.environment_suffix}"
        assert role.get("path") is None

    def test_every_alarm_by_the_region_that_evaluates_it(self, shipped: Synthesized, role: Role) -> None:
        alarms = shipped.all("aws_cloudwatch_metric_alarm", role)
        assert sorted(value(shipped, "alarm_arns")[shipped.region(role)]) == sorted(
            each.attribute("arn") for each in alarms
        )

    def test_the_role_that_operators_assume(self, shipped: Synthesized) -> None:
        role = shipped.referred(value(shipped, "operations_role_arn"))
        arn = site_role_arn(OPERATIONS_ROLE, "123456789012", shipped.settings.environment_suffix)
        assert arn == f"arn:aws:iam::123456789012:role/{role['name']}"
        assert role.get("path") is None


class TestDomain:
    """What is told where there is a domain."""

    def test_the_endpoint_that_fails_over(self, with_domain: Synthesized) -> None:
        assert value(with_domain, "failover_endpoint_url") == f"https://api.{with_domain.settings.domain_name}"

    def test_the_endpoints_that_do_not(self, with_domain: Synthesized, role: Role) -> None:
        expected = f"https://{with_domain.region(role)}.api.{with_domain.settings.domain_name}"
        assert value(with_domain, f"{role}_endpoint_url") == expected

    def test_every_health_check(self, with_domain: Synthesized) -> None:
        told = with_domain.references(list(value(with_domain, "health_check_ids").values()))
        assert told == set(with_domain.all("aws_route53_health_check"))
        expected = {"primary_writer", "standby_writer", "standby_health", "serving"}
        assert set(value(with_domain, "health_check_ids")) == expected

    def test_what_each_of_them_asks_for(self, with_domain: Synthesized) -> None:
        told = value(with_domain, "health_check_urls")
        assert set(told) == {"primary_writer", "standby_writer", "standby_health"}
        assert all(url.startswith("https://${") and url.endswith(".resource_path}") for url in told.values())

    def test_how_long_a_failover_takes(self, with_domain: Synthesized) -> None:
        settings = with_domain.settings
        bounds = failover_bounds(
            interval_seconds=settings.health_check_interval_seconds,
            failure_threshold=settings.health_check_failure_threshold,
        )
        assert value(with_domain, "failover_seconds") == {
            "endpoint_lost": bounds.endpoint_lost,
            "not_owner": bounds.not_owner,
            "target": 900,
        }

    def test_the_name_servers_to_delegate_to(self, dev: Synthesized) -> None:
        zone = dev.the("aws_route53_zone")
        assert value(dev, "zone_name_servers") == zone.attribute("name_servers")


class TestWithoutDomain:
    """What is told where there is none."""

    def test_the_endpoints_are_aws_own(self, no_domain: Synthesized, role: Role) -> None:
        stage = no_domain.the("aws_api_gateway_stage", role)
        assert value(no_domain, f"{role}_endpoint_url") == stage.attribute("invoke_url")

    def test_the_function_urls(self, no_domain: Synthesized) -> None:
        assert value(no_domain, "function_urls") == {
            role: no_domain.the("aws_lambda_function_url", role).attribute("function_url") for role in ROLES
        }


def test_function_urls_can_stand_beside_a_domain(synthesize: Synthesize) -> None:
    both = synthesize("dev", DR_FUNCTION_URLS="true")
    assert set(both.json["output"]) == ALWAYS | WITH_DOMAIN | {"function_urls", "zone_name_servers"}
