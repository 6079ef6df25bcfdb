"""Turns a batch of the table's stream into the objects that record it; decides only, writes nothing.

The same batch gives the same keys and the same bytes, so a batch that is tried again overwrites what it wrote before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contract.environment import (
    CHANGE_EVENTS,
    KIND_ATTRIBUTE,
    LOG_PREFIX,
    LOGGED_EVENTS,
    PARTITION_KEY,
    PAYMENT_KIND,
    PAYMENT_PREFIX,
    RECEIPT_PREFIX,
    REGION_ATTRIBUTE,
)
from handlers.payments.exact_json import dumps
from handlers.payments.logged_payment import LoggedPayment
from handlers.payments.model import StoredPayment
from handlers.runtime import timestamp


@dataclass(frozen=True)
class LogObject:
    """An object for the bucket."""

    key: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class LoggedRecord:
    """A payment as one record of the stream shows it."""

    payment: StoredPayment
    changed_at: str | None = None
    """When something changed it (ISO 8601, UTC); None for an insert."""
    needs_receipt: bool = True
    """Whether this is the first that the region sees of it; a receipt is never replaced by what came later."""


@dataclass(frozen=True)
class Batch:
    """The payments of a batch that began in the own region, with the sequence numbers of the first and the last."""

    payments: tuple[LoggedRecord, ...]
    first: str = ""
    last: str = ""


def changed_payments(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the payments that were changed or removed, wherever they began: payments are insert-only."""
    keys = [
        record["dynamodb"].get("Keys", {}).get(PARTITION_KEY, {}).get("S", "")
        for record in records
        if record.get("eventName") in CHANGE_EVENTS and not _is_rewritten(record)
    ]
    return [key.removeprefix(PAYMENT_PREFIX) for key in keys if key.startswith(PAYMENT_PREFIX)]


def read_batch(records: Iterable[Mapping[str, Any]], region: str) -> Batch:
    """Pick the payments that began in `region` as they were stored or changed."""
    own = [record for record in records if _is_own(record, region)]
    if not own:
        return Batch(())
    return Batch(
        payments=tuple(_streamed(record, region) for record in own),
        first=own[0]["dynamodb"]["SequenceNumber"],
        last=own[-1]["dynamodb"]["SequenceNumber"],
    )


def log_objects(batch: Batch, region: str) -> list[LogObject]:
    """Return the batch's log: one line a payment, in one object for each day on which payments of it were stored."""
    lines: dict[str, list[str]] = {}
    for each in batch.payments:
        beside = {} if each.changed_at is None else {"changedAt": each.changed_at}
        line = LoggedPayment.from_item(each.payment.item()).line(**beside)
        lines.setdefault(f"{_moment(each.payment):%Y/%m/%d}", []).append(f"{line}\n")
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
    return (
        record.get("eventName") in LOGGED_EVENTS
        and _began_in(record["dynamodb"].get("NewImage", {}), region)
        and not _is_rewritten(record)
    )


def _is_rewritten(record: Mapping[str, Any]) -> bool:
    """Return whether nothing has changed: a repair of one replica arrives in the other, which has the same item."""
    old, new = (record["dynamodb"].get(image) for image in ("OldImage", "NewImage"))
    return old is not None and old == new


def _began_in(image: Mapping[str, Any], region: str) -> bool:
    return image.get(KIND_ATTRIBUTE) == {"S": PAYMENT_KIND} and image.get(REGION_ATTRIBUTE) == {"S": region}


def _streamed(record: Mapping[str, Any], region: str) -> LoggedRecord:
    change = record["dynamodb"]
    payment = StoredPayment.from_item(change["NewImage"])
    if record["eventName"] not in CHANGE_EVENTS:
        return LoggedRecord(payment)
    # The stream's own time: a batch that is tried again gives the same bytes.
    return LoggedRecord(
        payment,
        changed_at=timestamp(change["ApproximateCreationDateTime"]),
        needs_receipt=not _began_in(change.get("OldImage", {}), region),
    )


def _moment(payment: StoredPayment) -> datetime:
    return datetime.fromisoformat(payment.stored_at)
