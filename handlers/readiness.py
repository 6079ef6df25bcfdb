"""Entry point of the readiness check, started by a schedule in each region; it judges the one that does not serve.

IAM, all of it reading, in the own region:
    dynamodb:GetItem on `writer`, `proof#<own region>` and `proof#<peer region>` of the control table;
    dynamodb:GetItem on `control#heartbeat#<peer region>` of the payments replica, and dynamodb:DescribeTable on it;
    sqs:GetQueueAttributes on the dead letter queue and the queue of batches that were not logged; s3:ListBucket on the
    bucket for the prefix `backups/`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from contract.environment import Variable
from handlers.backups import BackupAges
from handlers.clients import client
from handlers.readiness_checks.check import ReadinessCheck, ReadinessParts
from handlers.runtime import Clock, Context, peer_of, prepare, variable
from handlers.telemetry import Telemetry


def handler(_event: Mapping[str, Any], context: Context) -> None:
    """Check once, and publish what was found."""
    _check().run(context)


@cache
def _check() -> ReadinessCheck:
    region, clock, telemetry = variable(Variable.REGION), Clock(), Telemetry(variable(Variable.REGION))
    peer, table_client, table = peer_of(region), client("dynamodb", region), variable(Variable.TABLE_NAME)
    return ReadinessCheck(
        ReadinessParts(
            region=region,
            peer=peer,
            table_client=table_client,
            payments_table=table,
            control_table=variable(Variable.CONTROL_TABLE_NAME),
            queue_client=client("sqs", region),
            queue_urls={
                "dead letters": variable(Variable.DEAD_LETTER_QUEUE_URL),
                "batches that were not logged": variable(Variable.STREAM_FAILURES_QUEUE_URL),
            },
            backups=BackupAges(
                bucket_client=client("s3", region),
                bucket=variable(Variable.BUCKET_NAME),
                table_client=lambda: table_client,
                table_name=table,
                regions=(variable(Variable.PRIMARY_REGION), variable(Variable.STANDBY_REGION)),
                telemetry=telemetry,
                clock=clock,
            ),
            clock=clock,
            telemetry=telemetry,
        )
    )


prepare(_check)
