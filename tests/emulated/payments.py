"""Payments to send."""

import json
from typing import Any
from uuid import uuid4


def new_id(what: str = "payment") -> str:
    """Return a transaction id that was never used."""
    return f"{what}-{uuid4().hex}"


def new_payment(**fields: Any) -> dict[str, Any]:
    """Return a payment that was never made; `fields` replace its fields."""
    return {"transactionId": new_id(), "amount": "10.50", "currency": "EUR", **fields}


def queue_message(payment: dict[str, Any], region: str) -> str:
    """Return the message by which a payment that was accepted in a region waits in its retry queue."""
    return json.dumps({**payment, "acceptedAt": "2026-01-31T12:00:00.000Z", "region": region})
