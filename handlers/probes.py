"""Entry point of the probes: answers `/writer`, which DNS follows, apart from the payments.

What strangers ask of it uses up none of the payment function's executions. `/health` stays with the payment function:
no other one can show that it takes payments.

IAM, in the own region:
    dynamodb:GetItem on `writer` of the control table and on `control#glass#<own region>` of the payments replica.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from contract.environment import Variable
from handlers.clients import probe_client
from handlers.payments.ownership import WriterRoute
from handlers.payments.router import RequestRouter
from handlers.runtime import Clock, Context, in_background, peer_of, prepare, variable
from handlers.telemetry import Telemetry
from handlers.writer.glass import read_glass
from handlers.writer.knowledge import WriterKnowledge


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Answer one request."""
    return _probes().router.answer(event, context)


class WriterProbes:
    """One region's `/writer`, and what it knows of the writer."""

    def __init__(self, knowledge: WriterKnowledge, region: str, *, is_primary: bool, telemetry: Telemetry) -> None:
        self.knowledge = knowledge
        route = WriterRoute(knowledge, region, is_primary=is_primary)
        self.router = RequestRouter({"/writer": {"GET": route.get}}, telemetry)


@cache
def _probes() -> WriterProbes:
    region, table = variable(Variable.REGION), variable(Variable.TABLE_NAME)
    probe = probe_client(region)
    glass = partial(read_glass, probe, table, region)
    knowledge = WriterKnowledge(probe, variable(Variable.CONTROL_TABLE_NAME), region, Clock(), in_background, glass)
    is_primary = peer_of(region) == variable(Variable.STANDBY_REGION)
    return WriterProbes(knowledge, region, is_primary=is_primary, telemetry=Telemetry(region))


def _start() -> None:
    """Read the writer before the first request, as the payment function does."""
    _probes().knowledge.read()


prepare(_start)
