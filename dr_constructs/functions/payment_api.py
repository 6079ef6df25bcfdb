"""The function behind the API, and its canary: takes payments, or queues them while the table does not answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable
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


@dataclass(frozen=True)
class PaymentStores:
    """Where one region's payments go: the real tables and the retry queue, or the canary's."""

    table_name: str
    table_arn: str
    control_name: str
    control_arn: str
    queue: SqsQueue
    after: Sequence[ITerraformDependable] = ()
    """What must be there before the function's first invocation."""


class PaymentApiFunction(Construct):
    """May store payments, read the writer, raise its region's proof, and send to one queue; of these stores alone."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        function: Function = Function.PAYMENT_API,
        profile: FunctionProfile,
        stores: PaymentStores,
        primary_region: str,
        standby_region: str,
        allow_card_numbers: bool = False,
        reserved_concurrency: int | None = None,
    ) -> None:
        super().__init__(scope, id_)
        own, table_arn, control_arn = profile.region.name, stores.table_arn, stores.control_arn
        self.function = RegionalFunction(
            self,
            "function",
            function=function,
            profile=profile,
            variables={
                Variable.TABLE_NAME: stores.table_name,
                Variable.CONTROL_TABLE_NAME: stores.control_name,
                Variable.PRIMARY_REGION: primary_region,
                Variable.STANDBY_REGION: standby_region,
                Variable.RETRY_QUEUE_URL: stores.queue.url,
                Variable.ALLOW_CARD_NUMBERS: json.dumps(allow_card_numbers),
            },
            statements=[
                allow_items(["PutItem"], table_arn, f"{PAYMENT_PREFIX}*"),
                allow_items(["GetItem"], table_arn, f"{PAYMENT_PREFIX}*", f"{GLASS_PREFIX}{own}"),
                allow_items(["UpdateItem"], table_arn, f"{HEALTH_PREFIX}{own}"),
                allow_items(["GetItem"], control_arn, WRITER_KEY, f"{PROOF_PREFIX}{own}"),
                allow_items(["UpdateItem"], control_arn, f"{PROOF_PREFIX}{own}"),
                allow(["sqs:SendMessage"], [stores.queue.arn]),
            ],
            after=stores.after,
            reserved_concurrency=reserved_concurrency,
        )
