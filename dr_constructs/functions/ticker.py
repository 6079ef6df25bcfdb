"""The function that is always there: it watches both regions, and changes the writer when nobody else does."""

from collections.abc import Sequence
from dataclasses import replace

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement
from constructs import Construct

from contract.deadlines import TICKER_TIMEOUT_SECONDS
from contract.environment import (
    EPOCH_PREFIX,
    GLASS_PREFIX,
    HEARTBEAT_PREFIX,
    PROOF_PREFIX,
    RELEASE_KEY,
    TICKER_PREFIX,
    WRITER_KEY,
    Function,
    Variable,
)
from dr_constructs.functions.lambda_function import FunctionProfile, RegionalFunction
from dr_constructs.functions.schedule import FunctionSchedule, only_while_fresh
from dr_constructs.policies import allow, allow_items, allow_own_events
from dr_constructs.release_targets import ReleaseTarget, release_targets
from dr_constructs.storage.control_table import ControlReplica
from dr_constructs.storage.parameters import RegionParameters
from dr_constructs.storage.payments_table import PaymentsTable

TICKER_MEMORY_MB = 256
"""A second has some five calls of AWS; half of this has too little CPU for them beside a cold start."""

TICKER_CONCURRENCY = 5
"""Four runs overlap at most; what fills the account's pool must not keep the ticker out."""


class TickerFunction(Construct):
    """May change the writer, raise its region's proof, keep its memory, epochs and heartbeat, and undo a release.

    It may ask its region's payment function whether it is well.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        profile: FunctionProfile,
        table: PaymentsTable,
        control: ControlReplica,
        primary_region: str,
        standby_region: str,
        parameters: RegionParameters,
        targets: Sequence[ReleaseTarget],
    ) -> None:
        super().__init__(scope, id_)
        region = profile.region
        peer_region = standby_region if region.name == primary_region else primary_region
        own = next(each for each in targets if each.region.name == region.name)
        self.function = RegionalFunction(
            self,
            "function",
            function=Function.TICKER,
            profile=replace(profile, memory_mb=TICKER_MEMORY_MB, timeout_seconds=TICKER_TIMEOUT_SECONDS),
            variables={
                Variable.TABLE_NAME: table.table.name,
                Variable.CONTROL_TABLE_NAME: control.name,
                Variable.PRIMARY_REGION: primary_region,
                Variable.STANDBY_REGION: standby_region,
                Variable.ENDPOINT_PARAMETER: parameters.own_endpoint.name,
                Variable.CONFIGURATION_PARAMETER: parameters.configuration.name,
                Variable.RELEASE: profile.code.hash,
                Variable.RELEASE_TARGETS: release_targets(targets),
            },
            statements=[
                *_control_statements(control, region.name, peer_region),
                *_payments_statements(table.arn(region), region.name, peer_region),
                allow(["ssm:GetParameter"], [parameters.own_endpoint.arn, parameters.configuration.arn]),
                allow_own_events(region.name, own.account_id),
                # Where strangers use up what the gateway lets through to `/health`, it asks the function itself.
                allow(
                    ["lambda:InvokeFunction"],
                    [each.live_arn(Function.PAYMENT_API) for each in targets if each.region.name == region.name],
                ),
                # Of both regions: whichever ticker is left puts a release back everywhere.
                *(statement for target in targets for statement in target.moving_statements()),
            ],
            after=[control.table],
            reserved_concurrency=TICKER_CONCURRENCY,
        )
        # A tick that is late is worthless: the next schedule brings another (FACTS 4.9).
        invocations = only_while_fresh(self, region=region, alias=self.function.alias)
        self.schedule = FunctionSchedule(
            self,
            "schedule",
            region=region,
            suffix=profile.suffix,
            kind=Function.TICKER,
            alias=self.function.alias,
            after=[invocations],
        )


def _control_statements(control: ControlReplica, own: str, peer: str) -> list[DataAwsIamPolicyDocumentStatement]:
    memory, proof = f"{TICKER_PREFIX}{own}", f"{PROOF_PREFIX}{own}"
    return [
        allow_items(["GetItem"], control.arn, WRITER_KEY, RELEASE_KEY, memory, proof, f"{PROOF_PREFIX}{peer}"),
        allow_items(["PutItem"], control.arn, WRITER_KEY, memory, f"{EPOCH_PREFIX}{own}#*"),
        allow_items(["UpdateItem"], control.arn, proof, RELEASE_KEY),
    ]


def _payments_statements(table_arn: str, own: str, peer: str) -> list[DataAwsIamPolicyDocumentStatement]:
    glass = f"{GLASS_PREFIX}{own}"
    return [
        allow_items(["GetItem"], table_arn, f"{HEARTBEAT_PREFIX}{peer}", glass),
        allow_items(["PutItem"], table_arn, f"{HEARTBEAT_PREFIX}{own}"),
        allow_items(["DeleteItem"], table_arn, glass),  # void, or claimed by a takeover
    ]
