"""Entry point of the ticker, started every minute in each region; each run lives longer, so that one is always there.

IAM, in the own region:
    dynamodb:GetItem on `writer`, `proof#<own region>`, `proof#<peer region>` and `ticker#<own region>`,
    dynamodb:PutItem on `writer`, `ticker#<own region>` and `epoch#<own region>#*`, and dynamodb:UpdateItem on
    `proof#<own region>` of the control table, dynamodb:GetItem and dynamodb:UpdateItem on `release` of it;
    dynamodb:PutItem on `control#heartbeat#<own region>`, dynamodb:GetItem on
    `control#heartbeat#<peer region>`, and dynamodb:GetItem and dynamodb:DeleteItem on `control#glass#<own region>` of
    the payments replica; ssm:GetParameter on the own endpoint and on the configuration.
    lambda:InvokeFunction on the alias `live` of the payment function, to ask it where the gateway turns `/health` away;
    events:PutEvents on the default bus, of the source `payments.dr`.
In both regions, to undo a release: lambda:GetAlias and lambda:UpdateAlias on the alias `live` of each function, and
    apigateway:PATCH on the stage of the API.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from contract.environment import Function, Variable
from contract.names import environment_of
from handlers.clients import brief_client, client, probe_client
from handlers.releases.site import ReleaseSite
from handlers.releases.targets import ReleaseClients, parse_targets
from handlers.runtime import Clock, Context, peer_of, prepare, variable
from handlers.telemetry import Telemetry
from handlers.tickers.configuration import TickerConfiguration
from handlers.tickers.decision import TickerPlace
from handlers.tickers.dependencies import TickerParts
from handlers.tickers.events import TickerEvents
from handlers.tickers.probe import FitnessProbe, HealthAnswer, HealthProbe, ask_function
from handlers.tickers.ticker import Ticker


def handler(_event: Mapping[str, Any], context: Context) -> None:
    """Tick until the run has lived its time."""
    _ticker().run(context)


@cache
def _ticker() -> Ticker:
    region, clock = variable(Variable.REGION), Clock()
    peer = peer_of(region)
    table_client, control_table = probe_client(region), variable(Variable.CONTROL_TABLE_NAME)
    targets = parse_targets(variable(Variable.RELEASE_TARGETS))
    # Made when first needed: a cold start pays nothing for what a ticker hardly ever does.
    functions, gateways = cache(partial(brief_client, "lambda")), cache(partial(brief_client, "apigateway"))

    def ask_payment_function() -> HealthAnswer:
        return ask_function(functions(region), targets[region].functions[Function.PAYMENT_API])

    return Ticker(
        TickerParts(
            place=TickerPlace(region, peer, is_primary=peer == variable(Variable.STANDBY_REGION)),
            client=table_client,
            payments_table=variable(Variable.TABLE_NAME),
            control_table=control_table,
            configuration=TickerConfiguration(
                client("ssm", region),
                endpoint_parameter=variable(Variable.ENDPOINT_PARAMETER),
                configuration_parameter=variable(Variable.CONFIGURATION_PARAMETER),
                clock=clock,
            ),
            probe=FitnessProbe(HealthProbe().ask, ask_payment_function).ask,
            release=variable(Variable.RELEASE),
            releases=ReleaseSite(
                client=table_client,
                control_table=control_table,
                targets=targets,
                clients=ReleaseClients(functions=functions, gateways=gateways),
            ),
            events=TickerEvents(
                cache(partial(brief_client, "events", region)),
                environment=environment_of(variable(Variable.TABLE_NAME)),
                region=region,
            ),
            clock=clock,
            telemetry=Telemetry(region),
        )
    )


prepare(_ticker)
