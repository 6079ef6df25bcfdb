"""Entry point of the sentinel, every minute in both regions; only the standby's may act.

IAM, in both regions: dynamodb:GetItem on `control#heartbeat#<peer region>` of the own replica. In the standby as well:
    dynamodb:GetItem on `control#activity#<own region>`, `control#fence#<own region>`, `control#fence#<peer region>` and
    `control#sentinel#<own region>`; dynamodb:PutItem on `control#sentinel#<own region>`; dynamodb:UpdateItem on
    `control#fence#<peer region>`; ssm:GetParameter on the peer's endpoint and on the configuration.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from handlers.clients import client
from handlers.environment import Variable
from handlers.runtime import Clock, Context, peer_of, prepare, variable
from handlers.standby.probe import answers
from handlers.standby.watch import Place, Sentinel
from handlers.telemetry import Telemetry


def handler(_event: Mapping[str, Any], context: Context) -> None:
    """Make one round."""
    _sentinel().watch(context)


@cache
def _sentinel() -> Sentinel:
    region = variable(Variable.REGION)
    return Sentinel(
        place=Place(
            table=variable(Variable.TABLE_NAME),
            region=region,
            peer=peer_of(region),
            is_standby=region == variable(Variable.STANDBY_REGION),
            release=variable(Variable.RELEASE),
            endpoint_parameter=variable(Variable.PEER_ENDPOINT_PARAMETER),
            configuration_parameter=variable(Variable.CONFIGURATION_PARAMETER),
        ),
        client=client("dynamodb", region),
        parameters=client("ssm", region),
        probe=answers,
        clock=Clock(),
        telemetry=Telemetry(region),
    )


prepare(_sentinel)
