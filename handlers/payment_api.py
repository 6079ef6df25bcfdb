"""Entry point of the payment API (REST proxy integration or Function URL).

IAM, in the own region:
    dynamodb:PutItem and dynamodb:GetItem on `payment#*`, dynamodb:UpdateItem on `control#health#<own region>` and
    dynamodb:GetItem on `control#glass#<own region>` of the payments replica; dynamodb:GetItem on `writer` and
    `proof#<own region>` and dynamodb:UpdateItem on `proof#<own region>` of the control table; sqs:SendMessage on the
    retry queue.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from contract.environment import Variable
from handlers.clients import client, guard_writes, probe_client
from handlers.payments.api import PaymentRoutes, ServingRegion
from handlers.payments.queue import PaymentQueue
from handlers.payments.service import PaymentService
from handlers.payments.store import PaymentTable
from handlers.runtime import Clock, Context, flag, in_background, peer_of, prepare, variable
from handlers.telemetry import Telemetry
from handlers.writer.glass import read_glass
from handlers.writer.knowledge import WriterKnowledge
from handlers.writer.proofs import PaymentProof


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Answer one request."""
    return _api().answer(event, context)


@cache
def _api() -> PaymentRoutes:
    region, clock = variable(Variable.REGION), Clock()
    table, control_table = variable(Variable.TABLE_NAME), variable(Variable.CONTROL_TABLE_NAME)
    is_primary = peer_of(region) == variable(Variable.STANDBY_REGION)
    probe, writer = probe_client(region), client("dynamodb", region)
    glass = partial(read_glass, probe, table, region)
    knowledge = WriterKnowledge(probe, control_table, region, clock, in_background, glass)
    guard_writes(writer, knowledge.require_writer)
    payments = PaymentTable(writer, table, clock)
    proof = PaymentProof(probe, control_table, region, clock, in_background)

    def queues() -> Any:  # noqa: ANN401 -- as botocore, which publishes no types
        queue = client("sqs", region)
        guard_writes(queue, knowledge.require_writer, operation="SendMessage")
        return queue

    return PaymentRoutes(
        service=PaymentService(table=payments, knowledge=knowledge, region=region, clock=clock, stored=proof.stored),
        table=payments,
        queue=PaymentQueue(queues, variable(Variable.RETRY_QUEUE_URL)),
        knowledge=knowledge,
        here=ServingRegion(client=probe, table=table, name=region, is_primary=is_primary, clock=clock),
        telemetry=Telemetry(region),
        allow_card_numbers=flag(Variable.ALLOW_CARD_NUMBERS),
    )


def _start() -> None:
    """Read the writer, so that the first request finds it known and the connection open."""
    _api().prefetch()


prepare(_start)
