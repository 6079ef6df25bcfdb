"""Payments as clients and mistakes make them."""

from decimal import Decimal

from handlers.payments.model import Payment, StoredPayment
from handlers.runtime import timestamp
from tests.unit.operations.reconcile.world import PRIMARY

OWN = "its own"


def paid(
    transaction_id: str, *, at: float, amount: str = "10.50", request: str = OWN, currency: str = "EUR"
) -> StoredPayment:
    """Return a payment that was stored at a moment, for a request of its own unless one is named."""
    request_id = f"request-of-{transaction_id}" if request == OWN else request
    details = {"metadata": '{"note":"ü,\\"region\\":\\"x","rate":1.00000000000000000000000000000000001}'}
    payment = Payment(transaction_id, Decimal(amount), currency, details)
    return StoredPayment(payment, PRIMARY, timestamp(at), request_id)
