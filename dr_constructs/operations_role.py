"""The role that people and schedulers assume to move traffic: data plane only, and only these resources."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.api_gateway_stage import ApiGatewayStage
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement
from cdktf_cdktf_provider_aws.route53_health_check import Route53HealthCheck
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from contract.environment import (
    EPOCH_PREFIX,
    GLASS_PREFIX,
    OPERATORS_LOG_PREFIX,
    PAYMENT_PREFIX,
    PROOF_PREFIX,
    RELEASE_KEY,
    TICKER_PREFIX,
    WRITER_KEY,
)
from dr_constructs.functions.lambda_function import RegionalFunction
from dr_constructs.functions.schedule import FunctionSchedule
from dr_constructs.policies import OperatorRole, allow, allow_items, allow_own_events
from dr_constructs.region import Region
from dr_constructs.storage.control_table import ControlReplica
from dr_constructs.storage.copy_healing import BATCH_OPERATIONS, CopyHealing
from dr_constructs.storage.payments_bucket import PaymentsBucket
from dr_constructs.storage.payments_table import PaymentsTable
from dr_constructs.storage.queues import PaymentQueues
from operations.readiness.rule import Readable
from operations.readiness.rules import RULES

_STREAM_READING = ["dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords"]


@dataclass(frozen=True)
class OperatedRegion:
    """The resources of one region that operations read and change."""

    region: Region
    control: ControlReplica
    queues: PaymentQueues
    bucket: PaymentsBucket
    site: SsmParameter
    functions: Sequence[RegionalFunction]
    schedules: Sequence[FunctionSchedule]
    stage: ApiGatewayStage
    topic: SnsTopic
    healing: CopyHealing


class OperationsPermissions(Construct):
    """May change the writer, break glass, redrive, reconcile and read the state of both regions; it may not deploy."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        role: OperatorRole,
        account_id: str,
        table: PaymentsTable,
        regions: Sequence[OperatedRegion],
        health_checks: Sequence[Route53HealthCheck],
    ) -> None:
        super().__init__(scope, id_)
        statements = [statement for site in regions for statement in _regional_statements(site, table)]
        statements += [statement for site in regions for statement in _rules_statements(site, table)]
        if health_checks:
            arns = [check.arn for check in health_checks]
            statements.append(allow(["route53:GetHealthCheckStatus"], arns))  # status
        statements += [
            allow_own_events(site.region.name, account_id) for site in regions
        ]  # what moves and repairs tell
        for site in regions:  # copies: a job has no name before it is made, and may act as one role alone
            jobs = f"arn:aws:s3:{site.region.name}:{account_id}:job/*"
            statements.append(allow(["s3:DescribeJob", "s3:UpdateJobStatus"], [jobs]))
        passed = [site.healing.role.arn for site in regions]
        to_batch = {("StringEquals", "iam:PassedToService"): [BATCH_OPERATIONS]}
        statements.append(allow(["iam:PassRole"], passed, when=to_batch))  # copies
        # CloudWatch checks the right to describe alarms on all of a region's, whichever are named.
        alarms = [f"arn:aws:cloudwatch:{site.region.name}:{account_id}:alarm:*" for site in regions]
        statements.append(allow(["cloudwatch:DescribeAlarms"], alarms))  # status
        # Metrics are no resources, nor is an account's quota, lists of mappings name none, and a job is not there yet.
        unnamed = [
            "cloudwatch:GetMetricData",
            "lambda:GetAccountSettings",
            "lambda:ListEventSourceMappings",
            "s3:CreateJob",
        ]
        statements.append(allow(unnamed, ["*"]))  # status, readiness, evidence, copies
        role.permit(self, region=region, statements=statements)


def _regional_statements(site: OperatedRegion, table: PaymentsTable) -> list[DataAwsIamPolicyDocumentStatement]:
    """Return what operations may do in one region, each with the command that needs it."""
    name, table_arn, control_arn = site.region.name, table.arn(site.region), site.control.arn
    queues = [site.queues.retry.arn, site.queues.dead_letters.arn, site.queues.stream_failures.arn]
    functions = [each.function.arn for each in site.functions]
    return [
        allow_items(["PutItem"], control_arn, WRITER_KEY),  # failover, switchover, failback, stop, start, automatic
        allow_items(  # status, every change, history
            ["GetItem"],
            control_arn,
            WRITER_KEY,
            f"{PROOF_PREFIX}*",
            f"{TICKER_PREFIX}*",
            f"{EPOCH_PREFIX}*",
            RELEASE_KEY,
        ),
        allow_items(["UpdateItem"], control_arn, RELEASE_KEY),  # release abort: the tickers then put it back
        # reconcile --repair, break-glass
        allow_items(["PutItem"], table_arn, f"{PAYMENT_PREFIX}*", f"{GLASS_PREFIX}{name}"),
        # status, reconcile; what a switchover has to find in the destination
        allow(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Scan"], [table_arn]),
        allow(["dynamodb:DescribeTable"], [table_arn]),  # readiness
        # What is on its way to the other region: every command that moves the writer.
        allow(_STREAM_READING, [table.stream_arn(site.region)]),
        allow(["sqs:GetQueueAttributes"], queues),  # status, reconcile
        allow(  # redrive, reconcile, and what a switchover leaves behind
            ["sqs:ReceiveMessage"], [site.queues.dead_letters.arn, site.queues.retry.arn]
        ),
        allow(
            ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage"], [site.queues.dead_letters.arn]
        ),  # redrive, reconcile
        allow(["sqs:SendMessage"], [site.queues.retry.arn]),  # redrive
        allow(["s3:ListBucket"], [site.bucket.bucket.arn]),  # reconcile, evidence
        allow(["s3:GetObject"], [f"{site.bucket.bucket.arn}/*"]),  # reconcile, evidence
        # Beside the functions' logs, never among them.
        allow(["s3:PutObject"], [f"{site.bucket.bucket.arn}/{OPERATORS_LOG_PREFIX}*"]),  # reconcile --write-logs
        allow(["ssm:GetParameter"], [site.site.arn]),  # every command
        allow(["lambda:GetFunctionConcurrency"], functions),  # readiness
        allow(  # readiness, evidence: of what traffic reaches
            ["lambda:GetFunctionConfiguration"], [*functions, *(each.alias.arn for each in site.functions)]
        ),
        allow(["events:DescribeRule"], [schedule.rule.arn for schedule in site.schedules]),  # readiness
        allow(["apigateway:GET"], [f"arn:aws:apigateway:{site.region.name}::/account", site.stage.arn]),  # readiness
    ]


def _rules_statements(site: OperatedRegion, table: PaymentsTable) -> list[DataAwsIamPolicyDocumentStatement]:
    """Return what the readiness rules that are files of their own may read in one region."""
    queues = site.queues
    arns = {
        Readable.BUCKET: [site.bucket.bucket.arn],
        Readable.CONTROL_TABLE: [site.control.arn],
        Readable.FUNCTIONS: [each.function.arn for each in site.functions],
        Readable.PAYMENTS_TABLE: [table.arn(site.region)],
        Readable.ALARM_TOPIC: [site.topic.arn],
        Readable.QUEUES: [queues.retry.arn, queues.dead_letters.arn, queues.stream_failures.arn],
        Readable.TABLES: [table.arn(site.region), site.control.arn],
    }
    needed = {(on, action) for rule in RULES.values() for action, on in rule.rights.items()}
    return [allow([action], arns[on]) for on, action in sorted(needed)]
