"""Two regions in memory: replicas, buckets with transaction logs, and a clock that tests move."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from contract.environment import WRITER_KEY
from contract.roles import Role
from handlers.payments.model import Payment, StoredPayment, payment_key
from handlers.payments.queue import QueuedPayment
from handlers.payments.transaction_records import Batch, LoggedRecord, log_objects
from handlers.runtime import timestamp
from handlers.writer.item import Writer, WriterState
from operations.reconcile.audit import AuditTrail
from operations.reconcile.findings import FindingKind
from operations.reconcile.reconciliation import PermittedRepairs, Reconciliation, Scope
from operations.reconcile.report import Report
from operations.reconcile.sources import COMPARED, Place
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.plans.topologies import SITE

PRIMARY, STANDBY = SITE.primary.name, SITE.standby.name
NOW = 1_780_000_000.0
NEVER_TOO_OLD = datetime.fromtimestamp(NOW, UTC)
OPEN = Writer(PRIMARY, 5, WriterState.OPEN)
OLD = NOW - 7200
"""Two hours ago: settled everywhere."""
REGIONS = {role: SITE.regions[role].name for role in Role}


def stored(transaction_id: str, *, at: float = OLD, region: str = PRIMARY, amount: str = "10.50") -> StoredPayment:
    """Return a payment as it was stored; its metadata has more digits than JSON readers keep."""
    metadata = '{"note":"ü,\\"region\\":\\"x","rate":1.00000000000000000000000000000000001}'
    return StoredPayment(Payment(transaction_id, Decimal(amount), "EUR", {"metadata": metadata}), region, timestamp(at))


@dataclass
class Replica:
    """A region's table, as far as operations use it."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    down: bool = False
    writer: Writer | None = OPEN
    on_put: Callable[[], None] = lambda: None
    """What happens just before an insert."""

    meta = SimpleNamespace(events=SimpleNamespace(register=lambda *_, **__: None))
    """What real clients have beside operations."""

    def describe_table(self, **_: Any) -> dict[str, Any]:
        self._answer()
        return {"Table": {"ItemCount": len(self.items)}}

    def get_paginator(self, operation: str) -> "Replica":
        assert operation == "scan"
        return self

    def paginate(self, *, Segment: int, TotalSegments: int, **request: Any) -> Iterator[dict[str, Any]]:  # noqa: N803 — AWS's names
        self._answer()
        scanned = list(self.items.values())[Segment::TotalSegments]
        yield {"Items": [item for item in scanned if _passes(request, item)], "ScannedCount": len(scanned)}

    def get_item(self, *, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803
        self._answer()
        key = Key["pk"]["S"]
        if key == WRITER_KEY:
            return {"Item": self.writer.item()} if self.writer else {}
        return {"Item": self.items[key]} if key in self.items else {}

    def put_item(self, *, Item: dict[str, Any], ConditionExpression: str, **_: Any) -> None:  # noqa: N803
        self._answer()
        assert ConditionExpression == "attribute_not_exists(pk)"
        self.on_put()
        if Item["pk"]["S"] in self.items:
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")
        self.items[Item["pk"]["S"]] = Item

    def hold(self, payment: StoredPayment) -> None:
        """Put a payment there, as DynamoDB gives numbers back: without zeros at the end."""
        item: dict[str, Any] = payment.item()
        item["amount"] = {"N": f"{payment.payment.amount.normalize():f}"}
        self.items[payment_key(payment.payment.transaction_id)] = item

    def _answer(self) -> None:
        if self.down:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")


@dataclass
class _Cut:
    error: Exception

    def read(self) -> bytes:
        raise self.error


def _passes(request: dict[str, Any], item: dict[str, Any]) -> bool:
    """Return whether DynamoDB would give an item to a scan: the one filter that scans have."""
    if "FilterExpression" not in request:
        return True
    assert request["FilterExpression"] == "storedAt >= :since OR NOT attribute_type(storedAt, :text)"
    stored_at = item.get("storedAt", {}).get("S")
    return stored_at is None or stored_at >= request["ExpressionAttributeValues"][":since"]["S"]


@dataclass
class Bucket:
    """A region's bucket."""

    objects: dict[str, bytes] = field(default_factory=dict)
    written: dict[str, datetime] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    down: bool = False
    cut: list[Exception] = field(default_factory=list)
    """How the next reads of an object end, although its call was answered."""
    read: list[str] = field(default_factory=list)
    """The keys of what was read."""

    def log(self, payment: StoredPayment, *, at: float | None = None) -> None:
        """Write a log of one payment, under a key that no other has, when it was stored or at another moment."""
        number = str(len(self.objects))
        [made] = log_objects(Batch((LoggedRecord(payment),), number, number), payment.region)
        self.objects[made.key] = made.body
        written = datetime.fromisoformat(payment.stored_at) if at is None else datetime.fromtimestamp(at, UTC)
        self.written[made.key] = written

    def put_object(self, *, Key: str, Body: bytes, **_: Any) -> None:  # noqa: N803
        if self.down:
            raise EndpointConnectionError(endpoint_url="https://s3")
        self.objects[Key] = Body

    def list_objects_v2(self, **_: Any) -> dict[str, Any]:
        if self.down:
            raise EndpointConnectionError(endpoint_url="https://s3")
        return {}

    def get_paginator(self, operation: str) -> "Bucket":
        assert operation == "list_objects_v2"
        return self

    def paginate(self, **request: str) -> Iterator[dict[str, Any]]:
        keys = sorted(key for key in self.objects if key.startswith(request["Prefix"]))
        yield {"Contents": [{"Key": key, "LastModified": self.written.get(key, NEVER_TOO_OLD)} for key in keys]}

    def get_object(self, *, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        if Key in self.archived:
            raise ClientError({"Error": {"Code": "InvalidObjectState"}}, "GetObject")
        self.read.append(Key)
        return {"Body": _Cut(self.cut.pop()) if self.cut else io.BytesIO(self.objects[Key])}


@dataclass
class Queues:
    """A region's retry queue, which nobody reads, and its dead letters."""

    waiting: int = 0
    failed_batches: int = 0
    letters: list[str] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    down: bool = False
    on_look: Callable[[], None] = lambda: None
    """What happens when somebody has looked at the dead letters."""

    def park(self, payment: StoredPayment) -> None:
        """Let a payment be a dead letter, accepted when it would have been stored."""
        self.letters.append(QueuedPayment(payment.payment, payment.region, payment.stored_at, 5).body())

    def get_queue_attributes(self, *, QueueUrl: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        self._answer()
        if QueueUrl.endswith("/dead_letter"):
            count, hidden = len(self.letters), len(self.hidden)
        else:
            count, hidden = (self.waiting if QueueUrl.endswith("/retry") else self.failed_batches), 0
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return {"Attributes": {**dict(zip(names, (str(count), str(hidden)), strict=True)),
                               "ApproximateNumberOfMessagesDelayed": "0"}}  # fmt: skip

    def receive_message(self, *, QueueUrl: str, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        self._answer()
        assert "dead" in QueueUrl
        shown = [number for number in range(len(self.letters)) if number not in self.hidden][:MaxNumberOfMessages]
        self.hidden.update(shown)
        if not shown:
            self.on_look()
        return {"Messages": [
            {"MessageId": str(number), "Body": self.letters[number], "ReceiptHandle": str(number),
             "Attributes": {"SentTimestamp": "0"}}
            for number in shown
        ]}  # fmt: skip

    def change_message_visibility_batch(self, *, Entries: list[dict[str, Any]], **_: Any) -> None:  # noqa: N803
        self.hidden -= {int(entry["ReceiptHandle"]) for entry in Entries}

    def _answer(self) -> None:
        if self.down:
            raise EndpointConnectionError(endpoint_url="https://sqs")


@dataclass
class World:
    """Both regions; as `Aws` it hands out their clients."""

    tables: dict[str, Replica] = field(default_factory=lambda: {region: Replica() for region in REGIONS.values()})
    buckets: dict[str, Bucket] = field(default_factory=lambda: {region: Bucket() for region in REGIONS.values()})
    queues: dict[str, Queues] = field(default_factory=lambda: {region: Queues() for region in REGIONS.values()})
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    date: float | None = NOW
    """The site's time, as answers tell it; None where none does."""

    def client(self, service: str, region: str) -> Any:
        clients: dict[str, Any] = {"dynamodb": self.tables, "s3": self.buckets, "sqs": self.queues}
        return clients[service][region]

    def patient(self, *, attempts: int = 1, hears: Callable[[str, float], None] | None = None) -> "World":
        if hears is not None and self.date is not None:
            hears(formatdate(self.date, usegmt=True), 0.0)
        return self

    def hold(self, payment: StoredPayment, *places: Place) -> None:
        """Put a payment into places, all of them unless some are named."""
        for place in places or COMPARED:
            region = REGIONS[place.role]
            if place.is_table:
                self.tables[region].hold(payment)
            else:
                self.buckets[region].log(payment)

    def lose(self, role: Role) -> None:
        """Let a region answer nothing."""
        region = REGIONS[role]
        self.tables[region].down = self.buckets[region].down = self.queues[region].down = True

    def hurried(self, **_: float) -> "World":
        """Return clients that make one short attempt, as these do."""
        return self

    def inserting(self) -> "World":
        """Return clients that make one short attempt, as these do."""
        return self

    def serve(self, region: str | None) -> None:
        """Let a region own the writer, or none."""
        self.write(None if region is None else Writer(region, 6, WriterState.OPEN))

    def write(self, writer: Writer | None) -> None:
        """Make the writer item this."""
        for replica in self.tables.values():
            replica.writer = writer

    def reconcile(
        self, trail: Path, *, repairing: bool = False, log_reason: str = "", scope: Scope | None = None
    ) -> Report:
        """Run once; the trail goes to a file."""
        with AuditTrail(trail, by="tests", clock=self.clock) as audit:
            aws: Any = self
            run = Reconciliation(SITE, aws, self.clock, audit, scope or Scope())
            return run.run(lambda place, rows: None, PermittedRepairs(repair=repairing, log_reason=log_reason))


def lines(trail: Path, event: str) -> list[dict[str, Any]]:
    """Return the trail's lines of one event."""
    return [line for line in map(json.loads, trail.read_text().splitlines()) if line["event"] == event]


def found(trail: Path) -> dict[str, tuple[tuple[FindingKind, ...], frozenset[Place]]]:
    """Return, by payment, the kinds and the places that miss it."""
    return {
        finding["transactionId"]: (
            tuple(map(FindingKind, finding["kinds"])),
            frozenset(map(Place, finding["missingFrom"])),
        )
        for line in lines(trail, "seen")
        for finding in [line["finding"]]
    }
