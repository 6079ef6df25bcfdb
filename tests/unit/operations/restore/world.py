"""Two regions in memory with a history: what is restored, what is live, and who asked for what."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from contract.environment import WRITER_KEY
from contract.names import access_log_group
from contract.roles import Role
from handlers.payments.model import StoredPayment, payment_key
from handlers.payments.transaction_records import Batch, LoggedRecord, log_objects
from handlers.runtime import timestamp
from operations.reconcile.audit import AuditTrail
from operations.restore.proposal import RestoreSummary, read_proposal
from operations.restore.records import RestoreRecord, read_record
from operations.restore.repair_run import RepairResult, RepairRun
from operations.restore.restoring import RestorePlan, Restoring
from tests.unit.operations.plans.topologies import SITE
from tests.unit.operations.reconcile.world import NOW, OPEN, REGIONS, Bucket, World

MOMENT = int(NOW) - 7200
SIDE = f"payments-restore-{datetime.fromtimestamp(MOMENT, UTC):%Y%m%dT%H%M%SZ}-{SITE.suffix}"
SETTLE = 120.0
Items = dict[str, dict[str, Any]]


def failure(code: str) -> ClientError:
    """Return AWS's refusal."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


def item_of(payment: StoredPayment) -> dict[str, Any]:
    """Return an item as DynamoDB gives it back: numbers without zeros at the end."""
    item: dict[str, Any] = payment.item()
    return {**item, "amount": {"N": f"{payment.payment.amount.normalize():f}"}}


