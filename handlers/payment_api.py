"""Entry point of the payment API (REST proxy integration or Function URL).

IAM, on the own region's replica and queue:
    dynamodb:PutItem on `payment#*`; dynamodb:GetItem on `payment#*`, `control#fence#<own region>`,
    `control#fence#<peer region>` and `control#heartbeat#<own region>`; sqs:SendMessage on the retry queue.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from handlers.clients import client, guard_writes, probe_client
from handlers.environment import Variable
from handlers.payments.api import PaymentApi, Replica
from handlers.payments.gate import Gate
from handlers.payments.queue import RetryQueue
from handlers.payments.service import PaymentService
from handlers.payments.store import PaymentTable
from handlers.runtime import Clock, Context, peer_of, prepare, variable
from handlers.telemetry import Telemetry


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Answer one request."""
    return _api().answer(event, context)


@cache
def _api() -> PaymentApi:
    region, table, clock = variable(Variable.REGION), variable(Variable.TABLE_NAME), Clock()
    probe, writer = probe_client(region), client("dynamodb", region)
    gate = Gate(probe, table, region, clock)
    guard_writes(writer, gate.require_recent)
    payments = PaymentTable(writer, table, clock)
    return PaymentApi(
        service=PaymentService(table=payments, gate=gate, region=region),
        table=payments,
        queue=RetryQueue(partial(client, "sqs", region), variable(Variable.RETRY_QUEUE_URL), region, clock),
        replica=Replica(probe, table, region, peer_of(region)),
        telemetry=Telemetry(region),
    )


prepare(_api)
