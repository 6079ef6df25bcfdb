"""Stores queued payments; what cannot be stored stays in the queue, and is parked once it failed often enough."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from handlers.deadlines import WRITE_DEADLINE_SECONDS
from handlers.environment import Metric
from handlers.faults import TableUnavailableError
from handlers.payments.connection import ConnectionString
from handlers.payments.gate import FencedError
from handlers.payments.queue import CORRELATION_ATTRIBUTE, parse_message
from handlers.payments.service import PaymentService
from handlers.payments.store import Outcome
from handlers.payments.validation import InvalidPaymentError
from handlers.runtime import Context
from handlers.telemetry import Telemetry

_MESSAGE_MILLISECONDS = (WRITE_DEADLINE_SECONDS + 1) * 1000  # reading the fence, then one write


class PaymentConflictError(Exception):
    """Another payment is stored under the id: for a human to decide."""


class OutOfTimeError(Exception):
    """The function would be cut off in the middle of a write."""


class RetryWorker:
    """Works off batches of the retry queue; `service_of` gives the service for a table's name."""

    def __init__(
        self, *, connection: ConnectionString, service_of: Callable[[str], PaymentService], telemetry: Telemetry
    ) -> None:
        self._connection = connection
        self._service_of = service_of
        self._telemetry = telemetry
        # A batch that failed as a whole is reported message by message too, not as an error of the function.
        self._processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)

    def work(self, event: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """Store what can be stored and report the rest; raises only if the table's name cannot be read."""
        with self._telemetry.invocation(context.aws_request_id):
            service = self._service_of(self._connection.table())

            def store(record: SQSRecord) -> None:
                self._try(record, service, context)

            with self._processor(records=list(event["Records"]), handler=store):
                self._processor.process()
            return dict(self._processor.response())

    def _try(self, record: SQSRecord, service: PaymentService, context: Context) -> None:
        self._telemetry.logger.remove_keys(["transaction_id"])  # of the message before
        self._telemetry.logger.append_keys(correlation_id=_correlation_id(record))
        try:
            self._store(record.body, service, context)
        except (FencedError, TableUnavailableError, InvalidPaymentError, PaymentConflictError, OutOfTimeError) as error:
            self._telemetry.warn("payment left in the queue", error, message_id=record.message_id)
            raise
        except Exception as error:
            self._telemetry.fail("payment left in the queue", error, message_id=record.message_id)
            raise

    def _store(self, body: str, service: PaymentService, context: Context) -> None:
        if context.get_remaining_time_in_millis() < _MESSAGE_MILLISECONDS:
            raise OutOfTimeError
        try:
            queued = parse_message(body)
        except InvalidPaymentError:
            self._telemetry.count(Metric.PAYMENT_REJECTED)
            raise
        self._telemetry.logger.append_keys(transaction_id=queued.payment.transaction_id)
        try:
            outcome = service.store(queued.payment, began_in=queued.region).outcome
        except FencedError:
            self._telemetry.count(Metric.PAYMENT_REFUSED)
            raise
        if outcome is Outcome.CONFLICT:
            self._telemetry.count(Metric.PAYMENT_CONFLICT)
            raise PaymentConflictError
        self._telemetry.count(Metric.PAYMENT_RETRIED)
        self._telemetry.logger.info(f"queued payment {outcome}")  # noqa: G004 -- two fixed texts


def _correlation_id(record: SQSRecord) -> str:
    attribute = record.raw_event.get("messageAttributes", {}).get(CORRELATION_ATTRIBUTE, {})
    return str(attribute.get("stringValue") or record.message_id)
