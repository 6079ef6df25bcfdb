"""Writes the transaction log of a batch of the table's stream, then notes that payments begin in this region."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from handlers.clients import TableClient
from handlers.control import note_activity
from handlers.environment import Metric
from handlers.payments.transaction_records import LogObject, log_object, read_batch, receipt_object
from handlers.runtime import Context
from handlers.telemetry import Telemetry


class BucketClient(Protocol):
    """What the functions use of an S3 client."""

    def put_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Write one object."""


class TransactionRecorder:
    """Records the payments that began in one region, in that region's bucket."""

    def __init__(
        self,
        *,
        bucket_client: BucketClient,
        bucket: str,
        table_client: TableClient,
        table: str,
        region: str,
        receipts: bool,
        telemetry: Telemetry,
    ) -> None:
        self._bucket_client = bucket_client
        self._bucket = bucket
        self._table_client = table_client
        self._table = table
        self._region = region
        self._receipts = receipts
        self._telemetry = telemetry

    def record(self, records: Iterable[Mapping[str, Any]], context: Context) -> None:
        """Record a batch; any failure of S3 is raised, so that the stream hands the batch over again."""
        with self._telemetry.invocation(context.aws_request_id):
            batch = read_batch(records, self._region)
            if not batch.payments:
                return
            # The log comes last: a batch that is split after a failed receipt leaves no log that overlaps with others.
            if self._receipts:
                for payment in batch.payments:
                    self._put(receipt_object(payment))
            self._put(log_object(batch, self._region))
            self._telemetry.count(Metric.PAYMENT_LOGGED, len(batch.payments))
            self._telemetry.logger.info(
                "payments logged",
                extra={"transaction_ids": [payment.payment.transaction_id for payment in batch.payments]},
            )
            self._note_activity(batch.newest)

    def _put(self, log: LogObject) -> None:
        self._bucket_client.put_object(Bucket=self._bucket, Key=log.key, Body=log.body, ContentType=log.content_type)

    def _note_activity(self, newest: float) -> None:
        try:
            note_activity(self._table_client, self._table, self._region, newest)
        except (BotoCoreError, ClientError) as error:  # what counts is in the bucket; the next batch notes again
            self._telemetry.warn("activity not noted", error)
