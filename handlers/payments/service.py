"""What is done with a payment: store it if the region may, else queue it, and say so only when it is durable."""

from handlers.faults import TableUnavailableError
from handlers.payments.gate import Gate
from handlers.payments.model import Payment
from handlers.payments.queue import RetryQueue
from handlers.payments.store import Outcome, PaymentTable, Receipt


class PaymentService:
    """Accepts payments for one region."""

    def __init__(self, *, table: PaymentTable, gate: Gate, region: str) -> None:
        self._table = table
        self._gate = gate
        self._region = region

    def store(self, payment: Payment, *, began_in: str | None = None) -> Receipt:
        """Store the payment, after a check that the own region is not fenced.

        Raises:
            FencedError: The region is fenced; nothing was stored.
            TableUnavailableError: Throttled, not reached, or the fence is unknown.
        """
        self._gate.require_open()
        return self._table.insert(payment, began_in=began_in or self._region)

    def accept(self, payment: Payment, queue: RetryQueue, *, correlation_id: str) -> Receipt:
        """Store the payment, or have it stored later.

        Raises:
            FencedError: The region is fenced; nothing was stored or queued.
            QueueUnavailableError: Neither table nor queue took it.
        """
        try:
            return self.store(payment)
        except TableUnavailableError as error:
            queue.send(payment, correlation_id=correlation_id)
            return Receipt(Outcome.QUEUED, cause=error)
