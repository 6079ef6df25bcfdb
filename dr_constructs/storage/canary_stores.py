"""What canary payments use in place of the payments table, the control table and the retry queue."""

import json

from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
)
from cdktf_cdktf_provider_aws.dynamodb_table_item import DynamodbTableItem
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct

from contract.environment import PARTITION_KEY, WRITER_KEY
from contract.names import regional_name
from dr_constructs.region import Region

CANARY_TABLE_KIND = "payments-canary"

QUEUE_RETENTION_SECONDS = 24 * 3600
"""Nobody works the queue off: what a comparison queued is evidence for a day."""


class CanaryStores(Construct):
    """Holds one region's canary payments in a table and a queue of its own, which nothing replicates."""

    def __init__(self, scope: Construct, id_: str, *, region: Region, suffix: str) -> None:
        super().__init__(scope, id_)
        self.table = self._build_table(region, suffix)
        self.writer = self._build_writer(region)
        self.queue = SqsQueue(
            self,
            "queue",
            provider=region.provider,
            name=regional_name("canary", region.name, suffix),
            message_retention_seconds=QUEUE_RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,  # FACTS 4.4
        )

    def _build_table(self, region: Region, suffix: str) -> DynamodbTable:
        return DynamodbTable(
            self,
            "table",
            provider=region.provider,
            name=regional_name(CANARY_TABLE_KIND, region.name, suffix),
            billing_mode="PAY_PER_REQUEST",
            hash_key=PARTITION_KEY,
            attribute=[DynamodbTableAttribute(name=PARTITION_KEY, type="S")],
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),  # as the table that it stands for
            server_side_encryption=DynamodbTableServerSideEncryption(enabled=True),  # the AWS managed key
            deletion_protection_enabled=False,
        )

    def _build_writer(self, region: Region) -> DynamodbTableItem:
        # The form that the functions write; a test reads it with their own code.
        item = {
            PARTITION_KEY: {"S": WRITER_KEY},
            "region": {"S": region.name},
            "epoch": {"N": "1"},
            "state": {"S": "open"},
            "automatic": {"BOOL": False},
            "by": {"S": "terraform"},
            "reason": {"S": "canary payments of this region"},
        }
        return DynamodbTableItem(
            self,
            "writer",
            provider=region.provider,
            table_name=self.table.name,
            hash_key=PARTITION_KEY,
            item=json.dumps(item),
        )
