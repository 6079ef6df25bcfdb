"""The roles of no function: replication, and operations."""

from typing import Any

import pytest

from dr_constructs.region import Role
from tests.synth.reading import Synthesized
from tests.synth.test_roles import keys, reached


@pytest.fixture
def operations(shipped: Synthesized) -> list[dict[str, Any]]:
    name = f"dr-operations-{shipped.settings.environment_suffix}"
    return shipped.permissions(shipped.the("aws_iam_role", name=name))


class TestReplicationRole:
    """One for each direction."""

    def test_it_may_do_what_replication_takes_and_no_more(self, shipped: Synthesized, role: Role) -> None:
        """FACTS 5.1, to the letter."""
        source, destination = shipped.the("aws_s3_bucket", role), shipped.the("aws_s3_bucket", shipped.peer(role))
        own = shipped.the("aws_iam_role", role, name=shipped.name("replication", role))
        allowed = {
            (action, resource)
            for statement in shipped.permissions(own)
            for action in statement["actions"]
            for resource in statement["resources"]
        }
        objects, copies = f"{source.attribute('arn')}/*", f"{destination.attribute('arn')}/*"
        assert allowed == {
            ("s3:GetReplicationConfiguration", source.attribute("arn")),
            ("s3:ListBucket", source.attribute("arn")),
            ("s3:GetObjectVersionForReplication", objects),
            ("s3:GetObjectVersionAcl", objects),
            ("s3:GetObjectVersionTagging", objects),
            ("s3:ReplicateObject", copies),
            ("s3:ReplicateDelete", copies),
            ("s3:ReplicateTags", copies),
        }

    def test_it_is_the_one_that_the_rule_uses(self, shipped: Synthesized, role: Role) -> None:
        configuration = shipped.the("aws_s3_bucket_replication_configuration", role)
        assert shipped.referred(configuration["role"])["name"] == shipped.name("replication", role)


class TestOperationsRole:
    """What people and schedulers may do on the day."""

    def test_it_lives_with_the_standby(self, shipped: Synthesized) -> None:
        name = f"dr-operations-{shipped.settings.environment_suffix}"
        assert shipped.the("aws_iam_role", name=name).role is Role.STANDBY

    def test_it_reaches_both_regions(self, shipped: Synthesized, operations: list[dict[str, Any]]) -> None:
        assert reached(shipped, operations) == {shipped.settings.primary_region, shipped.settings.standby_region}

    def test_it_may_set_and_clear_fences_but_no_other_control_item(self, operations: list[dict[str, Any]]) -> None:
        assert keys(operations, "UpdateItem") == {"control#fence#*"}

    def test_it_may_put_back_payments_and_nothing_else(self, operations: list[dict[str, Any]]) -> None:
        assert keys(operations, "PutItem") == {"payment#*"}

    def test_it_may_change_data_but_no_infrastructure(self, operations: list[dict[str, Any]]) -> None:
        reading = ("Get", "List", "Describe", "Scan", "GET")  # the API Gateway's actions are HTTP's methods
        changing = {
            action for each in operations for action in each["actions"] if not action.split(":")[1].startswith(reading)
        }
        assert changing == {
            "dynamodb:UpdateItem",  # fences
            "dynamodb:PutItem",  # reconcile
            "sqs:ReceiveMessage",  # redrive, these four
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:SendMessage",
        }

    def test_it_reads_no_secret(self, shipped: Synthesized, operations: list[dict[str, Any]]) -> None:
        parameters = [each for each in operations if "ssm:GetParameter" in each["actions"]]
        types = {shipped.referred(name)["type"] for each in parameters for name in each["resources"]}
        assert types == {"String"}

    def test_it_sees_alarms_of_the_two_regions_alone(
        self, shipped: Synthesized, operations: list[dict[str, Any]]
    ) -> None:
        (alarms,) = (each for each in operations if each["actions"] == ["cloudwatch:DescribeAlarms"])
        regions = [name.split(":")[3] for name in alarms["resources"]]
        assert sorted(regions) == sorted(shipped.region(role) for role in Role)

    def test_of_the_api_gateway_it_sees_the_accounts_limits_and_the_own_stages(
        self, shipped: Synthesized, operations: list[dict[str, Any]]
    ) -> None:
        told = {name for each in operations if each["actions"] == ["apigateway:GET"] for name in each["resources"]}
        stages = {shipped.the("aws_api_gateway_stage", role).attribute("arn") for role in Role}
        assert told == stages | {f"arn:aws:apigateway:{shipped.region(role)}::/account" for role in Role}
