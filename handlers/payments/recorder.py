"""Writes the transaction log of a batch of the table's stream."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from contract.environment import Metric
from handlers.payments.transaction_records import (
    Batch,
    LogObject,
    changed_payments,
    log_objects,
    read_batch,
    receipt_object,
)
from handlers.runtime import Context
from handlers.telemetry import Telemetry

RECEIPTS_AT_ONCE = 10
"""As many connections as the SDK keeps; one after the other, a batch of a hundred would take seconds."""


class BucketClient(Protocol):
    """What the functions use of an S3 client."""

    def put_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Write one object."""


class TransactionRecorder:
    """Records the payments that began in one region in that region's bucket, and counts what was changed anywhere."""

    def __init__(
        self,
        *,
        bucket_client: BucketClient,
        bucket: str,
        region: str,
        receipts: bool,
        telemetry: Telemetry,
    ) -> None:
        self._bucket_client = bucket_client
        self._bucket = bucket
        self._region = region
        self._receipts = receipts
        self._telemetry = telemetry

    def record(self, records: Iterable[Mapping[str, Any]], context: Context) -> None:
        """Record a batch; any failure of S3 is raised, so that the stream hands the batch over again."""
        records = list(records)
        with self._telemetry.invocation(context.aws_request_id):
            self._count_changed(changed_payments(records))
            batch = read_batch(records, self._region)
            if not batch.payments:
                return
            # The log comes last: a batch that is split after a failed receipt leaves no log that overlaps with others.
            if self._receipts:
                self._put_receipts(batch)
            for log in log_objects(batch, self._region):
                self._put(log)
            self._telemetry.count(Metric.PAYMENT_LOGGED, len(batch.payments))
            self._telemetry.logger.info(
                "payments logged",
                extra={"transaction_ids": [each.payment.payment.transaction_id for each in batch.payments]},
            )

    def _count_changed(self, transaction_ids: list[str]) -> None:
        # First of all and as 0 too: whatever becomes of the batch, the alarm hears of it.
        self._telemetry.count(Metric.PAYMENTS_CHANGED, len(transaction_ids))
        if transaction_ids:
            self._telemetry.logger.warning("payments changed", extra={"transaction_ids": transaction_ids})

    def _put_receipts(self, batch: Batch) -> None:
        receipts = [receipt_object(each.payment) for each in batch.payments if each.needs_receipt]
        with ThreadPoolExecutor(RECEIPTS_AT_ONCE) as pool:
            for _ in pool.map(self._put, receipts):
                pass  # raises what a put has raised

    def _put(self, log: LogObject) -> None:
        self._bucket_client.put_object(Bucket=self._bucket, Key=log.key, Body=log.body, ContentType=log.content_type)
