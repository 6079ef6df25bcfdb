"""The retry queue: where payments wait while the table does not take them, and how a message says what to store."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from handlers.payments import exact_json
from handlers.payments.model import Payment
from handlers.payments.validation import InvalidPaymentError, Violation, parse_object, parse_payment
from handlers.runtime import Clock

CORRELATION_ATTRIBUTE = "correlationId"

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")


class QueueClient(Protocol):
    """What the functions use of an SQS client."""

    def send_message(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Send one message."""


class QueueUnavailableError(Exception):
    """The queue did not take the payment."""


@dataclass(frozen=True)
class QueuedPayment:
    """A payment that was accepted but not stored yet, and the region in which it began."""

    payment: Payment
    region: str


class RetryQueue:
    """The own region's retry queue; `connect` is called when the queue is first needed, which it hardly ever is."""

    def __init__(self, connect: Callable[[], QueueClient], url: str, region: str, clock: Clock) -> None:
        self._connect = cache(connect)
        self._url = url
        self._region = region
        self._clock = clock

    def send(self, payment: Payment, *, correlation_id: str) -> None:
        """Send the payment; it is durable when this returns.

        Raises:
            QueueUnavailableError: The queue did not take it, for whatever reason.
        """
        document = {**payment.document(), "acceptedAt": self._clock.timestamp(), "region": self._region}
        try:
            self._connect().send_message(
                QueueUrl=self._url,
                MessageBody=exact_json.dumps(document),
                MessageAttributes={CORRELATION_ATTRIBUTE: {"DataType": "String", "StringValue": correlation_id}},
            )
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailableError from error


def parse_message(body: str) -> QueuedPayment:
    """Read a message of the retry queue.

    Raises:
        InvalidPaymentError: The message holds no payment.
    """
    fields = parse_object(body)
    region, accepted_at = fields.pop("region", None), fields.pop("acceptedAt", None)
    if not isinstance(region, str) or _REGION.fullmatch(region) is None:
        raise InvalidPaymentError([Violation("region", "format", "must be the region in which the payment began")])
    if not isinstance(accepted_at, str):
        raise InvalidPaymentError([Violation("acceptedAt", "required", "is required")])
    return QueuedPayment(parse_payment(fields), region)
