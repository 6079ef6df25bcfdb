"""Entry point of the transaction log (event source mapping on the own stream, with an on-failure destination).

IAM, in the own region:
    s3:PutObject on `transaction-logs/<own region>/*` (and `receipts/<own region>/*` where receipts are on) of the
    bucket; for the event source mapping dynamodb:DescribeStream, dynamodb:GetRecords and dynamodb:GetShardIterator on
    the stream, dynamodb:ListStreams (for which AWS has no resource), and sqs:SendMessage on the on-failure destination.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from contract.environment import Variable
from handlers.clients import client
from handlers.payments.recorder import TransactionRecorder
from handlers.runtime import Context, flag, prepare, variable
from handlers.telemetry import Telemetry


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Record one batch; the whole batch succeeds or is tried again."""
    _recorder().record(event["Records"], context)
    return {"batchItemFailures": []}


@cache
def _recorder() -> TransactionRecorder:
    region = variable(Variable.REGION)
    return TransactionRecorder(
        bucket_client=client("s3", region),
        bucket=variable(Variable.BUCKET_NAME),
        region=region,
        receipts=flag(Variable.PAYMENT_RECEIPTS),
        telemetry=Telemetry(region),
    )


prepare(_recorder)
