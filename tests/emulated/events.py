"""Events that invoke functions directly, in the shapes that AWS sends."""

import time
from decimal import Decimal
from typing import Any

from handlers.payments.model import Payment, StoredPayment
from handlers.runtime import timestamp
from tests.emulated.payments import new_id

PROBE: dict[str, Any] = {"resource": "/health", "httpMethod": "GET", "requestContext": {}}
"""What the API sends for `GET /health`."""

WRITER: dict[str, Any] = {**PROBE, "resource": "/writer"}
"""The same for `GET /writer`."""

MESSAGE_ID = "11111111-2222-3333-4444-555555555555"


def queue_event(body: str) -> dict[str, Any]:
    """Return a batch of one message."""
    record = {"messageId": MESSAGE_ID, "body": body, "eventSource": "aws:sqs", "messageAttributes": {}}
    return {"Records": [record]}


def stream_event(region: str) -> dict[str, Any]:
    """Return a batch of one insert: a payment that was stored in a region just now."""
    now = time.time()
    stored = StoredPayment(Payment(new_id(), Decimal("10.50"), "EUR"), region=region, stored_at=timestamp(now))
    change = {"NewImage": stored.item(), "SequenceNumber": str(int(now * 1000))}
    return {"Records": [{"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": change}]}
