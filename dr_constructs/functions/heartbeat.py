"""The function that writes the region's heartbeat, which the peer reads to know that replication moves (FACTS 1.3)."""

from constructs import Construct

from dr_constructs.functions.lambda_function import FunctionProfile, RegionalFunction
from dr_constructs.functions.schedule import EveryMinute
from dr_constructs.policies import allow_items
from dr_constructs.storage.payments_table import PaymentsTable
from handlers.environment import HEARTBEAT_PREFIX, Function, Variable


class Heartbeat(Construct):
    """May write its own region's heartbeat item and nothing else."""

    def __init__(self, scope: Construct, id_: str, *, profile: FunctionProfile, table: PaymentsTable) -> None:
        super().__init__(scope, id_)
        region = profile.region
        self.function = RegionalFunction(
            self,
            "function",
            function=Function.HEARTBEAT,
            profile=profile,
            variables={Variable.TABLE_NAME: table.table.name, Variable.RELEASE: profile.code.hash},
            statements=[allow_items(["PutItem"], table.arn(region), f"{HEARTBEAT_PREFIX}{region.name}")],
        ).function
        self.schedule = EveryMinute(
            self, "schedule", region=region, suffix=profile.suffix, kind=Function.HEARTBEAT, function=self.function
        )
