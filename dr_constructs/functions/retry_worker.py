"""The function behind the retry queue: the same insert again, with partial batch answers."""

from cdktf_cdktf_provider_aws.lambda_event_source_mapping import LambdaEventSourceMapping
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from dr_constructs.functions.lambda_function import FunctionProfile, RegionalFunction
from dr_constructs.policies import allow, allow_items
from dr_constructs.storage.payments_table import PaymentsTable
from handlers.environment import FENCE_PREFIX, PAYMENT_PREFIX, Function, Variable

BATCH_SIZE = 10


class RetryWorker(Construct):
    """May insert payments, read its region's fence and the connection string, and consume the retry queue."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        profile: FunctionProfile,
        table: PaymentsTable,
        retry_queue: SqsQueue,
        connection_string: SsmParameter,
    ) -> None:
        super().__init__(scope, id_)
        table_arn = table.arn(profile.region)
        self.function = RegionalFunction(
            self,
            "function",
            function=Function.RETRY_WORKER,
            profile=profile,
            variables={Variable.CONNECTION_STRING_PARAMETER: connection_string.name},
            statements=[
                allow_items(["PutItem"], table_arn, f"{PAYMENT_PREFIX}*"),
                allow_items(["GetItem"], table_arn, f"{FENCE_PREFIX}{profile.region.name}"),
                # The aws/ssm key needs no grant inside the account (FACTS 7.1).
                allow(["ssm:GetParameter"], [connection_string.arn]),
                allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [retry_queue.arn]),
            ],
        ).function
        LambdaEventSourceMapping(
            self,
            "source",
            provider=profile.region.provider,
            event_source_arn=retry_queue.arn,
            function_name=self.function.arn,
            batch_size=BATCH_SIZE,
            function_response_types=["ReportBatchItemFailures"],
        )
