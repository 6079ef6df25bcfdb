"""The function behind the API: takes payments, or queues them while the table does not answer."""

from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct

from dr_constructs.functions.lambda_function import FunctionProfile, RegionalFunction
from dr_constructs.policies import allow, allow_items
from dr_constructs.storage.payments_table import PaymentsTable
from handlers.environment import FENCE_PREFIX, HEARTBEAT_PREFIX, PAYMENT_PREFIX, Function, Variable


class PaymentApiFunction(Construct):
    """May insert and read payments, read both fences and its heartbeat, and send to the retry queue of its region."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        profile: FunctionProfile,
        table: PaymentsTable,
        primary_region: str,
        standby_region: str,
        retry_queue: SqsQueue,
        reserved_concurrency: int | None,
    ) -> None:
        super().__init__(scope, id_)
        table_arn = table.arn(profile.region)
        control_items = (
            f"{FENCE_PREFIX}{primary_region}",
            f"{FENCE_PREFIX}{standby_region}",
            f"{HEARTBEAT_PREFIX}{profile.region.name}",
        )
        self.function = RegionalFunction(
            self,
            "function",
            function=Function.PAYMENT_API,
            profile=profile,
            variables={
                Variable.TABLE_NAME: table.table.name,
                Variable.PRIMARY_REGION: primary_region,
                Variable.STANDBY_REGION: standby_region,
                Variable.RETRY_QUEUE_URL: retry_queue.url,
            },
            statements=[
                allow_items(["PutItem"], table_arn, f"{PAYMENT_PREFIX}*"),
                allow_items(["GetItem"], table_arn, f"{PAYMENT_PREFIX}*", *control_items),
                allow(["sqs:SendMessage"], [retry_queue.arn]),
            ],
            reserved_concurrency=reserved_concurrency,
        ).function
