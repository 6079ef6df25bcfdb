"""Entry point of the retry worker (SQS event source mapping with ReportBatchItemFailures, FACTS 4.3).

IAM, in the own region:
    ssm:GetParameter on the connection string; dynamodb:PutItem on `payment#*` and dynamodb:GetItem on
    `control#fence#<own region>` of the replica; for the event source mapping sqs:ReceiveMessage, sqs:DeleteMessage and
    sqs:GetQueueAttributes on the retry queue.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from handlers.clients import client, guard_writes, probe_client
from handlers.environment import Variable
from handlers.payments.connection import ConnectionString
from handlers.payments.gate import Gate
from handlers.payments.service import PaymentService
from handlers.payments.store import PaymentTable
from handlers.payments.worker import RetryWorker
from handlers.runtime import Clock, Context, prepare, variable
from handlers.telemetry import Telemetry


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Work off one batch and report the messages that stay."""
    return _worker().work(event, context)


@cache
def _worker() -> RetryWorker:
    region, clock = variable(Variable.REGION), Clock()
    parameter = variable(Variable.CONNECTION_STRING_PARAMETER)
    return RetryWorker(
        connection=ConnectionString(client("ssm", region), parameter, region, clock),
        service_of=_service,
        telemetry=Telemetry(region),
    )


@lru_cache(maxsize=1)  # another table only after a restore; clients of its own, since a gate guards them
def _service(table: str) -> PaymentService:
    region, clock = variable(Variable.REGION), Clock()
    writer = client("dynamodb", region)
    gate = Gate(probe_client(region), table, region, clock)
    guard_writes(writer, gate.require_recent)
    return PaymentService(table=PaymentTable(writer, table, clock), gate=gate, region=region)


prepare(_worker)
