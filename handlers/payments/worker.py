"""Works off the retry queue: stores where the region owns the writer, forwards where it does not, parks what fails.

Attempts to store are counted in the message, since SQS counts receives, also those in which nothing was tried.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from contract.deadlines import WRITE_DEADLINE_SECONDS
from contract.environment import Metric
from handlers.payments.connection import ConnectionString
from handlers.payments.queue import (
    CORRELATION_ATTRIBUTE,
    PaymentQueue,
    QueuedPayment,
    QueueUnavailableError,
    parse_message,
)
from handlers.payments.service import PaymentService, UnsettledPaymentError
from handlers.payments.store import Outcome
from handlers.payments.validation import InvalidPaymentError
from handlers.runtime import Context
from handlers.telemetry import Telemetry
from handlers.writer.knowledge import NotWriterError, StoringRefusedError

MOST_ATTEMPTS = 5
"""A payment that failed to be stored so often is parked in the dead letter queue."""

RETRY_DELAY_SECONDS = 60

_MESSAGE_MILLISECONDS = (WRITE_DEADLINE_SECONDS + 2) * 1000  # reading the writer, one write, and sending it on


class OutOfTimeError(Exception):
    """The function would be cut off in the middle of a write."""


@dataclass(frozen=True)
class WorkerQueues:
    """Where messages go: back, to the other region, or to rest."""

    own: PaymentQueue
    peer: PaymentQueue
    dead_letters: PaymentQueue
    peer_region: str


class RetryWorker:
    """Works off batches of the retry queue; `service_of` returns the service for a table's name."""

    def __init__(
        self,
        *,
        connection: ConnectionString,
        service_of: Callable[[str], PaymentService],
        queues: WorkerQueues,
        telemetry: Telemetry,
    ) -> None:
        self._connection = connection
        self._service_of = service_of
        self._queues = queues
        self._telemetry = telemetry
        # A batch that failed as a whole is reported message by message too, not as an error of the function.
        self._processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)

    def work(self, event: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """Deal with each message and report those that stay; raise only if the table's name cannot be read."""
        with self._telemetry.invocation(context.aws_request_id):
            service = self._service_of(self._connection.table())

            def deal_with(record: SQSRecord) -> None:
                self._deal_with(record, service, context)

            with self._processor(records=list(event["Records"]), handler=deal_with):
                self._processor.process()
            return dict(self._processor.response())

    def _deal_with(self, record: SQSRecord, service: PaymentService, context: Context) -> None:
        self._telemetry.logger.remove_keys(["transaction_id"])  # of the message before
        correlation = _correlation_id(record)
        self._telemetry.logger.append_keys(correlation_id=correlation)
        try:
            _require_time(context)
            self._move_on(record.body, correlation, service)
        except (StoringRefusedError, UnsettledPaymentError, QueueUnavailableError, OutOfTimeError) as error:
            self._telemetry.warn("payment left in the queue", error, message_id=record.message_id)
            raise
        except Exception as error:
            self._telemetry.fail("payment left in the queue", error, message_id=record.message_id)
            raise

    def _move_on(self, body: str, correlation: str, service: PaymentService) -> None:
        """Return once the message is dealt with and may be deleted; raise if it must stay."""
        try:
            queued = parse_message(body)
        except InvalidPaymentError as error:  # nothing that is tried again would change it
            self._telemetry.count(Metric.PAYMENT_REJECTED)
            self._park(body, correlation, "malformed", error)
            return
        self._telemetry.logger.append_keys(transaction_id=queued.payment.transaction_id)
        self._telemetry.begins(queued.payment.transaction_id)
        try:
            outcome = service.store(queued.payment, began_in=queued.region, request_id=correlation).outcome
        except NotWriterError as error:
            self._forward(body, correlation, error)
            return
        except (StoringRefusedError, UnsettledPaymentError):
            self._telemetry.count(Metric.PAYMENT_REFUSED)
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it was, it was an attempt, and it is counted
            self._count_attempt(queued, correlation, error)
            return
        match outcome:
            case Outcome.STORED | Outcome.REPLAYED:
                self._telemetry.count(Metric.PAYMENT_RETRIED)
                self._telemetry.logger.info(f"queued payment {outcome}")  # noqa: G004 -- two fixed texts
            case Outcome.CONFLICT:  # for a human to decide
                self._telemetry.count(Metric.PAYMENT_CONFLICT)
                self._park(body, correlation, "conflict")
            case Outcome.QUEUED:
                raise AssertionError("storing queues nothing")
            case _:
                assert_never(outcome)

    def _forward(self, body: str, correlation: str, error: NotWriterError) -> None:
        """Send the message to the region that may store it; while nobody may, it stays."""
        owner = error.writer
        if owner is None or not owner.allows(self._queues.peer_region):
            self._telemetry.count(Metric.PAYMENT_REFUSED)
            raise error
        self._queues.peer.send(body, correlation_id=correlation)
        self._telemetry.count(Metric.PAYMENT_FORWARDED)
        self._telemetry.logger.info("queued payment forwarded", extra={"to": owner.region})

    def _count_attempt(self, queued: QueuedPayment, correlation: str, error: Exception) -> None:
        tried = replace(queued, attempts=queued.attempts + 1)
        if tried.attempts >= MOST_ATTEMPTS:
            self._park(tried.body(), correlation, "attempts", error)
            return
        self._queues.own.send(tried.body(), correlation_id=correlation, delay_seconds=RETRY_DELAY_SECONDS)
        self._telemetry.warn("queued payment not stored", error, attempts=tried.attempts)

    def _park(self, body: str, correlation: str, reason: str, error: Exception | None = None) -> None:
        self._queues.dead_letters.send(body, correlation_id=correlation, reason=reason)
        self._telemetry.count(Metric.PAYMENT_PARKED)
        extra = {"reason": reason}
        if error is None:
            self._telemetry.logger.error("queued payment parked", extra=extra)
        else:
            self._telemetry.fail("queued payment parked", error, **extra)


def _require_time(context: Context) -> None:
    if context.get_remaining_time_in_millis() < _MESSAGE_MILLISECONDS:
        raise OutOfTimeError


def _correlation_id(record: SQSRecord) -> str:
    attribute = record.raw_event.get("messageAttributes", {}).get(CORRELATION_ATTRIBUTE, {})
    return str(attribute.get("stringValue") or record.message_id)
