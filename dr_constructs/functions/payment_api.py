"""The function behind the API: takes payments, or queues them while the table does not answer."""

from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct

from contract.environment import (
    GLASS_PREFIX,
    HEALTH_PREFIX,
    PAYMENT_PREFIX,
    PROOF_PREFIX,
    WRITER_KEY,
    Function,
    Variable,
)
from dr_constructs.functions.lambda_function import FunctionProfile, RegionalFunction
from dr_constructs.policies import allow, allow_items
from dr_constructs.storage.control_table import ControlReplica
from dr_constructs.storage.payments_table import PaymentsTable


class PaymentApiFunction(Construct):
    """May store payments, read the writer, raise its region's proof, and send to the retry queue of its region."""

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
        retry_queue: SqsQueue,
        reserved_concurrency: int | None,
    ) -> None:
        super().__init__(scope, id_)
        own, table_arn = profile.region.name, table.arn(profile.region)
        self.function = RegionalFunction(
            self,
            "function",
            function=Function.PAYMENT_API,
            profile=profile,
            variables={
                Variable.TABLE_NAME: table.table.name,
                Variable.CONTROL_TABLE_NAME: control.name,
                Variable.PRIMARY_REGION: primary_region,
                Variable.STANDBY_REGION: standby_region,
                Variable.RETRY_QUEUE_URL: retry_queue.url,
            },
            statements=[
                allow_items(["PutItem"], table_arn, f"{PAYMENT_PREFIX}*"),
                allow_items(["GetItem"], table_arn, f"{PAYMENT_PREFIX}*", f"{GLASS_PREFIX}{own}"),
                allow_items(["UpdateItem"], table_arn, f"{HEALTH_PREFIX}{own}"),
                allow_items(["GetItem"], control.arn, WRITER_KEY, f"{PROOF_PREFIX}{own}"),
                allow_items(["UpdateItem"], control.arn, f"{PROOF_PREFIX}{own}"),
                allow(["sqs:SendMessage"], [retry_queue.arn]),
            ],
            after=[control.table],
            reserved_concurrency=reserved_concurrency,
        ).function
