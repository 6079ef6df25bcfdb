"""The roles of no function: replication, operations and releases."""

from typing import Any

import pytest

from contract.environment import Function
from contract.roles import Role
from tests.synth.reading import Synthesized
from tests.synth.test_roles import is_control_table, keys, live_stage, reached


@pytest.fixture
def operations(shipped: Synthesized) -> list[dict[str, Any]]:
    name = f"dr-operations-{shipped.settings.environment_suffix}"
    return shipped.permissions(shipped.the("aws_iam_role", name=name))


@pytest.fixture
def releasing(shipped: Synthesized) -> list[dict[str, Any]]:
    name = f"dr-release-{shipped.settings.environment_suffix}"
    return shipped.permissions(shipped.the("aws_iam_role", name=name))


def _on(statements: list[dict[str, Any]], action: str) -> set[str]:
    """Return the resources on which an action is allowed."""
    return {name for each in statements if action in each["actions"] for name in each["resources"]}


class TestReplicationRole:
    """One for each direction."""

    def test_it_may_do_what_replication_takes_and_no_more(self, shipped: Synthesized, role: Role) -> None:
        """FACTS 5.1, to the letter; of locked objects the lock, too (FACTS 5.7)."""
        source, destination = shipped.the("aws_s3_bucket", role), shipped.the("aws_s3_bucket", shipped.peer(role))
        own = shipped.the("aws_iam_role", role, name=shipped.name("replication", role))
        allowed = {
            (action, resource)
            for statement in shipped.permissions(own)
            for action in statement["actions"]
            for resource in statement["resources"]
        }
        objects, copies = f"{source.attribute('arn')}/*", f"{destination.attribute('arn')}/*"
        locks = ("s3:GetObjectLegalHold", "s3:GetObjectRetention") if shipped.settings.protected else ()
        assert allowed == {
            *((action, objects) for action in locks),
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

    def test_of_the_control_table_it_may_change_the_writer_and_the_release(
        self, operations: list[dict[str, Any]]
    ) -> None:
        changed = keys(operations, "PutItem", "UpdateItem", "DeleteItem", control=True)
        assert changed == {"writer", "release"}

    def test_it_may_end_a_release_and_begin_none(self, operations: list[dict[str, Any]]) -> None:
        assert "release" in keys(operations, "UpdateItem", control=True)
        assert "release" not in keys(operations, "PutItem", "DeleteItem", control=True)

    def test_it_may_read_all_that_tickers_keep(self, operations: list[dict[str, Any]]) -> None:
        assert keys(operations, "GetItem", control=True) == {"writer", "proof#*", "ticker#*", "epoch#*", "release"}

    def test_it_may_put_back_payments_and_break_each_regions_own_glass(
        self, shipped: Synthesized, operations: list[dict[str, Any]]
    ) -> None:
        puts = [
            each
            for each in operations
            if "dynamodb:PutItem" in each["actions"] and not is_control_table(each["resources"])
        ]
        found = {reached(shipped, [each]).pop(): set(each["condition"][0]["values"]) for each in puts}
        assert found == {shipped.region(role): {"payment#*", f"control#glass#{shipped.region(role)}"} for role in Role}

    def test_it_may_read_both_streams(self, shipped: Synthesized, operations: list[dict[str, Any]]) -> None:
        """What is on its way to the other region shows there alone (FACTS 1.12)."""
        reading = {"dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords"}
        (streams,) = (each["resources"] for each in operations if set(each["actions"]) == reading)
        assert streams == [shipped.of_payments("stream_arn", role) for role in Role]

    def test_it_sees_how_both_tables_are_set_up(self, shipped: Synthesized, operations: list[dict[str, Any]]) -> None:
        for action in ("dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups"):
            described = _on(operations, action)
            assert sum("table/payments-control-" in name for name in described) == 2
            assert len(described) == 4

    def test_it_may_change_data_but_no_infrastructure(self, operations: list[dict[str, Any]]) -> None:
        reading = ("Get", "BatchGet", "List", "Describe", "Scan", "GET")  # the API Gateway's actions are HTTP's methods
        changing = {
            action for each in operations for action in each["actions"] if not action.split(":")[1].startswith(reading)
        }
        assert changing == {
            "dynamodb:PutItem",  # the writer, reconcile, break-glass
            "dynamodb:UpdateItem",  # release abort
            "sqs:ReceiveMessage",  # redrive, these four
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:SendMessage",
            "s3:PutObject",  # reconcile --write-logs
            "events:PutEvents",  # of this project's source
            "s3:CreateJob",  # copies, these three
            "s3:UpdateJobStatus",
            "iam:PassRole",
        }

    def test_it_writes_logs_beside_those_of_the_functions(
        self, shipped: Synthesized, operations: list[dict[str, Any]]
    ) -> None:
        written = {name for each in operations if "s3:PutObject" in each["actions"] for name in each["resources"]}
        buckets = {shipped.the("aws_s3_bucket", role).attribute("arn") for role in Role}
        assert written == {f"{bucket}/transaction-logs/operators/*" for bucket in buckets}

    def test_it_takes_nothing_from_a_retry_queue(self, shipped: Synthesized, operations: list[dict[str, Any]]) -> None:
        taking = {"sqs:DeleteMessage", "sqs:ChangeMessageVisibility"}
        queues = {name for each in operations if taking & set(each["actions"]) for name in each["resources"]}
        names = {shipped.referred(name)["name"] for name in queues}
        assert names == {shipped.name("dead-letter", role) for role in Role}

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


class TestReleaseRole:
    """Who may move versions."""

    def test_it_lives_with_the_standby(self, shipped: Synthesized) -> None:
        name = f"dr-release-{shipped.settings.environment_suffix}"
        assert shipped.the("aws_iam_role", name=name).role is Role.STANDBY

    def test_it_reads_the_writer_and_cannot_change_it(self, releasing: list[dict[str, Any]]) -> None:
        assert keys(releasing, "GetItem", control=True) == {"writer", "release", "ticker#*"}
        assert keys(releasing, "PutItem", "UpdateItem", "DeleteItem", control=True) == {"release"}

    def test_it_reads_who_may_invoke_the_payment_function_itself(
        self, shipped: Synthesized, releasing: list[dict[str, Any]]
    ) -> None:
        names = [shipped.name("payment-api", role) for role in Role]
        functions = {shipped.the("aws_lambda_function", function_name=name).attribute("arn") for name in names}
        assert _on(releasing, "lambda:GetPolicy") == functions

    def test_it_may_change_these_things_alone(self, releasing: list[dict[str, Any]]) -> None:
        reading = ("Get", "List", "Describe", "Filter", "Scan", "GET")
        changing = {
            action for each in releasing for action in each["actions"] if not action.split(":")[1].startswith(reading)
        }
        assert changing == {
            "dynamodb:PutItem",  # the release item
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",  # canary payments
            "lambda:UpdateAlias",
            "lambda:DeleteFunction",
            "lambda:InvokeFunction",
            "apigateway:POST",
            "apigateway:PATCH",
            "apigateway:DELETE",
            "events:PutEvents",  # of this project's source
        }

    def test_payments_are_out_of_its_reach(self, shipped: Synthesized, releasing: list[dict[str, Any]]) -> None:
        actions = [f"dynamodb:{action}Item" for action in ("Get", "Put", "Update", "Delete")]
        tables = {name for action in actions for name in _on(releasing, action)}
        canaries = {shipped.canary_table(role).attribute("arn") for role in Role}
        assert all(is_control_table([name]) for name in tables - canaries)
        assert canaries < tables

    def test_it_deletes_versions_and_no_function(self, shipped: Synthesized, releasing: list[dict[str, Any]]) -> None:
        assert _on(releasing, "lambda:DeleteFunction") == {f"{each.attribute('arn')}:*" for each in shipped.functions()}

    def test_it_invokes_canaries_alone(self, shipped: Synthesized, releasing: list[dict[str, Any]]) -> None:
        assert _on(releasing, "lambda:InvokeFunction") == {
            f"{shipped.function(Function.PAYMENT_CANARY, role).attribute('arn')}:*" for role in Role
        }

    def test_it_makes_deployments_and_moves_the_stage(
        self, shipped: Synthesized, releasing: list[dict[str, Any]]
    ) -> None:
        apis = {shipped.the("aws_api_gateway_rest_api", role).attribute("arn") for role in Role}
        assert _on(releasing, "apigateway:POST") == {f"{api}/deployments" for api in apis}
        assert _on(releasing, "apigateway:DELETE") == {f"{api}/deployments/*" for api in apis}
        assert _on(releasing, "apigateway:PATCH") == {live_stage(shipped, role) for role in Role}


class TestRestoreRole:
    """Who may put payments right: nobody, unless people are named for it."""

    @pytest.fixture
    def restoring(self, prod: Synthesized) -> list[dict[str, Any]]:
        return prod.permissions(prod.the("aws_iam_role", name="dr-restore-prod"))

    def test_there_is_none_where_nobody_is_named(self, dev: Synthesized) -> None:
        assert "dr-restore-dev" not in {each["name"] for each in dev.all("aws_iam_role")}

    def test_it_lives_with_the_standby_for_an_hour_at_a_time(self, prod: Synthesized) -> None:
        role = prod.the("aws_iam_role", name="dr-restore-prod")
        assert (role.role, role.get("max_session_duration")) == (Role.STANDBY, None)

    def test_it_reads_the_writer_and_cannot_change_it(self, restoring: list[dict[str, Any]]) -> None:
        assert keys(restoring, "GetItem", control=True) == {"writer"}
        assert keys(restoring, "PutItem", "UpdateItem", "DeleteItem", control=True) == set()

    def test_of_the_payments_table_it_changes_payments_alone(self, restoring: list[dict[str, Any]]) -> None:
        assert keys(restoring, "PutItem", "DeleteItem", control=False) == {"payment#*"}

    def test_it_deletes_side_tables_alone(self, prod: Synthesized, restoring: list[dict[str, Any]]) -> None:
        names = {arn.rpartition("/")[2] for arn in _on(restoring, "dynamodb:DeleteTable")}
        assert names == {"payments-restore-????????T??????Z-prod"}
        sources = _on(restoring, "dynamodb:RestoreTableToPointInTime")
        assert len(sources) == len(Role)
        assert not any("restore-" in arn for arn in sources)
        assert prod.settings.environment_suffix == "prod"

    def test_it_may_change_these_things_alone(self, restoring: list[dict[str, Any]]) -> None:
        reading = ("Get", "List", "Describe", "Filter", "Scan", "Query")
        changing = {
            action for each in restoring for action in each["actions"] if not action.split(":")[1].startswith(reading)
        }
        assert changing == {
            "dynamodb:BatchWriteItem",  # a restore into the side table, as are some of the next
            "dynamodb:DeleteItem",
            "dynamodb:DeleteTable",
            "dynamodb:PutItem",
            "dynamodb:RestoreTableToPointInTime",
            "dynamodb:UpdateItem",
        }


@pytest.mark.parametrize("name", ["dr-operations", "dr-release"])
def test_operators_events_are_of_one_source_on_the_default_buses(shipped: Synthesized, name: str) -> None:
    role = shipped.the("aws_iam_role", Role.STANDBY, name=f"{name}-{shipped.settings.environment_suffix}")
    (publishing,) = (each for each in shipped.permissions(role) if "events:PutEvents" in each["actions"])
    assert sorted(arn.split(":")[3] for arn in publishing["resources"]) == sorted(map(shipped.region, Role))
    assert {arn.rpartition(":")[2] for arn in publishing["resources"]} == {"event-bus/default"}
    assert publishing["condition"] == [
        {"test": "ForAllValues:StringEquals", "variable": "events:source", "values": ["payments.dr"]}
    ]
