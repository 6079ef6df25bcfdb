"""The function that looks whether its region could take over, while the other one serves; it changes nothing."""

from dataclasses import replace

from constructs import Construct

from contract.environment import (
    BACKUP_PREFIX,
    HEARTBEAT_PREFIX,
    PROOF_PREFIX,
    WRITER_KEY,
    Function,
    Variable,
)
from dr_constructs.functions.lambda_function import FunctionProfile, RegionalFunction
from dr_constructs.functions.schedule import FunctionSchedule, only_while_fresh
from dr_constructs.policies import allow, allow_items
from dr_constructs.storage.control_table import ControlReplica
from dr_constructs.storage.payments_bucket import PaymentsBucket
from dr_constructs.storage.payments_table import PaymentsTable
from dr_constructs.storage.queues import PaymentQueues

CHECK_MINUTES = 5
"""A standby that could not take over is noticed within a quarter of an hour."""

CHECK_MEMORY_MB = 256
CHECK_TIMEOUT_SECONDS = 60
"""It watches both proofs for a quarter of a minute, and makes a dozen calls."""


class ReadinessCheckFunction(Construct):
    """May read the writer, both proofs, the peer's heartbeat, two queues' depths and where backups lie."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        profile: FunctionProfile,
        table: PaymentsTable,
        control: ControlReplica,
        primary_region: str,
        standby_region: str,
        queues: PaymentQueues,
        bucket: PaymentsBucket,
    ) -> None:
        super().__init__(scope, id_)
        region = profile.region
        peer_region = standby_region if region.name == primary_region else primary_region
        self.function = RegionalFunction(
            self,
            "function",
            function=Function.READINESS_CHECK,
            profile=replace(profile, memory_mb=CHECK_MEMORY_MB, timeout_seconds=CHECK_TIMEOUT_SECONDS),
            variables={
                Variable.TABLE_NAME: table.table.name,
                Variable.CONTROL_TABLE_NAME: control.name,
                Variable.PRIMARY_REGION: primary_region,
                Variable.STANDBY_REGION: standby_region,
                Variable.BUCKET_NAME: bucket.bucket.bucket,
                Variable.DEAD_LETTER_QUEUE_URL: queues.dead_letters.url,
                Variable.STREAM_FAILURES_QUEUE_URL: queues.stream_failures.url,
            },
            statements=[
                allow_items(
                    ["GetItem"],
                    control.arn,
                    WRITER_KEY,
                    f"{PROOF_PREFIX}{region.name}",
                    f"{PROOF_PREFIX}{peer_region}",
                ),
                allow_items(["GetItem"], table.arn(region), f"{HEARTBEAT_PREFIX}{peer_region}"),
                allow(["dynamodb:DescribeTable"], [table.arn(region)]),
                allow(["sqs:GetQueueAttributes"], [queues.dead_letters.arn, queues.stream_failures.arn]),
                allow(
                    ["s3:ListBucket"], [bucket.bucket.arn], when={("StringLike", "s3:prefix"): [f"{BACKUP_PREFIX}*"]}
                ),
            ],
            after=[control.table],
        )
        # A check that is late is worthless: the next schedule brings another (FACTS 4.9).
        invocations = only_while_fresh(self, region=region, alias=self.function.alias)
        self.schedule = FunctionSchedule(
            self,
            "schedule",
            region=region,
            suffix=profile.suffix,
            kind=Function.READINESS_CHECK,
            alias=self.function.alias,
            minutes=CHECK_MINUTES,
            after=[invocations],
        )
