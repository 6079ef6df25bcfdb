"""Daily exports of one region's replicas to its bucket, by EventBridge Scheduler, which calls DynamoDB itself."""

import json
from collections.abc import Mapping, Sequence

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.scheduler_schedule import (
    SchedulerSchedule,
    SchedulerScheduleFlexibleTimeWindow,
    SchedulerScheduleTarget,
    SchedulerScheduleTargetDeadLetterConfig,
    SchedulerScheduleTargetRetryPolicy,
)
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct

from contract.environment import BACKUP_PREFIX, backup_prefix
from contract.names import regional_name
from dr_constructs.policies import ServiceRole, allow
from dr_constructs.region import Region
from dr_constructs.storage.payments_bucket import PaymentsBucket
from dr_constructs.storage.queues import RETENTION_SECONDS

BACKUP_TIME = "cron(17 3 * * ? *)"
"""Daily, in UTC. Nothing depends on the hour: an export takes none of the table's capacity (FACTS 1.14)."""

EXPORT = "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
"""A universal target: Scheduler makes the call with the schedule's role (FACTS 1.19)."""

RETRIES = 10
MAXIMUM_AGE_SECONDS = 4 * 3600
"""A call that fails for longer is given up for this day, well before the alarm on the backups' age."""


class DailyBackups(Construct):
    """Exports each of `tables` (by name, their ARNs) to `backups/<region>/<name>` once a day; the first comes `after`.

    What is given up waits in a queue of its own, which says why.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        suffix: str,
        bucket: PaymentsBucket,
        tables: Mapping[str, str],
        after: Sequence[ITerraformDependable],
    ) -> None:
        super().__init__(scope, id_)
        self._region, self._suffix, self._bucket = region, suffix, bucket
        self.failures = SqsQueue(
            self,
            "failures",
            provider=region.provider,
            name=regional_name("backup-failures", region.name, suffix),
            message_retention_seconds=RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,  # FACTS 4.4
        )
        role = self._build_role(tables)
        for name, arn in tables.items():
            self._build_schedule(name, arn, role, after)

    def _build_role(self, tables: Mapping[str, str]) -> ServiceRole:
        objects = f"{self._bucket.bucket.arn}/{BACKUP_PREFIX}{self._region.name}/*"
        return ServiceRole(
            self,
            "role",
            region=self._region,
            name=regional_name("backups", self._region.name, self._suffix),
            service="scheduler.amazonaws.com",
            # The schedules' group, which is what Scheduler names (FACTS 15.1).
            source_arn=f"arn:aws:scheduler:{self._region.name}:{self._region.account_id}:schedule-group/default",
            statements=[
                allow(["dynamodb:ExportTableToPointInTime"], list(tables.values())),
                # DynamoDB writes in the caller's name; these three are what it asks for (FACTS 1.19).
                allow(["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"], [objects]),
                allow(["sqs:SendMessage"], [self.failures.arn]),
            ],
        )

    def _build_schedule(self, name: str, arn: str, role: ServiceRole, after: Sequence[ITerraformDependable]) -> None:
        SchedulerSchedule(
            self,
            name,
            provider=self._region.provider,
            name=regional_name(f"{name}-backup", self._region.name, self._suffix),
            description=f"Exports the {name} table to the bucket once a day",
            schedule_expression=BACKUP_TIME,
            schedule_expression_timezone="UTC",
            flexible_time_window=SchedulerScheduleFlexibleTimeWindow(mode="OFF"),
            target=SchedulerScheduleTarget(
                arn=EXPORT,
                role_arn=role.role.arn,
                input=_json_with(
                    arn,
                    {
                        "TableArn": arn,
                        "S3Bucket": self._bucket.bucket.bucket,
                        "S3Prefix": backup_prefix(self._region.name, name),
                        "S3SseAlgorithm": "AES256",
                        "ExportFormat": "DYNAMODB_JSON",
                        "ExportType": "FULL_EXPORT",
                    },
                ),
                retry_policy=SchedulerScheduleTargetRetryPolicy(
                    maximum_retry_attempts=RETRIES, maximum_event_age_in_seconds=MAXIMUM_AGE_SECONDS
                ),
                dead_letter_config=SchedulerScheduleTargetDeadLetterConfig(arn=self.failures.arn),
            ),
            depends_on=[role.policy, self._bucket.lifecycle_rules, *after],
        )


def _json_with(expression: str, document: Mapping[str, str]) -> str:
    """Return a document as JSON in which a Terraform expression keeps its quotes unescaped."""
    return json.dumps(document).replace(json.dumps(expression)[1:-1], expression)
