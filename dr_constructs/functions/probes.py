"""The function that answers Route 53: who owns the writer, apart from what payments use."""

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement
from constructs import Construct

from contract.environment import GLASS_PREFIX, WRITER_KEY, Function, Variable
from dr_constructs.functions.lambda_function import FunctionProfile, RegionalFunction
from dr_constructs.policies import allow_items
from dr_constructs.storage.control_table import ControlReplica
from dr_constructs.storage.payments_table import PaymentsTable

PROBES_CONCURRENCY = 20
"""What the gateway lets through (`WRITER_LIMITS`) at 40 ms a request; an answer takes some 5 ms on AWS [D]."""


class ProbesFunction(Construct):
    """May read the writer and its region's glass, and nothing else."""

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
    ) -> None:
        super().__init__(scope, id_)
        self.function = RegionalFunction(
            self,
            "function",
            function=Function.PROBES,
            profile=profile,
            variables={
                Variable.TABLE_NAME: table.table.name,
                Variable.CONTROL_TABLE_NAME: control.name,
                Variable.PRIMARY_REGION: primary_region,
                Variable.STANDBY_REGION: standby_region,
            },
            statements=_statements(table.arn(profile.region), control.arn, profile.region.name),
            after=[control.table],
            reserved_concurrency=PROBES_CONCURRENCY,
        )


def _statements(table_arn: str, control_arn: str, region: str) -> list[DataAwsIamPolicyDocumentStatement]:
    return [
        allow_items(["GetItem"], control_arn, WRITER_KEY),
        allow_items(["GetItem"], table_arn, f"{GLASS_PREFIX}{region}"),
    ]
