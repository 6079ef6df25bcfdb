"""Entry point of the transaction log (event source mapping on the own stream, with an on-failure destination).

A schedule starts it too, to look how old the bucket's backups are.

IAM, in the own region:
    s3:PutObject on `transaction-logs/<own region>/*` (and `receipts/<own region>/*` where receipts are on) of the
    bucket; s3:ListBucket on it for the prefix `backups/`, and dynamodb:DescribeTable on the payments table, for the
    backups' age; for the event source mapping dynamodb:DescribeStream, dynamodb:GetRecords and
    dynamodb:GetShardIterator on the stream, dynamodb:ListStreams (for which AWS has no resource), and sqs:SendMessage
    on the on-failure destination.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, NamedTuple

from contract.environment import BACKUPS_KEY, Variable
from handlers.backups import BackupAges
from handlers.clients import client
from handlers.payments.recorder import TransactionRecorder
from handlers.runtime import Clock, Context, flag, prepare, variable
from handlers.telemetry import Telemetry


class TransactionLogParts(NamedTuple):
    """What the function does with a batch of the stream, and with the schedule's event."""

    recorder: TransactionRecorder
    backups: BackupAges


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Record a batch, which succeeds or is tried again as a whole; a schedule sends an empty one for the backups."""
    if event.get(BACKUPS_KEY):
        _parts().backups.publish(context)
    # An empty batch says that no payment was changed, also where none is made.
    _parts().recorder.record(event["Records"], context)
    return {"batchItemFailures": []}


@cache
def _parts() -> TransactionLogParts:
    region, bucket = variable(Variable.REGION), variable(Variable.BUCKET_NAME)
    telemetry, bucket_client = Telemetry(region), client("s3", region)
    return TransactionLogParts(
        recorder=TransactionRecorder(
            bucket_client=bucket_client,
            bucket=bucket,
            region=region,
            receipts=flag(Variable.PAYMENT_RECEIPTS),
            telemetry=telemetry,
        ),
        backups=BackupAges(
            bucket_client=bucket_client,
            bucket=bucket,
            table_client=partial(client, "dynamodb", region),
            table_name=variable(Variable.TABLE_NAME),
            regions=(variable(Variable.PRIMARY_REGION), variable(Variable.STANDBY_REGION)),
            telemetry=telemetry,
            clock=Clock(),
        ),
    )


prepare(_parts)
