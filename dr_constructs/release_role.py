"""The role that people and pipelines assume to release: it moves versions and stages, and never the writer."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from contract.environment import RELEASE_KEY, TICKER_PREFIX, WRITER_KEY, Function
from dr_constructs.policies import OperatorRole, allow, allow_items, allow_own_events
from dr_constructs.region import Region
from dr_constructs.regional_service import RegionalService
from dr_constructs.regional_workers import RegionalWorkers


@dataclass(frozen=True)
class ReleasedRegion:
    """The resources of one region that a release reads and moves."""

    service: RegionalService
    workers: RegionalWorkers
    site: SsmParameter


class ReleasePermissions(Construct):
    """May move both regions' aliases and stages, send canary payments, and read what judges a version."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        role: OperatorRole,
        account_id: str,
        regions: Sequence[ReleasedRegion],
    ) -> None:
        super().__init__(scope, id_)
        statements = [statement for each in regions for statement in _regional_statements(each)]
        statements += [allow_own_events(each.service.region.name, account_id) for each in regions]
        # CloudWatch checks the right to describe alarms on all of a region's, whichever are named.
        alarms = [f"arn:aws:cloudwatch:{each.service.region.name}:{account_id}:alarm:*" for each in regions]
        statements.append(allow(["cloudwatch:DescribeAlarms"], alarms))
        role.permit(self, region=region, statements=statements)


def _regional_statements(released: ReleasedRegion) -> list[DataAwsIamPolicyDocumentStatement]:
    """Return what a release may do in one region, each with what needs it."""
    service, functions = released.service, released.workers.functions
    control_arn, api_arn = service.control.arn, service.api.rest_api.arn
    arns = [each.function.arn for each in functions.values()]
    versions = [f"{arn}:*" for arn in arns]
    return [
        # Which region serves; what is under way; which version of the tickers beats.
        allow_items(["GetItem"], control_arn, WRITER_KEY, RELEASE_KEY, f"{TICKER_PREFIX}*"),
        allow_items(["PutItem", "UpdateItem"], control_arn, RELEASE_KEY),
        *service.release_target.moving_statements(),
        allow(["lambda:ListVersionsByFunction"], arns),
        # Whether the API of a stack from before releases invokes the function itself.
        allow(["lambda:GetPolicy"], [functions[Function.PAYMENT_API].function.arn]),
        allow(["lambda:DeleteFunction"], versions),  # old versions; no function
        allow(["apigateway:GET"], [api_arn, f"{api_arn}/*"]),
        allow(["apigateway:POST"], [f"{api_arn}/deployments"]),
        allow(["apigateway:DELETE"], [f"{api_arn}/deployments/*"]),  # those that no stage uses
        *_canary_statements(released.workers),
        allow(["logs:FilterLogEvents"], [f"{each.log_group.arn}:*" for each in functions.values()]),  # the judges
        allow(["ssm:GetParameter"], [released.site.arn]),
    ]


def _canary_statements(workers: RegionalWorkers) -> list[DataAwsIamPolicyDocumentStatement]:
    table = workers.canary_stores.table
    return [
        allow(["lambda:InvokeFunction"], [f"{workers.functions[Function.PAYMENT_CANARY].function.arn}:*"]),
        allow(["dynamodb:GetItem", "dynamodb:DeleteItem"], [table.arn]),
    ]
