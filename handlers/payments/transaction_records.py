"""Turns a batch of the table's stream into the objects that record it; decides only, writes nothing.

The same batch gives the same keys and the same bytes, so a batch that is tried again overwrites what it wrote before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contract.environment import KIND_ATTRIBUTE, LOG_PREFIX, PAYMENT_KIND, RECEIPT_PREFIX, REGION_ATTRIBUTE
from handlers.payments.exact_json import dumps
from handlers.payments.logged_payment import LoggedPayment
from handlers.payments.model import StoredPayment


@dataclass(frozen=True)
class LogObject:
    """An object for the bucket."""

    key: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Batch:
    """The payments of a batch that began in the own region, with the sequence numbers of the first and the last."""

    payments: tuple[StoredPayment, ...]
    first: str = ""
    last: str = ""


def read_batch(records: Iterable[Mapping[str, Any]], region: str) -> Batch:
    """Pick the inserts of payments that began in `region`; the event source filters by the same rule."""
    own = [record["dynamodb"] for record in records if _is_own(record, region)]
    if not own:
        return Batch(())
    return Batch(
        payments=tuple(StoredPayment.from_item(change["NewImage"]) for change in own),
        first=own[0]["SequenceNumber"],
        last=own[-1]["SequenceNumber"],
    )


def log_objects(batch: Batch, region: str) -> list[LogObject]:
    """Return the batch's log: one line a payment, in one object for each day on which payments of it were stored."""
    lines: dict[str, list[str]] = {}
    for payment in batch.payments:
        lines.setdefault(f"{_moment(payment):%Y/%m/%d}", []).append(
            f"{LoggedPayment.from_item(payment.item()).line()}\n"
        )
    return [
        LogObject(
            key=f"{LOG_PREFIX}{region}/{day}/{batch.first}-{batch.last}.jsonl",
            content_type="application/x-ndjson",
            body="".join(of_day).encode(),
        )
        for day, of_day in lines.items()
    ]


def receipt_object(payment: StoredPayment) -> LogObject:
    """Return the receipt of one payment; what both regions stored under one id has a receipt in each one's folder."""
    return LogObject(
        key=f"{RECEIPT_PREFIX}{payment.region}/{payment.payment.transaction_id}.json",
        content_type="application/json",
        body=dumps(payment.document()).encode(),
    )


def _is_own(record: Mapping[str, Any], region: str) -> bool:
    image = record.get("dynamodb", {}).get("NewImage", {})
    return (
        record.get("eventName") == "INSERT"
        and image.get(KIND_ATTRIBUTE) == {"S": PAYMENT_KIND}
        and image.get(REGION_ATTRIBUTE) == {"S": region}
    )


def _moment(payment: StoredPayment) -> datetime:
    return datetime.fromisoformat(payment.stored_at)
