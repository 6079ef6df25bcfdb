"""How old the newest backups are: of each region and table, by what lies in the bucket."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from contract.environment import BACKUP_TABLES, BACKUPS_EVENT
from handlers.backups import BackupAges
from tests.unit.fake_clock import FakeClock
from tests.unit.handlers.fakes import PEER, REGION, SECRET, TABLE, FakeBucket, FakeContext, aws_error, function_clock
from tests.unit.handlers.payment_function_fakes import Logs, emitted

HOUR, DAY = 3600.0, 86_400.0


class Tables:
    """The description of the payments table."""

    def __init__(self, created: float) -> None:
        self.created, self.calls = created, 0

    def describe_table(self, **request: Any) -> dict[str, Any]:
        """Describe it."""
        assert request == {"TableName": TABLE}
        self.calls += 1
        return {"Table": {"CreationDateTime": datetime.fromtimestamp(self.created, UTC)}}


class Bucket:
    """A bucket with backups, and the look at it."""

    def __init__(self) -> None:
        self.time, self.bucket, self.logs = FakeClock(), FakeBucket(), Logs()
        self.tables = Tables(self.time.time() - 100 * DAY)

    def backup(self, age: float, *, region: str = REGION, table: str = "payments", complete: bool = True) -> None:
        """Put an export that ended some seconds ago."""
        at = self.time.time() - age
        folder = f"backups/{region}/{table}/AWSDynamoDB/{int(at * 1000):014d}-5ca1ab1e"
        for name in ("_started", "data/abc.json.gz", *(["manifest-summary.json"] if complete else [])):
            self.bucket.objects[f"{folder}/{name}"] = b""
            self.bucket.modified[f"{folder}/{name}"] = datetime.fromtimestamp(at, UTC)

    def all_of(self, age: float) -> None:
        """Put an export of each table of each region."""
        for region in (REGION, PEER):
            for table in BACKUP_TABLES:
                self.backup(age, region=region, table=table)

    def look(self) -> None:
        """Publish the age, as a function that has just started."""
        self.ages().publish(FakeContext())

    def ages(self) -> BackupAges:
        """Return a function's look at the bucket."""
        return BackupAges(
            bucket_client=self.bucket,
            bucket="payments",
            table_client=lambda: self.tables,
            table_name=TABLE,
            regions=(REGION, PEER),
            telemetry=self.logs.telemetry(),
            clock=function_clock(self.time),
        )


@pytest.fixture
def given() -> Bucket:
    return Bucket()


def age(capsys: pytest.CaptureFixture[str]) -> float | None:
    """Return the age that was published, in seconds."""
    found = emitted(capsys.readouterr().out).get("BackupAge")
    return found[0] if found else None


def test_it_is_the_newest_one_that_counts(given: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    given.all_of(26 * HOUR)
    given.all_of(2 * HOUR)
    given.look()
    assert age(capsys) == 2 * HOUR


@pytest.mark.parametrize("region", [REGION, PEER])
@pytest.mark.parametrize("table", BACKUP_TABLES)
def test_single_late_table_is_reported(
    given: Bucket, capsys: pytest.CaptureFixture[str], region: str, table: str
) -> None:
    given.all_of(50 * HOUR)
    for each in ((where, what) for where in (REGION, PEER) for what in BACKUP_TABLES):
        if each != (region, table):
            given.backup(HOUR, region=each[0], table=each[1])
    given.look()
    assert age(capsys) == 50 * HOUR


def test_an_export_that_is_not_complete_does_not_count(given: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    given.all_of(30 * HOUR)
    given.backup(HOUR, complete=False)
    given.look()
    assert age(capsys) == 30 * HOUR


def test_without_any_the_tables_own_age_counts(given: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    """A new deployment is as old as its tables, and has a day to make its first backup."""
    given.tables.created = given.time.time() - 600
    given.look()
    assert age(capsys) == 600


def test_missing_copy_of_the_peers_backup_is_reported(given: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    for table in BACKUP_TABLES:
        given.backup(HOUR, table=table)
    given.look()
    assert age(capsys) == 100 * DAY
    assert given.logs.lines[0]["prefixes"] == [f"backups/{PEER}/{table}/AWSDynamoDB/" for table in BACKUP_TABLES]


def test_the_table_is_described_only_where_a_backup_is_missing(given: Bucket) -> None:
    given.all_of(HOUR)
    given.look()
    assert given.tables.calls == 0


def test_all_pages_are_read(given: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    given.bucket.page_size = 2
    for days in range(5, 0, -1):
        given.all_of(days * DAY)
    given.look()
    assert age(capsys) == DAY


def test_the_bucket_is_listed_every_ten_minutes_and_the_age_grows_meanwhile(
    given: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    given.all_of(HOUR)
    ages = given.ages()
    ages.publish(FakeContext())
    listed = len(given.bucket.calls)
    given.time.advance(600)
    capsys.readouterr()
    ages.publish(FakeContext())
    assert (age(capsys), len(given.bucket.calls)) == (HOUR + 600, listed)
    given.time.advance(1)
    ages.publish(FakeContext())
    assert len(given.bucket.calls) == 2 * listed


def test_what_was_seen_does_not_hide_that_the_bucket_no_longer_answers(
    given: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    given.all_of(HOUR)
    ages = given.ages()
    ages.publish(FakeContext())
    given.bucket.fail("list_objects_v2", aws_error("AccessDenied", "ListObjectsV2", 403))
    given.time.advance(601)
    capsys.readouterr()
    for _ in range(2):
        ages.publish(FakeContext())
    assert age(capsys) is None


def test_a_bucket_that_does_not_answer_is_unknown(given: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    given.bucket.fail("list_objects_v2", aws_error("AccessDenied", "ListObjectsV2", 403))
    given.look()
    assert age(capsys) is None
    assert given.logs.lines[0]["message"] == "backups not looked at"
    assert SECRET not in given.logs.text


def test_clocks_that_differ_give_no_negative_age(given: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    given.all_of(-5.0)
    given.look()
    assert age(capsys) == 0.0


def test_a_version_without_backups_takes_the_event_for_an_empty_batch() -> None:
    """Until a release moves the alias, the schedule starts the version before."""
    assert json.loads(json.dumps(BACKUPS_EVENT))["Records"] == []
