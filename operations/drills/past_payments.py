"""Stores payments past the API, for a drill that needs many, and reads all payments of a drill.

IAM, with the rights of whoever runs the drill: dynamodb:BatchWriteItem and dynamodb:Scan on both replicas, and
s3:ListBucket and s3:GetObject on the bucket of the primary.
"""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import uuid4

from contract.environment import LOG_PREFIX, PARTITION_KEY, PAYMENT_PREFIX
from contract.roles import Role
from handlers.payments.model import Payment, StoredPayment
from handlers.runtime import timestamp
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.errors import OperationError
from operations.execution.live_controls import DRILL_PREFIX
from operations.reconcile.evidence import PATIENT_ATTEMPTS
from operations.reconcile.logs import read_object
from operations.site import Site

_BATCH = 25
"""As many as BatchWriteItem takes."""

_THREADS = 2
"""Clients pay meanwhile, and an emulator does all in one process."""

_ARRIVAL_SECONDS = 900.0
_PAUSE_SECONDS = 2.0


class PastPaymentsError(OperationError):
    """What was stored has not arrived everywhere."""


class PastPayments:
    """Stores payments in the primary's replica.

    Args:
        site: The site's names.
        aws: Clients with the rights of whoever runs the drill.
        clock: What waits.
        drill: The drill's id, a part of the payments' ids.
    """

    def __init__(self, site: Site, aws: Aws, clock: OperationsClock, drill: str) -> None:
        self._site, self._aws, self._clock = site, aws.patient(attempts=PATIENT_ATTEMPTS), clock
        self._prefix = f"{DRILL_PREFIX}past-{drill}-"

    def store(self, count: int) -> None:
        """Store payments, half of them without the id of a request, and wait until they are logged and replicated.

        Raises:
            PastPaymentsError: They do not arrive.
            BotoCoreError, ClientError: The table refuses.
        """
        items = [self._item(number) for number in range(count)]
        with ThreadPoolExecutor(_THREADS) as threads:
            for _ in threads.map(self._write, [items[at : at + _BATCH] for at in range(0, count, _BATCH)]):
                pass  # raises what a write has raised
        wanted = {item["transactionId"]["S"] for item in items}
        logs, unlogged, limit = self._new_logs(), set(wanted), self._clock.monotonic() + _ARRIVAL_SECONDS
        while unlogged or any(wanted - self.items(role).keys() for role in Role):
            for line in next(logs) if unlogged else ():
                unlogged.discard(json.loads(line)["id"])
            if self._clock.monotonic() > limit:
                raise PastPaymentsError(f"{count} payments were stored, and {len(unlogged)} are not logged")
            self._clock.sleep(_PAUSE_SECONDS)

    def items(self, role: Role) -> dict[str, dict[str, Any]]:
        """Return a replica's payments of drills, by id; raises what boto3 does."""
        client = self._aws.client("dynamodb", self._site.regions[role].name)
        pages = client.get_paginator("scan").paginate(
            TableName=self._site.table_name,
            FilterExpression=f"begins_with({PARTITION_KEY}, :drills)",
            ExpressionAttributeValues={":drills": {"S": f"{PAYMENT_PREFIX}{DRILL_PREFIX}"}},
            ConsistentRead=True,
        )
        return {item["transactionId"]["S"]: item for page in pages for item in page["Items"]}

    def _item(self, number: int) -> dict[str, Any]:
        amount = Decimal(number % 99_999 + 1).scaleb(-2)
        payment = Payment(f"{self._prefix}{number:06}", amount, "EUR", {"metadata": f'{{"order":"{number}"}}'})
        request = uuid4().hex if number % 2 else ""
        now = timestamp(self._clock.time())
        return StoredPayment(payment, self._site.primary.name, now, request).item()

    def _write(self, items: list[dict[str, Any]]) -> None:
        client = self._aws.client("dynamodb", self._site.primary.name)
        left: Mapping[str, Any] = {self._site.table_name: [{"PutRequest": {"Item": item}} for item in items]}
        while left:
            left = client.batch_write_item(RequestItems=left).get("UnprocessedItems") or {}

    def _new_logs(self) -> Iterator[list[bytes]]:
        """Yield the lines of the primary's logs that are new since the last time."""
        region, seen = self._site.primary, set[str]()
        client = self._aws.client("s3", region.name)
        prefix = f"{LOG_PREFIX}{region.name}/{timestamp(self._clock.time())[:10].replace('-', '/')}/"
        while True:
            lines: list[bytes] = []
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=region.bucket_name, Prefix=prefix):
                for key in [each["Key"] for each in page.get("Contents", []) if each["Key"] not in seen]:
                    seen.add(key)
                    lines += read_object(client, region.bucket_name, key).splitlines()
            yield lines
