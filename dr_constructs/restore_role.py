"""The role for repairing payments: it alone may remove payments and restore tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from contract.environment import BACKUP_PREFIX, LOG_PREFIX, PAYMENT_PREFIX, WRITER_KEY
from contract.names import side_table_name
from dr_constructs.policies import OperatorRole, allow, allow_items
from dr_constructs.region import Region
from dr_constructs.regional_service import RegionalService
from dr_constructs.storage.payments_table import PaymentsTable

ANY_MOMENT = "????????T??????Z"
"""The capital letters keep the pattern from the tables of other environments, whose suffixes have none."""


@dataclass(frozen=True)
class RestoredRegion:
    """The resources of one region that a restore reads and changes."""

    service: RegionalService
    site: SsmParameter


class RestorePermissions(Construct):
    """May restore the payments table beside itself, compare, and change payments; it may not move the writer."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        role: OperatorRole,
        account_id: str,
        suffix: str,
        table: PaymentsTable,
        regions: Sequence[RestoredRegion],
    ) -> None:
        super().__init__(scope, id_)
        statements = [
            statement for each in regions for statement in _regional_statements(each, table, account_id, suffix)
        ]
        role.permit(self, region=region, statements=statements)


def _regional_statements(
    restored: RestoredRegion, table: PaymentsTable, account_id: str, suffix: str
) -> list[DataAwsIamPolicyDocumentStatement]:
    """Return what a restore may do in one region, each with the command that needs it."""
    service = restored.service
    name, table_arn, bucket_arn = service.region.name, table.arn(service.region), service.bucket.bucket.arn
    side_table = f"arn:aws:dynamodb:{name}:{account_id}:table/{side_table_name(ANY_MOMENT, suffix)}"
    return [
        allow_items(["GetItem"], service.control.arn, WRITER_KEY),  # which region serves: plan, repair, finish
        allow(  # plan, finish
            [
                "dynamodb:DescribeContinuousBackups",
                "dynamodb:DescribeTable",
                "dynamodb:RestoreTableToPointInTime",
                "dynamodb:Scan",
            ],
            [table_arn],
        ),
        allow_items(["DeleteItem", "GetItem", "PutItem"], table_arn, f"{PAYMENT_PREFIX}*"),  # repair
        allow(
            [
                # What a restore does in its caller's name.
                *(
                    f"dynamodb:{action}"
                    for action in ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
                ),
                "dynamodb:DescribeTable",  # plan, finish
                "dynamodb:DeleteTable",  # finish
            ],
            [side_table],
        ),
        allow(["s3:ListBucket"], [bucket_arn]),  # plan, finish
        allow(["s3:GetObject"], [f"{bucket_arn}/{LOG_PREFIX}*", f"{bucket_arn}/{BACKUP_PREFIX}*"]),  # plan, finish
        allow(["logs:FilterLogEvents"], [f"{service.api.access_log.arn}:*"]),  # plan, finish
        allow(["ssm:GetParameter"], [restored.site.arn]),  # every command
    ]
