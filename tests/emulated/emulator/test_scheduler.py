"""EventBridge Scheduler in a running emulator: a universal target exports a table under the schedule's role."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import Emulator, running
from tests.emulated.emulator.replicated import HERE, eventually, policy
from tests.emulated.emulator.sample_api import administrator

Client = Callable[..., Any]
EXPORT = "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
_SCALE = 20  # a minute is three seconds
_numbers = count(1)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(time_scale=_SCALE, recovery_delay=0) as started:
        yield started


@pytest.fixture(scope="module")
def client(emulator: Emulator) -> Client:
    return administrator(emulator)


@pytest.fixture
def world(client: Client) -> Iterator["ScheduledExports"]:
    made = ScheduledExports(client, next(_numbers))
    yield made
    made.stop()


class ScheduledExports:
    """A table to export, a bucket, a dead letter queue, and a role that may use all of them."""

    def __init__(self, client: Client, number: int) -> None:
        self._client = client
        self.bucket, self.name = f"scheduled-{number}", f"schedule-{number}"
        self.dynamodb, self.s3, self.scheduler = (client(name) for name in ("dynamodb", "s3", "scheduler"))
        self.sqs = client("sqs")
        self.s3.create_bucket(Bucket=self.bucket)
        table = self.dynamodb.create_table(
            TableName=f"scheduled-{number}",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )["TableDescription"]
        self.table_arn = str(table["TableArn"])
        self.dynamodb.update_continuous_backups(
            TableName=table["TableName"], PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        self.queue = self.sqs.create_queue(QueueName=f"lost-{number}")["QueueUrl"]
        self.queue_arn = f"arn:aws:sqs:{HERE}:000000000000:lost-{number}"

    def role(self, *, service: str = "scheduler.amazonaws.com", exports: bool = True) -> str:
        iam, name = self._client("iam"), f"scheduled-{next(_numbers)}"
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
        created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
        objects = ["s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"]
        rights: dict[str, tuple[list[str], str]] = {
            "objects": (objects, f"arn:aws:s3:::{self.bucket}/*"),
            "queue": (["sqs:SendMessage"], self.queue_arn),
            **({"table": (["dynamodb:ExportTableToPointInTime"], self.table_arn)} if exports else {}),
        }
        statements = [{"Effect": "Allow", "Action": do, "Resource": on} for do, on in rights.values()]
        iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=policy(*statements))
        return str(created["Role"]["Arn"])

    def create(self, role: str, *, arn: str = EXPORT, expression: str = "rate(1 minute)", **target: Any) -> None:
        request = {
            "TableArn": self.table_arn,
            "S3Bucket": self.bucket,
            "S3Prefix": "backups/<aws.scheduler.execution-id>",
            "ExportTime": "<aws.scheduler.scheduled-time>",
        }
        self.scheduler.create_schedule(
            Name=self.name,
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": arn,
                "RoleArn": role,
                "Input": json.dumps(request),
                "DeadLetterConfig": {"Arn": self.queue_arn},
                "RetryPolicy": {"MaximumRetryAttempts": 1},
                **target,
            },
        )

    def stop(self) -> None:
        names = [each["Name"] for each in self.scheduler.list_schedules()["Schedules"]]
        for name in names:
            self.scheduler.delete_schedule(Name=name)

    def completed(self) -> list[dict[str, Any]]:
        listed = self.dynamodb.list_exports(TableArn=self.table_arn)["ExportSummaries"]
        described = [self.dynamodb.describe_export(ExportArn=each["ExportArn"])["ExportDescription"] for each in listed]
        return [each for each in described if each["ExportStatus"] == "COMPLETED"]

    def lost(self) -> dict[str, Any] | None:
        """Return the attributes of a dead letter, None while there is none."""
        received = self.sqs.receive_message(QueueUrl=self.queue, MessageAttributeNames=["All"])
        for message in received.get("Messages", []):
            return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        return None


def test_table_is_exported_again_and_again(world: ScheduledExports, emulator: Emulator) -> None:
    with emulator.nothing_refused():
        world.create(world.role())
        exports = eventually(lambda: found if len(found := world.completed()) > 1 else None)
    keys = [each["Key"] for each in world.s3.list_objects_v2(Bucket=world.bucket)["Contents"]]
    assert all(export["ExportManifest"] in keys for export in exports)
    assert len({export["S3Prefix"] for export in exports}) == len(exports)  # each execution has an id of its own
    assert all(export["S3Prefix"].startswith("backups/") for export in exports)
    assert world.lost() is None


def test_role_without_the_right_ends_in_the_dead_letter_queue(world: ScheduledExports) -> None:
    world.create(world.role(exports=False))
    attributes = eventually(world.lost)
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == ("AccessDeniedException", "0")
    assert attributes["TARGET_ARN"] == EXPORT
    assert attributes["SCHEDULE_ARN"].endswith(f":schedule/default/{world.name}")


def test_service_that_is_down_is_tried_again(world: ScheduledExports, emulator: Emulator) -> None:
    with emulator.inject("service-down", region=HERE, service="dynamodb", mode="refuse"):
        world.create(world.role())
        attributes = eventually(world.lost)
    assert (attributes["RETRY_ATTEMPTS"], attributes["EXHAUSTED_RETRY_CONDITION"]) == ("1", "MaximumRetryAttempts")
    eventually(world.completed)


def test_what_could_never_fire_is_refused(world: ScheduledExports) -> None:
    role = world.role()
    for wrong in (
        {"role": world.role(service="lambda.amazonaws.com")},
        {"role": role, "expression": "rate(1 minutes)"},
        {"role": role, "arn": "arn:aws:scheduler:::aws-sdk:dynamodb:describeExport"},
        {"role": role, "Input": "no JSON"},
        {
            "role": role,
            "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
            "arn": "arn:x",
        },
    ):
        with pytest.raises(ClientError, match="ValidationException"):
            world.create(**wrong)