@dataclass
class Tables:
    """DynamoDB of one region: the payments table, the writer, and side tables."""

    items: Items = field(default_factory=dict)
    restorable: Items = field(default_factory=dict)
    """What the table held at the moment."""
    side_tables: dict[str, Items] = field(default_factory=dict)
    looks: int = 0
    """How often a side table is looked at before it is ready."""
    window: tuple[float, float] = (NOW - 86_400, NOW - 300)
    down: bool = False
    writer: Any = OPEN
    refuses: list[Exception] = field(default_factory=list)
    """What the next writes end in."""
    before_write: Callable[[], None] = lambda: None
    writes: int = 0
    scanned: Callable[[], None] = lambda: None

    meta = SimpleNamespace(events=SimpleNamespace(register=lambda *_, **__: None))

    def describe_continuous_backups(self, **_: Any) -> dict[str, Any]:
        self._answer()
        earliest, latest = (datetime.fromtimestamp(each, UTC) for each in self.window)
        shown = {"EarliestRestorableDateTime": earliest, "LatestRestorableDateTime": latest}
        return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": shown}}

    def restore_table_to_point_in_time(self, *, TargetTableName: str, **_: Any) -> None:  # noqa: N803
        if self.refuses:
            raise self.refuses.pop()
        self.side_tables[TargetTableName] = copy.deepcopy(self.restorable)

    def describe_table(self, *, TableName: str) -> dict[str, Any]:  # noqa: N803
        self._answer()
        if TableName == SITE.table_name:
            return {"Table": {"TableStatus": "ACTIVE"}}
        if TableName not in self.side_tables:
            raise failure("ResourceNotFoundException")
        self.looks -= 1
        is_ready = self.looks < 0
        summary = {
            "RestoreDateTime": datetime.fromtimestamp(MOMENT, UTC),
            "RestoreInProgress": not is_ready,
        }
        return {"Table": {"TableStatus": "ACTIVE" if is_ready else "CREATING", "RestoreSummary": summary}}

    def delete_table(self, *, TableName: str) -> None:  # noqa: N803
        assert TableName != SITE.table_name
        if self.side_tables.pop(TableName, None) is None:
            raise failure("ResourceNotFoundException")

    def get_paginator(self, operation: str) -> "Tables":
        assert operation == "scan"
        return self

    def paginate(self, *, TableName: str, Segment: int, TotalSegments: int) -> Iterator[dict[str, Any]]:  # noqa: N803
        self._answer()
        items = self.items if TableName == SITE.table_name else self.side_tables[TableName]
        found = list(items.values())[Segment::TotalSegments]
        yield {"Items": copy.deepcopy(found), "ScannedCount": len(found)}
        if Segment == 0 and TableName == SITE.table_name:
            self.scanned()

    def get_item(self, *, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803
        self._answer()
        key = Key["pk"]["S"]
        if key == WRITER_KEY:
            return {"Item": self.writer.item()} if self.writer else {}
        return {"Item": copy.deepcopy(self.items[key])} if key in self.items else {}

    def put_item(self, *, Item: dict[str, Any], **condition: Any) -> None:  # noqa: N803
        self._write(Item["pk"]["S"], condition)
        self.items[Item["pk"]["S"]] = copy.deepcopy(Item)

    def delete_item(self, *, Key: dict[str, Any], **condition: Any) -> None:  # noqa: N803
        self._write(Key["pk"]["S"], condition)
        self.items.pop(Key["pk"]["S"], None)

    def _write(self, key: str, condition: dict[str, Any]) -> None:
        self._answer()
        self.before_write()
        if self.refuses:
            raise self.refuses.pop()
        if not _holds(self.items.get(key, {}), condition):
            raise failure("ConditionalCheckFailedException")
        self.writes += 1

    def _answer(self) -> None:
        if self.down:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")


def _holds(item: dict[str, Any], condition: dict[str, Any]) -> bool:
    names, values = condition["ExpressionAttributeNames"], condition.get("ExpressionAttributeValues", {})
    for term in condition["ConditionExpression"].split(" AND "):
        if term.startswith("attribute_not_exists("):
            if names[term.removeprefix("attribute_not_exists(").removesuffix(")")] in item:
                return False
        else:
            name, _, value = term.partition(" = ")
            if item.get(names[name]) != values[value]:
                return False
    return True


@dataclass
class AccessLogs:
    """CloudWatch Logs of one region: the access log, in pages of two events."""

    events: list[dict[str, Any]] = field(default_factory=list)
    group: str = ""
    down: bool = False
    throttles: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        if self.down:
            raise failure("ResourceNotFoundException")
        if self.throttles:
            self.throttles -= 1
            raise failure("ThrottlingException")
        assert request["logGroupName"] == self.group
        self.asked.append(request)
        found = [each for each in self.events if request["startTime"] <= each["timestamp"] <= request["endTime"]]
        begin = int(request.get("nextToken", 0))
        more = {"nextToken": str(begin + 2)} if begin + 2 < len(found) else {}
        return {"events": found[begin : begin + 2], **more}


@dataclass
class RestoreWorld(World):
    """Both regions; payments reach both replicas and both buckets at once."""

    tables: dict[str, Any] = field(default_factory=lambda: {region: Tables() for region in REGIONS.values()})
    access: dict[str, AccessLogs] = field(
        default_factory=lambda: {
            region: AccessLogs(group=access_log_group(region, SITE.suffix)) for region in REGIONS.values()
        }
    )
    site: Any = SITE

    def client(self, service: str, region: str) -> Any:
        return self.access[region] if service == "logs" else super().client(service, region)

    def caller_arn(self, *_: str) -> str:
        return "arn:aws:sts::123456789012:assumed-role/dr-restore-dev/dr-tests"

    @property
    def live(self) -> Items:
        """What the region that serves holds."""
        items: Items = self.tables[OPEN.region].items
        return items

    def request(self, request_id: str, *, at: float, status: str = "201", region: str = OPEN.region) -> None:
        """Let a client have asked for something."""
        line = {"requestId": request_id, "httpMethod": "POST", "resourcePath": "/payment", "status": status}
        self.access[region].events.append({"timestamp": int(at * 1000), "message": json.dumps(line)})

    def put(self, item: dict[str, Any], *, at: float) -> None:
        """Store an item in both replicas, whoever does, and log it as the stream shows it."""
        key = item["pk"]["S"]
        before = self.live.get(key)
        for region in REGIONS.values():
            self.tables[region].items[key] = copy.deepcopy(item)
        if before != item:
            record = LoggedRecord(StoredPayment.from_item(item), None if before is None else timestamp(at))
            [made] = log_objects(Batch((record,), str(len(self._bucket.objects)), "0"), OPEN.region)
            for bucket in self.buckets.values():
                bucket.objects[made.key] = made.body
                bucket.written[made.key] = datetime.fromtimestamp(at, UTC)

    def remove(self, transaction_id: str) -> None:
        """Delete a payment in both replicas."""
        for region in REGIONS.values():
            self.tables[region].items.pop(payment_key(transaction_id), None)

    def pay(self, payment: StoredPayment, *, at: float) -> None:
        """Let a client pay."""
        self.request(payment.request_id, at=at)
        self.put(item_of(payment), at=at)

    def pass_moment(self) -> None:
        """Let what is stored by now be what is restored later."""
        for region in REGIONS.values():
            self.tables[region].restorable = copy.deepcopy(self.tables[region].items)

    def plan(self, record: RestoreRecord, *, settle: float = SETTLE) -> RestoreSummary:
        """Restore and compare once."""
        world: Any = self
        work = Restoring(self.site, world, self.clock, settle=settle, on_rows=lambda *_: None, says=lambda _: None)
        with AuditTrail(record.trail, by="tests", clock=self.clock) as trail:
            return work.compare(RestorePlan(MOMENT, Role.PRIMARY), record, trail)

    def repair(self, record: RestoreRecord, summary: RestoreSummary, *, skip: int = 0) -> RepairResult:
        """Carry the proposal out; what it changes reaches the other replica and the logs."""
        world: Any = self
        result = RepairResult()
        with AuditTrail(record.folder / f"repairs-{self.clock.time()}", by="tests", clock=self.clock) as trail:
            RepairRun(self.site, world, self.clock, trail, seconds=0).run(
                read_proposal(record.proposal, summary.digest), skip=skip, on_repair=lambda: None, result=result
            )
        self.replicate()
        return result

    def replicate(self) -> None:
        """Let the other replica hold what the region that serves holds."""
        for region in REGIONS.values():
            self.tables[region].items = copy.deepcopy(self.live)

    @property
    def _bucket(self) -> Bucket:
        return self.buckets[OPEN.region]


def events(record: RestoreRecord) -> list[str]:
    """Return the names of a trail's events."""
    return [each["event"] for each in read_record(record.folder).events]
