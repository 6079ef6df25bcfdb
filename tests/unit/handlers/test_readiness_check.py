"""The scheduled readiness check: what it finds wrong with a region that does not serve; it changes nothing."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contract.environment import BACKUP_TABLES
from handlers.backups import BackupAges
from handlers.readiness_checks.check import ReadinessCheck, ReadinessParts
from handlers.tickers.heartbeat import put_heartbeat
from handlers.writer.item import ClosingKind
from handlers.writer.proofs import raise_proof
from tests.unit.fake_clock import FakeClock
from tests.unit.handlers.fakes import (
    CONTROL_TABLE,
    PEER,
    REGION,
    TABLE,
    FakeBucket,
    FakeClient,
    FakeContext,
    FakeTable,
    aws_error,
    function_clock,
    timed_out,
)
from tests.unit.handlers.payment_function_fakes import Logs, closing_in, emitted, open_in

HOUR = 3600.0
DEAD, UNLOGGED = "https://sqs.example/dead", "https://sqs.example/unlogged"


class DescribedTable(FakeTable):
    """A table whose description can be read."""

    def __init__(self) -> None:
        super().__init__()
        self.replicas: dict[str, str] = {PEER: "ACTIVE"}

    def describe_table(self, **request: Any) -> dict[str, Any]:
        self._receive("describe_table", "DescribeTable", request)
        replicas = [{"RegionName": name, "ReplicaStatus": status} for name, status in self.replicas.items()]
        return {"Table": {"TableStatus": "ACTIVE", "Replicas": replicas}}


class Depths(FakeClient):
    """Queues that hold so many messages."""

    service = "sqs"

    def __init__(self) -> None:
        super().__init__()
        self.depths = {DEAD: 0, UNLOGGED: 0}

    def get_queue_attributes(self, **request: Any) -> dict[str, Any]:
        self._receive("get_queue_attributes", "GetQueueAttributes", request)
        return {"Attributes": {"ApproximateNumberOfMessages": str(self.depths[request["QueueUrl"]])}}


class Checked:
    """A standby that could take over, and its check."""

    def __init__(self) -> None:
        self.time, self.table, self.queues, self.bucket = FakeClock(), DescribedTable(), Depths(), FakeBucket()
        self.logs = Logs(region=PEER)
        self.proving = {REGION, PEER}
        self.table.set_writer(open_in(REGION))
        self.table.replicas = {REGION: "ACTIVE"}
        self.beat(age=5)
        self.back_up(age=3 * HOUR)

    def beat(self, *, age: float) -> None:
        put_heartbeat(self.table, TABLE, REGION, release="r1", now=self.time.now - age)

    def back_up(self, *, age: float) -> None:
        at = self.time.now - age
        for region in (REGION, PEER):
            for table in BACKUP_TABLES:
                key = f"backups/{region}/{table}/AWSDynamoDB/{int(at * 1000):014d}-5ca1ab1e/manifest-summary.json"
                self.bucket.objects[key], self.bucket.modified[key] = b"", datetime.fromtimestamp(at, UTC)

    def run(self) -> int:
        """Return how many checks failed."""
        telemetry = self.logs.telemetry()
        before = self.written()
        check = ReadinessCheck(
            ReadinessParts(
                region=PEER,
                peer=REGION,
                table_client=self.table,
                payments_table=TABLE,
                control_table=CONTROL_TABLE,
                queue_client=self.queues,
                queue_urls={"dead letters": DEAD, "batches that were not logged": UNLOGGED},
                backups=BackupAges(
                    bucket_client=self.bucket,
                    bucket="payments",
                    table_client=lambda: self.table,
                    table_name=TABLE,
                    regions=(REGION, PEER),
                    telemetry=telemetry,
                    clock=function_clock(self.time),
                ),
                clock=self._clock(),
                telemetry=telemetry,
            )
        )
        check.run(FakeContext())
        assert self.written() == before, "it must read only"
        return len(self.found)

    def written(self) -> int:
        return sum(len(self.table.calls_of(method)) for method in ("put_item", "update_item")) - self._proofs

    @property
    def found(self) -> dict[str, str]:
        """What is wrong, by check."""
        return {line["check"]: line["found"] for line in self.logs.lines if line["message"] == "not ready"}

    _proofs = 0

    def _clock(self) -> Any:
        clock = function_clock(self.time)

        def sleep(seconds: float) -> None:
            self.time.advance(seconds)
            for region in self.proving:
                raise_proof(self.table, CONTROL_TABLE, region)
                self._proofs += 1

        return type(clock)(monotonic=clock.monotonic, wall=clock.wall, sleep=sleep)


@pytest.fixture
def given() -> Checked:
    return Checked()


def test_standby_that_could_take_over_passes(given: Checked, capsys: pytest.CaptureFixture[str]) -> None:
    assert given.run() == 0
    assert emitted(capsys.readouterr().out, region=PEER)["ReadinessFailed"] == [0.0]


def test_region_that_serves_is_not_judged(given: Checked, capsys: pytest.CaptureFixture[str]) -> None:
    given.table.set_writer(open_in(PEER))
    given.queues.depths[DEAD] = 7
    assert given.run() == 0
    assert emitted(capsys.readouterr().out, region=PEER)["ReadinessFailed"] == [0.0]


def closes(given: Checked) -> None:
    given.table.set_writer(closing_in(REGION, ClosingKind.HELD))


def stops_proving(given: Checked) -> None:
    given.proving.remove(PEER)


def beats_late(given: Checked) -> None:
    given.beat(age=130)


def never_beats(given: Checked) -> None:
    given.table.items.clear()


def loses_its_replica(given: Checked) -> None:
    given.table.replicas = {}


def parks(given: Checked) -> None:
    given.queues.depths[DEAD] = 2


def backs_nothing_up(given: Checked) -> None:
    given.bucket.objects.clear()
    given.back_up(age=31 * HOUR)


@pytest.mark.parametrize(
    ("wrong", "check", "found"),
    [
        (closes, "writer", "it is closing (held) in us-east-1: nobody stores payments"),
        (stops_proving, "proofs of fitness", "us-east-2 has not proven its fitness for 15 s"),
        (beats_late, "heartbeat of the peer", "145 s old, at most 120 s"),
        (never_beats, "heartbeat of the peer", "it has never arrived"),
        (loses_its_replica, "replica", "its replica in us-east-1 is absent"),
        (parks, "queue of dead letters", "2 messages"),
        (backs_nothing_up, "backups", "31.0 h old, at most 30 h"),
    ],
)
def test_what_is_wrong_is_named_alone(given: Checked, wrong: Callable[[Checked], None], check: str, found: str) -> None:
    wrong(given)
    given.run()
    assert given.found == {check: found}


def test_number_of_failed_checks_is_published(given: Checked, capsys: pytest.CaptureFixture[str]) -> None:
    parks(given)
    beats_late(given)
    given.run()
    assert emitted(capsys.readouterr().out, region=PEER)["ReadinessFailed"] == [2.0]


def test_absent_writer_fails(given: Checked) -> None:
    given.table.set_writer(None)
    given.run()
    assert given.found["writer"] == "it is absent: nobody stores payments"


@pytest.mark.parametrize(
    ("client", "method", "checks"),
    [
        ("table", "describe_table", {"replica"}),
        ("queues", "get_queue_attributes", {"queue of dead letters", "queue of batches that were not logged"}),
        ("bucket", "list_objects_v2", {"backups"}),
        ("table", "get_item", {"writer", "proofs of fitness", "heartbeat of the peer"}),
    ],
)
@pytest.mark.parametrize(
    ("error", "found"),
    [(timed_out(), "unknown: ReadTimeoutError"), (aws_error("AccessDenied"), "unknown: AccessDenied")],
)
def test_what_cannot_be_read_fails(
    given: Checked, client: str, method: str, checks: set[str], error: Exception, found: str
) -> None:
    getattr(given, client).fail(method, error)
    given.run()
    assert given.found == dict.fromkeys(checks, found)


def test_its_lines_hold_no_error_text(given: Checked) -> None:
    given.table.fail("get_item", aws_error("AccessDenied"))
    given.run()
    assert "sEcReT" not in json.dumps(given.logs.lines)
