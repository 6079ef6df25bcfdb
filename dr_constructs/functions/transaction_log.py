"""The function behind the table's stream: writes the region's payments to its bucket, and counts changed ones.

A schedule has it look how old the bucket's backups are.
"""

import json

from cdktf_cdktf_provider_aws.lambda_event_source_mapping import (
    LambdaEventSourceMapping,
    LambdaEventSourceMappingDestinationConfig,
    LambdaEventSourceMappingDestinationConfigOnFailure,
    LambdaEventSourceMappingFilterCriteria,
    LambdaEventSourceMappingFilterCriteriaFilter,
)
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct

from contract.environment import (
    BACKUP_PREFIX,
    BACKUPS_EVENT,
    CHANGE_EVENTS,
    KIND_ATTRIBUTE,
    LOG_PREFIX,
    PARTITION_KEY,
    PAYMENT_KIND,
    PAYMENT_PREFIX,
    RECEIPT_PREFIX,
    REGION_ATTRIBUTE,
    Function,
    Variable,
)
from dr_constructs.functions.lambda_function import FunctionProfile, RegionalFunction
from dr_constructs.functions.schedule import FunctionSchedule, only_while_fresh
from dr_constructs.policies import allow
from dr_constructs.storage.payments_bucket import PaymentsBucket
from dr_constructs.storage.payments_table import PaymentsTable

BATCH_SIZE = 100
BATCHING_WINDOW_SECONDS = 5  # objects of many payments rather than one each; well inside the recovery point
RETRIES = 10
BATCHES_AT_ONCE_WITH_RECEIPTS = 4
"""Of each shard: with a receipt a payment, one batch after the other is slower than a shard may be written."""


class TransactionLogWriter(Construct):
    """May read the region's stream, put logs and receipts, and list backups."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        profile: FunctionProfile,
        table: PaymentsTable,
        bucket: PaymentsBucket,
        primary_region: str,
        standby_region: str,
        failures: SqsQueue,
        receipts: bool,
    ) -> None:
        super().__init__(scope, id_)
        region = profile.region.name
        stream_arn = table.stream_arn(profile.region)
        prefixes = [f"{LOG_PREFIX}{region}/", *([f"{RECEIPT_PREFIX}{region}/"] if receipts else [])]
        self.function = RegionalFunction(
            self,
            "function",
            function=Function.TRANSACTION_LOG,
            profile=profile,
            variables={
                Variable.BUCKET_NAME: bucket.bucket.bucket,
                Variable.PAYMENT_RECEIPTS: json.dumps(receipts),
                Variable.TABLE_NAME: table.table.name,
                Variable.PRIMARY_REGION: primary_region,
                Variable.STANDBY_REGION: standby_region,
            },
            statements=[
                allow(["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], [stream_arn]),
                # Names no single stream; Lambda refuses the mapping without it.
                allow(["dynamodb:ListStreams"], [f"{table.arn(profile.region)}/stream/*"]),
                allow(["s3:PutObject"], [f"{bucket.bucket.arn}/{prefix}*" for prefix in prefixes]),
                allow(["sqs:SendMessage"], [failures.arn]),
                # How old the backups are; of a table that has none, how old the table is.
                allow(
                    ["s3:ListBucket"], [bucket.bucket.arn], when={("StringLike", "s3:prefix"): [f"{BACKUP_PREFIX}*"]}
                ),
                allow(["dynamodb:DescribeTable"], [table.arn(profile.region)]),
            ],
        )
        # A look that is late is worthless: the next minute brings another (FACTS 4.9). Streams do not come this way.
        invocations = only_while_fresh(self, region=profile.region, alias=self.function.alias)
        FunctionSchedule(
            self,
            "schedule",
            region=profile.region,
            suffix=profile.suffix,
            kind=Function.TRANSACTION_LOG,
            alias=self.function.alias,
            event=BACKUPS_EVENT,
            after=[invocations],
        )
        self._build_source(
            profile, stream_arn, failures, batches_at_once=BATCHES_AT_ONCE_WITH_RECEIPTS if receipts else 1
        )

    def _build_source(
        self, profile: FunctionProfile, stream_arn: str, failures: SqsQueue, *, batches_at_once: int
    ) -> None:
        # Payments that began in the peer arrive here by replication and are logged there; control items never are.
        own_inserts = {
            "eventName": ["INSERT"],
            "dynamodb": {
                "NewImage": {
                    KIND_ATTRIBUTE: {"S": [PAYMENT_KIND]},
                    REGION_ATTRIBUTE: {"S": [profile.region.name]},
                }
            },
        }
        # A mistake replicates within a second: both regions count it. By the key, since a change may spoil all else.
        changes = {
            "eventName": list(CHANGE_EVENTS),
            "dynamodb": {"Keys": {PARTITION_KEY: {"S": [{"prefix": PAYMENT_PREFIX}]}}},
        }
        LambdaEventSourceMapping(
            self,
            "source",
            provider=profile.region.provider,
            event_source_arn=stream_arn,
            function_name=self.function.alias.arn,
            starting_position="TRIM_HORIZON",  # from the first payment on, whichever came first, it or the mapping
            batch_size=BATCH_SIZE,
            maximum_batching_window_in_seconds=BATCHING_WINDOW_SECONDS,
            parallelization_factor=batches_at_once,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=RETRIES,
            filter_criteria=LambdaEventSourceMappingFilterCriteria(
                filter=[
                    LambdaEventSourceMappingFilterCriteriaFilter(pattern=json.dumps(pattern))
                    for pattern in (own_inserts, changes)
                ]
            ),
            destination_config=LambdaEventSourceMappingDestinationConfig(
                on_failure=LambdaEventSourceMappingDestinationConfigOnFailure(destination_arn=failures.arn)
            ),
        )
