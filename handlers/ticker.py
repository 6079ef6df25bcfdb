"""Entry point of the ticker, started every minute in each region; each run lives longer, so that one is always there.

IAM, in the own region:
    dynamodb:GetItem on `writer`, `proof#<own region>`, `proof#<peer region>` and `ticker#<own region>`,
    dynamodb:PutItem on `writer`, `ticker#<own region>` and `epoch#<own region>#*`, and dynamodb:UpdateItem on
    `proof#<own region>` of the control table; dynamodb:PutItem on `control#heartbeat#<own region>`, dynamodb:GetItem on
    `control#heartbeat#<peer region>`, and dynamodb:GetItem and dynamodb:DeleteItem on `control#glass#<own region>` of
    the payments replica; ssm:GetParameter on the own endpoint and on the configuration.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from contract.environment import Variable
from handlers.clients import client, probe_client
from handlers.runtime import Clock, Context, peer_of, prepare, variable
from handlers.telemetry import Telemetry
from handlers.tickers.configuration import TickerConfiguration
from handlers.tickers.decision import TickerPlace
from handlers.tickers.dependencies import TickerParts
from handlers.tickers.probe import HealthProbe
from handlers.tickers.ticker import Ticker


def handler(_event: Mapping[str, Any], context: Context) -> None:
    """Tick until the run has lived its time."""
    _ticker().run(context)


@cache
def _ticker() -> Ticker:
    region, clock = variable(Variable.REGION), Clock()
    peer = peer_of(region)
    return Ticker(
        TickerParts(
            place=TickerPlace(region, peer, is_primary=peer == variable(Variable.STANDBY_REGION)),
            client=probe_client(region),
            payments_table=variable(Variable.TABLE_NAME),
            control_table=variable(Variable.CONTROL_TABLE_NAME),
            configuration=TickerConfiguration(
                client("ssm", region),
                endpoint_parameter=variable(Variable.ENDPOINT_PARAMETER),
                configuration_parameter=variable(Variable.CONFIGURATION_PARAMETER),
                clock=clock,
            ),
            probe=HealthProbe().ask,
            release=variable(Variable.RELEASE),
            clock=clock,
            telemetry=Telemetry(region),
        )
    )


prepare(_ticker)
