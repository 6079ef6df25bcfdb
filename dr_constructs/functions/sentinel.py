"""The function that watches the peer, and in the standby region fences a dead primary."""

from constructs import Construct

from dr_constructs.functions.lambda_function import FunctionProfile, RegionalFunction
from dr_constructs.functions.schedule import EveryMinute
from dr_constructs.policies import allow, allow_items
from dr_constructs.region import Role
from dr_constructs.storage.parameters import Parameters
from dr_constructs.storage.payments_table import PaymentsTable
from handlers.environment import (
    ACTIVITY_PREFIX,
    FENCE_PREFIX,
    HEARTBEAT_PREFIX,
    SENTINEL_PREFIX,
    Function,
    Variable,
)


class Sentinel(Construct):
    """May read the peer's heartbeat; in the standby also what a takeover is decided by, and set the primary's fence."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        profile: FunctionProfile,
        table: PaymentsTable,
        primary_region: str,
        standby_region: str,
        parameters: Parameters,
    ) -> None:
        super().__init__(scope, id_)
        region = profile.region
        table_arn = table.arn(region)
        if region.role is Role.PRIMARY:
            statements = [allow_items(["GetItem"], table_arn, f"{HEARTBEAT_PREFIX}{standby_region}")]
        else:
            seen = (
                f"{HEARTBEAT_PREFIX}{primary_region}",
                f"{ACTIVITY_PREFIX}{standby_region}",
                f"{FENCE_PREFIX}{standby_region}",
                f"{FENCE_PREFIX}{primary_region}",
                f"{SENTINEL_PREFIX}{standby_region}",
            )
            statements = [
                allow_items(["GetItem"], table_arn, *seen),
                allow_items(["PutItem"], table_arn, f"{SENTINEL_PREFIX}{standby_region}"),
                allow_items(["UpdateItem"], table_arn, f"{FENCE_PREFIX}{primary_region}"),
                allow(["ssm:GetParameter"], [parameters.peer_endpoint.arn, parameters.configuration.arn]),
            ]
        self.function = RegionalFunction(
            self,
            "function",
            function=Function.SENTINEL,
            profile=profile,
            variables={
                Variable.TABLE_NAME: table.table.name,
                Variable.PRIMARY_REGION: primary_region,
                Variable.STANDBY_REGION: standby_region,
                Variable.PEER_ENDPOINT_PARAMETER: parameters.peer_endpoint.name,
                Variable.CONFIGURATION_PARAMETER: parameters.configuration.name,
                Variable.RELEASE: profile.code.hash,
            },
            statements=statements,
        ).function
        self.schedule = EveryMinute(
            self, "schedule", region=region, suffix=profile.suffix, kind=Function.SENTINEL, function=self.function
        )
