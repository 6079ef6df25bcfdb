"""The queues of payments: where they wait while the table does not take them, and what a message says."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from handlers.payments import exact_json
from handlers.payments.model import Payment
from handlers.payments.validation import FieldViolation, InvalidPaymentError, parse_accepted_payment, parse_object

CORRELATION_ATTRIBUTE = "correlationId"
REASON_ATTRIBUTE = "reason"

_MOST_ATTEMPTS = 1000
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")


class QueueClient(Protocol):
    """What the functions use of an SQS client."""

    def send_message(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Send one message."""


class QueueUnavailableError(Exception):
    """The queue did not take the payment."""


@dataclass(frozen=True)
class QueuedPayment:
    """A payment that was accepted but not stored yet, the region in which it began, and the attempts that failed."""

    payment: Payment
    region: str
    accepted_at: str
    """ISO 8601, UTC."""
    attempts: int = 0

    def body(self) -> str:
        """Return the body of its message."""
        document = {**self.payment.document(), "acceptedAt": self.accepted_at, "region": self.region}
        return exact_json.dumps({**document, "attempts": self.attempts})


class PaymentQueue:
    """A queue of payments; `connect` is called when the queue is first needed, which it hardly ever is."""

    def __init__(self, connect: Callable[[], QueueClient], url: str) -> None:
        self._connect = cache(connect)
        self._url = url

    def send(self, body: str, *, correlation_id: str, delay_seconds: int = 0, reason: str = "") -> None:
        """Send a message; it is durable when this returns. `reason` says why it is parked.

        Raises:
            QueueUnavailableError: The queue did not take it, for whatever reason; it may be there nevertheless.
        """
        texts = {CORRELATION_ATTRIBUTE: correlation_id, **({REASON_ATTRIBUTE: reason} if reason else {})}
        try:
            self._connect().send_message(
                QueueUrl=self._url,
                MessageBody=body,
                DelaySeconds=delay_seconds,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": text} for name, text in texts.items() if text
                },
            )
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailableError from error


def parse_message(body: str) -> QueuedPayment:
    """Read a message of the retry queue.

    Raises:
        InvalidPaymentError: The message holds no payment.
    """
    fields = parse_object(body)
    region, accepted_at, attempts = (fields.pop(name, None) for name in ("region", "acceptedAt", "attempts"))
    if not isinstance(region, str) or _REGION.fullmatch(region) is None:
        raise InvalidPaymentError([FieldViolation("region", "format", "must be the region in which the payment began")])
    if not isinstance(accepted_at, str):
        raise InvalidPaymentError([FieldViolation("acceptedAt", "required", "is required")])
    if attempts is not None and not (isinstance(attempts, Decimal) and attempts in range(_MOST_ATTEMPTS)):
        raise InvalidPaymentError([FieldViolation("attempts", "format", "must be the number of attempts that failed")])
    return QueuedPayment(parse_accepted_payment(fields), region, accepted_at, int(attempts or 0))
