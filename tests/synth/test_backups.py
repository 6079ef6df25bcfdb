"""Backups: each region exports both of its replicas to its own bucket daily, and another copies them."""

import json
import re
from typing import Any

import pytest

from contract.environment import BACKUP_TABLES, Function
from contract.roles import Role
from tests.synth.reading import Resource, Synthesized
from tests.synth.test_roles import permissions

SCHEDULE = "aws_scheduler_schedule"


def schedule(environment: Synthesized, table: str, role: Role) -> Resource:
    """Return the schedule of one table's backups in one region."""
    return environment.the(SCHEDULE, role, name=environment.name(f"{table}-backup", role))


def request(environment: Synthesized, table: str, role: Role) -> dict[str, Any]:
    """Return what the schedule asks of DynamoDB."""
    text = schedule(environment, table, role)["target"]["input"]
    # Terraform replaces an expression before JSON is read, so the quotes in it are not JSON's.
    asked: dict[str, Any] = json.loads(re.sub(r"\$\{[^}]*\}", lambda found: json.dumps(found[0])[1:-1], text))
    return asked


@pytest.mark.parametrize("table", BACKUP_TABLES)
class TestSchedules:
    """One for each table in each region."""

    def test_it_is_daily(self, shipped: Synthesized, role: Role, table: str) -> None:
        found = schedule(shipped, table, role)
        minute, hour, *rest = found["schedule_expression"].removeprefix("cron(").removesuffix(")").split()
        assert (minute.isdigit(), hour.isdigit(), rest) == (True, True, ["*", "*", "?", "*"])
        assert found["schedule_expression_timezone"] == "UTC"

    def test_it_calls_dynamodb_itself(self, shipped: Synthesized, role: Role, table: str) -> None:
        target = schedule(shipped, table, role)["target"]
        assert target["arn"] == "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"

    def test_it_is_a_full_export_to_the_regions_own_bucket(self, shipped: Synthesized, role: Role, table: str) -> None:
        asked = request(shipped, table, role)
        assert shipped.referred(asked["S3Bucket"]) == shipped.the("aws_s3_bucket", role)
        assert asked["S3Prefix"] == f"backups/{shipped.region(role)}/{table}"
        assert (asked["ExportType"], asked["ExportFormat"]) == ("FULL_EXPORT", "DYNAMODB_JSON")

    def test_a_call_that_fails_is_made_again_and_then_kept(self, shipped: Synthesized, role: Role, table: str) -> None:
        target = schedule(shipped, table, role)["target"]
        assert target["retry_policy"] == {"maximum_retry_attempts": 10, "maximum_event_age_in_seconds": 4 * 3600}
        queue = shipped.the("aws_sqs_queue", role, name=shipped.name("backup-failures", role))
        assert target["dead_letter_config"] == {"arn": queue.attribute("arn")}

    def test_the_role_is_ready_before_it(self, shipped: Synthesized, role: Role, table: str) -> None:
        found = schedule(shipped, table, role)
        own = shipped.referred(found["target"]["role_arn"])
        policy = shipped.the("aws_iam_role_policy", role, role=own.attribute("id"))
        assert policy.address in found["depends_on"]


def test_they_export_the_regions_own_replicas(shipped: Synthesized, role: Role) -> None:
    assert request(shipped, "payments", role)["TableArn"] == shipped.of_payments("arn", role)
    control = request(shipped, "control", role)["TableArn"]
    assert control.startswith(f"arn:aws:dynamodb:{shipped.region(role)}:")
    assert control.endswith(f":table/payments-control-{shipped.settings.environment_suffix}")


def test_nothing_else_is_scheduled_so(shipped: Synthesized, role: Role) -> None:
    assert len(shipped.all(SCHEDULE, role)) == len(BACKUP_TABLES)


def test_their_role_may_export_two_tables_and_write_backups_alone(shipped: Synthesized, role: Role) -> None:
    own = shipped.the("aws_iam_role", role, name=shipped.name("backups", role))
    bucket = shipped.the("aws_s3_bucket", role)
    queue = shipped.the("aws_sqs_queue", role, name=shipped.name("backup-failures", role))
    found = {tuple(sorted(each["actions"])): each["resources"] for each in shipped.permissions(own)}
    assert found == {
        ("dynamodb:ExportTableToPointInTime",): [request(shipped, table, role)["TableArn"] for table in BACKUP_TABLES],
        ("s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"): [
            f"{bucket.attribute('arn')}/backups/{shipped.region(role)}/*"
        ],
        ("sqs:SendMessage",): [queue.attribute("arn")],
    }


def test_no_function_may_write_or_delete_them(shipped: Synthesized, role: Role) -> None:
    for function in Function:
        for each in permissions(shipped, function, role):
            if {"s3:PutObject", "s3:DeleteObject"} & set(each["actions"]):
                assert not [name for name in each["resources"] if "/backups/" in name or name.endswith(".arn}/*")]


def test_who_looks_at_their_age_lists_them_alone(shipped: Synthesized, role: Role) -> None:
    (listing,) = (
        each for each in permissions(shipped, Function.TRANSACTION_LOG, role) if each["actions"] == ["s3:ListBucket"]
    )
    assert listing["condition"] == [{"test": "StringLike", "variable": "s3:prefix", "values": ["backups/*"]}]


def test_they_are_copied_to_the_other_region(shipped: Synthesized, role: Role) -> None:
    (rule,) = shipped.the("aws_s3_bucket_replication_configuration", role)["rule"]
    assert rule["filter"] == {"prefix": ""}
