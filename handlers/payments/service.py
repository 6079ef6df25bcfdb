"""What is done with a payment: store it if the region may, else queue it, and say so only when it is durable."""

from collections.abc import Callable

from handlers.faults import TableUnavailableError
from handlers.payments.model import Payment, StoredPayment
from handlers.payments.queue import PaymentQueue, QueuedPayment
from handlers.payments.store import Outcome, PaymentTable, Receipt
from handlers.runtime import Clock
from handlers.writer.item import Writer
from handlers.writer.knowledge import StoringRefusedError, WriterKnowledge


class UnsettledPaymentError(Exception):
    """An attempt may have stored the payment, and nothing further may be tried here; `writer` is as last seen."""

    def __init__(self, writer: Writer | None) -> None:
        self.writer = writer
        super().__init__("the payment may have been stored")


class PaymentService:
    """Accepts payments for one region; `stored` is called once for each payment that was stored."""

    def __init__(
        self,
        *,
        table: PaymentTable,
        knowledge: WriterKnowledge,
        region: str,
        clock: Clock,
        stored: Callable[[], None] = lambda: None,
    ) -> None:
        self._table = table
        self._knowledge = knowledge
        self._region = region
        self._clock = clock
        self._on_stored = stored

    def store(self, payment: Payment, *, began_in: str | None = None, request_id: str = "") -> Receipt:
        """Store the payment, with the id of the API's request, if the own region is known to be the writer.

        Raises:
            NotWriterError: The region must not store; nothing was sent.
            WriterUnknownError: Whether it may cannot be told; nothing was sent.
            UnsettledPaymentError: What was known has become too old between two attempts.
            TableUnavailableError: Throttled or not reached; the payment may or may not be stored.
        """
        self._knowledge.require_writer()
        try:
            receipt = self._table.insert(payment, began_in=began_in or self._region, request_id=request_id)
        except StoringRefusedError as error:  # the guard of each attempt
            raise UnsettledPaymentError(error.writer) from error
        finally:
            self._knowledge.refresh_beside()  # for the next payment; begun earlier, it would take time from this one
        if receipt.outcome is Outcome.STORED:
            self._on_stored()
        return receipt

    def stored(self, payment: Payment) -> StoredPayment | None:
        """Return the same payment as it is stored; None if there is none, or another one under its id.

        Raises:
            TableUnavailableError: Throttled or not reached.
            StoringRefusedError: It is not in this region's table, and the region cannot tell whether it is stored.
        """
        found = self._table.get(payment.transaction_id)
        if found is None:  # asked after the table was read: what was the writer until now has missed no payment
            self._knowledge.require_writer()
        return found if found is not None and found.payment == payment else None

    def accept(self, payment: Payment, queue: PaymentQueue, *, correlation_id: str) -> Receipt:
        """Store the payment, or have it stored later; the correlation id is the API's request id, and travels along.

        Raises:
            NotWriterError: The region must not store; nothing was sent.
            WriterUnknownError: Whether it may cannot be told; nothing was sent.
            UnsettledPaymentError: An attempt was made, and what is known allows no other, nor to queue it.
            QueueUnavailableError: Neither table nor queue took it.
        """
        try:
            return self.store(payment, request_id=correlation_id)
        except TableUnavailableError as error:
            queued = QueuedPayment(payment, self._region, self._clock.timestamp())
            try:
                self._knowledge.require_writer()
                queue.send(queued.body(), correlation_id=correlation_id)
            except StoringRefusedError as refused:
                raise UnsettledPaymentError(refused.writer) from refused
            return Receipt(Outcome.QUEUED, cause=error)
