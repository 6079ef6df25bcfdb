"""Entry point of the retry worker (SQS event source mapping with ReportBatchItemFailures, FACTS 4.3).

IAM, in the own region where nothing else is said:
    ssm:GetParameter on the connection string; dynamodb:PutItem on `payment#*` and dynamodb:GetItem on
    `control#glass#<own region>` of the payments replica; dynamodb:GetItem on `writer` of the control table;
    sqs:SendMessage on the retry queue, on the dead letter queue and on the peer region's retry queue; for the event
    source mapping sqs:ReceiveMessage, sqs:DeleteMessage and sqs:GetQueueAttributes on the retry queue.
"""

from collections.abc import Mapping
from functools import cache, lru_cache, partial
from typing import Any

from contract.environment import Variable
from handlers.clients import client, guard_writes, probe_client
from handlers.payments.connection import ConnectionString
from handlers.payments.queue import PaymentQueue
from handlers.payments.service import PaymentService
from handlers.payments.store import PaymentTable
from handlers.payments.worker import RetryWorker, WorkerQueues
from handlers.runtime import Clock, Context, in_background, peer_of, prepare, variable
from handlers.telemetry import Telemetry
from handlers.writer.glass import read_glass
from handlers.writer.knowledge import WriterKnowledge


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Work off one batch and report the messages that stay."""
    return _worker().work(event, context)


@cache
def _worker() -> RetryWorker:
    region, clock = variable(Variable.REGION), Clock()
    peer = peer_of(region)
    own_queues, peer_queues = partial(client, "sqs", region), partial(client, "sqs", peer)
    parameter = variable(Variable.CONNECTION_STRING_PARAMETER)
    control_table = variable(Variable.CONTROL_TABLE_NAME)
    return RetryWorker(
        connection=ConnectionString(client("ssm", region), parameter, region, clock),
        # Another table only after a restore; clients of its own, since what is known of the writer guards them.
        service_of=lru_cache(maxsize=1)(partial(_service, region, control_table, clock)),
        queues=WorkerQueues(
            own=PaymentQueue(own_queues, variable(Variable.RETRY_QUEUE_URL)),
            peer=PaymentQueue(peer_queues, variable(Variable.PEER_RETRY_QUEUE_URL)),
            dead_letters=PaymentQueue(own_queues, variable(Variable.DEAD_LETTER_QUEUE_URL)),
            peer_region=peer,
        ),
        telemetry=Telemetry(region),
    )


def _service(region: str, control_table: str, clock: Clock, table: str) -> PaymentService:
    probe, writer = probe_client(region), client("dynamodb", region)
    glass = partial(read_glass, probe, table, region)
    knowledge = WriterKnowledge(probe, control_table, region, clock, in_background, glass)
    guard_writes(writer, knowledge.require_writer)
    return PaymentService(table=PaymentTable(writer, table, clock), knowledge=knowledge, region=region, clock=clock)


prepare(_worker)
