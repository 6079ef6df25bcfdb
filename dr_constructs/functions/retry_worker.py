"""The function behind the retry queue: the same insert again, by the region that owns the writer."""

from cdktf_cdktf_provider_aws.lambda_event_source_mapping import (
    LambdaEventSourceMapping,
    LambdaEventSourceMappingScalingConfig,
)
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from contract.environment import GLASS_PREFIX, PAYMENT_PREFIX, WRITER_KEY, Function, Variable
from dr_constructs.functions.lambda_function import FunctionProfile, RegionalFunction
from dr_constructs.policies import allow, allow_items
from dr_constructs.storage.control_table import ControlReplica
from dr_constructs.storage.payments_table import PaymentsTable
from dr_constructs.storage.queues import PaymentQueues

BATCH_SIZE = 10


class RetryWorkerFunction(Construct):
    """May store payments, read the writer, work off its region's retry queue, and pass messages on to three queues.

    What another region owns goes to that region's retry queue, what failed again waits in the own one, and what failed
    too often is parked.
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
        queues: PaymentQueues,
        peer_retry_queue: SqsQueue,
        connection_string: SsmParameter,
        maximum_concurrency: int,
    ) -> None:
        super().__init__(scope, id_)
        retry_queue, dead_letters = queues.retry, queues.dead_letters
        self.function = RegionalFunction(
            self,
            "function",
            function=Function.RETRY_WORKER,
            profile=profile,
            variables={
                Variable.CONNECTION_STRING_PARAMETER: connection_string.name,
                Variable.CONTROL_TABLE_NAME: control.name,
                Variable.PRIMARY_REGION: primary_region,
                Variable.STANDBY_REGION: standby_region,
                Variable.RETRY_QUEUE_URL: retry_queue.url,
                Variable.PEER_RETRY_QUEUE_URL: peer_retry_queue.url,
                Variable.DEAD_LETTER_QUEUE_URL: dead_letters.url,
            },
            statements=[
                allow_items(["PutItem"], table.arn(profile.region), f"{PAYMENT_PREFIX}*"),
                allow_items(["GetItem"], table.arn(profile.region), f"{GLASS_PREFIX}{profile.region.name}"),
                allow_items(["GetItem"], control.arn, WRITER_KEY),
                # The aws/ssm key needs no grant inside the account (FACTS 7.1).
                allow(["ssm:GetParameter"], [connection_string.arn]),
                allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [retry_queue.arn]),
                allow(["sqs:SendMessage"], [retry_queue.arn, peer_retry_queue.arn, dead_letters.arn]),
            ],
            after=[control.table],
        )
        LambdaEventSourceMapping(
            self,
            "source",
            provider=profile.region.provider,
            event_source_arn=retry_queue.arn,
            function_name=self.function.alias.arn,
            batch_size=BATCH_SIZE,
            # A full queue would else start a thousand workers, which payments then lack (FACTS 4.10).
            scaling_config=LambdaEventSourceMappingScalingConfig(maximum_concurrency=maximum_concurrency),
            function_response_types=["ReportBatchItemFailures"],
        )
