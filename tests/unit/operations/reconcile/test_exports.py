"""Exports instead of scans: the same comparison over files as DynamoDB writes them."""

from pathlib import Path
from typing import Any

import pytest
from boto3.exceptions import Boto3Error, RetriesExceededError

from handlers.runtime import timestamp
from operations.errors import OperationError, UsageError
from operations.reconcile.exports import fetch_exports, find_exports
from operations.reconcile.findings import FindingKind
from operations.reconcile.gathering import MOST_EXPORT_AGE
from operations.reconcile.reconciliation import Scope
from operations.reconcile.sources import LOGS, TABLES, Place
from operations.topology.readings import Known, Unknown
from tests.unit.operations.plans.topologies import SITE
from tests.unit.operations.reconcile.exports import write_export
from tests.unit.operations.reconcile.world import NOW, OLD, PRIMARY, REGIONS, STANDBY, World, found, stored

PLACES = {place: REGIONS[place.role] for place in TABLES}


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """Two payments, of which the standby's export lacks the second."""
    items = [stored(f"payment-{number}").item() for number in range(2)]
    write_export(tmp_path, PRIMARY, items, at=NOW - 60)
    write_export(tmp_path, STANDBY, items[:1], at=NOW - 60)
    return tmp_path


def scope(exported: Path) -> Scope:
    return Scope(exports=str(exported))


def test_what_one_export_lacks_is_missing(exported: Path, tmp_path: Path) -> None:
    world = World()
    for number in range(2):
        world.hold(stored(f"payment-{number}"), *LOGS)
    report = world.reconcile(tmp_path / "trail.jsonl", scope=scope(exported))
    found = [(finding.transaction_id, finding.kinds, finding.missing_from) for finding in report.findings]
    assert found == [("payment-1", (FindingKind.MISSING,), (Place.STANDBY_TABLE,))]


def test_repairing_inserts_into_the_table_of_today(exported: Path, tmp_path: Path) -> None:
    world = World()
    for number in range(2):
        world.hold(stored(f"payment-{number}"), Place.PRIMARY_TABLE, *LOGS)
    report = world.reconcile(tmp_path / "trail.jsonl", scope=scope(exported), repairing=True)
    assert report.status == 0
    assert set(world.tables[STANDBY].items) == {"payment#payment-1"}


def test_what_was_stored_after_the_export_is_read(exported: Path, tmp_path: Path) -> None:
    world = World()
    world.hold(stored("payment-0"))
    world.hold(stored("payment-1"), Place.PRIMARY_TABLE, *LOGS)
    world.hold(stored("later", at=NOW - 31))
    report = world.reconcile(tmp_path / "trail.jsonl", scope=scope(exported))
    assert [finding.transaction_id for finding in report.findings] == ["payment-1"]


class TestAge:
    """An export shows its own moment; what was stored since then is read, or else the replica is unknown."""

    def test_loss_since_the_export_is_found_without_any_log(self, exported: Path, trail: Path) -> None:
        world = World()
        for number in range(2):
            world.hold(stored(f"payment-{number}"))
        world.hold(stored("acknowledged", at=NOW - 55), Place.PRIMARY_TABLE)
        for bucket in world.buckets.values():
            bucket.down = True
        report = world.reconcile(trail, scope=scope(exported))
        assert found(trail)["acknowledged"] == ((FindingKind.MISSING,), frozenset({Place.STANDBY_TABLE}))
        assert report.status == 1

    def test_dead_letter_is_not_stored_where_one_replica_lacks_it(self, exported: Path, trail: Path) -> None:
        world = World()
        for number in range(2):
            world.hold(stored(f"payment-{number}"))
        inserted_later = stored("parked")  # its moment is older than the export
        world.queues[PRIMARY].park(inserted_later)
        world.hold(inserted_later, Place.PRIMARY_TABLE)
        world.reconcile(trail, scope=scope(exported))
        assert found(trail)["parked"] == ((FindingKind.MISSING,), frozenset({Place.STANDBY_TABLE, *LOGS}))

    def test_what_was_inserted_later_with_an_older_moment_is_not_missing(self, exported: Path, trail: Path) -> None:
        world = World()
        for number in range(3):
            world.hold(stored(f"payment-{number}"))
        assert world.reconcile(trail, scope=scope(exported)).clean

    def test_replica_that_cannot_be_read_any_more_is_unknown(self, exported: Path, trail: Path) -> None:
        world = World()
        for number in range(2):
            world.hold(stored(f"payment-{number}"))
        world.tables[STANDBY].down = True
        report = world.reconcile(trail, scope=scope(exported))
        assert report.status == 2
        assert report.unknown[Place.STANDBY_TABLE].startswith(
            "its export of 2026-05-28T20:25:40.000Z lacks what was stored later, which cannot be read: "
        )

    def test_payments_that_are_read_twice_count_once(self, tmp_path: Path, trail: Path) -> None:
        world = World()
        paid = stored("paid", at=NOW - 100)  # of the minutes before the export, which are read again
        world.hold(paid)
        world.queues[PRIMARY].park(paid)
        for region in REGIONS.values():
            write_export(tmp_path, region, [paid.item()], at=NOW - 60)
        report = world.reconcile(trail, scope=scope(tmp_path))
        assert set(report.payments.values()) == {1}

    @pytest.mark.parametrize("wrong", [-400.0, 400.0])
    def test_clock_that_is_wrong_makes_no_fresh_export_unknown(self, exported: Path, trail: Path, wrong: float) -> None:
        world = World()
        world.clock.advance(wrong)
        for number in range(2):
            world.hold(stored(f"payment-{number}"))
        assert not world.reconcile(trail, scope=scope(exported)).unknown

    def test_export_of_the_near_future_is_read_while_the_sites_time_is_unknown(
        self, exported: Path, trail: Path
    ) -> None:
        world = World(date=None)
        world.clock.advance(-400)
        for number in range(2):
            world.hold(stored(f"payment-{number}"))
        assert not world.reconcile(trail, scope=scope(exported)).unknown

    @pytest.mark.parametrize("age", [MOST_EXPORT_AGE + 1, -3600])
    def test_one_of_another_day_or_of_the_future_is_unknown(self, tmp_path: Path, trail: Path, age: float) -> None:
        world = World()
        world.hold(stored("paid"))
        item = [stored("paid").item()]
        write_export(tmp_path, PRIMARY, item, at=NOW - 60)
        write_export(tmp_path, STANDBY, item, at=NOW - age)
        report = world.reconcile(trail, scope=scope(tmp_path))
        assert (report.status, set(report.unknown)) == (2, {Place.STANDBY_TABLE})
        assert report.unknown[Place.STANDBY_TABLE] == (
            f"its export of {timestamp(NOW - age)} must be of the last 24 hours: "
            "an older one does not show what was lost since"
        )


class TestFinding:
    """Which files are an export of the site."""

    def test_the_newest_of_a_region_counts(self, tmp_path: Path) -> None:
        write_export(tmp_path, PRIMARY, [], at=OLD, number=2)
        newest = write_export(tmp_path, PRIMARY, [], at=NOW, number=1)
        found = find_exports(tmp_path, PLACES, SITE.table_name)[Place.PRIMARY_TABLE]
        assert isinstance(found, Known)
        assert {path.parent.parent for path in found.value.files} == {newest}
        assert found.value.as_of == NOW

    def test_a_region_without_one_is_unknown(self, tmp_path: Path) -> None:
        write_export(tmp_path, PRIMARY, [], at=NOW)
        found = find_exports(tmp_path, PLACES, SITE.table_name)
        assert found[Place.STANDBY_TABLE] == Unknown(f"no export of {SITE.table_name} in {STANDBY} lies in {tmp_path}")

    def test_another_tables_is_none(self, tmp_path: Path) -> None:
        write_export(tmp_path, PRIMARY, [], at=NOW, tableArn=f"arn:aws:dynamodb:{PRIMARY}:1:table/other")
        assert isinstance(find_exports(tmp_path, PLACES, SITE.table_name)[Place.PRIMARY_TABLE], Unknown)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"outputFormat": "ION"}, "outputFormat of .* must be DYNAMODB_JSON, got ION"),
            ({"exportType": "INCREMENTAL_EXPORT"}, "exportType of .* must be FULL_EXPORT"),
            ({"itemCount": 7}, "must list the 7 items"),
        ],
    )
    def test_one_that_cannot_be_compared(self, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
        write_export(tmp_path, PRIMARY, [], at=NOW, **changes)
        with pytest.raises(OperationError, match=message):
            find_exports(tmp_path, PLACES, SITE.table_name)

    @pytest.mark.parametrize("text", ["{}", "[]", "7", "no JSON", '{"tableArn": 7}'])
    def test_one_whose_summary_says_nothing(self, exported: Path, text: str) -> None:
        next(exported.rglob("manifest-summary.json")).write_text(text)
        with pytest.raises(OperationError, match="must be the summary of an export"):
            find_exports(exported, PLACES, SITE.table_name)

    @pytest.mark.parametrize("changes", [{"exportTime": "noon"}, {"itemCount": None}])
    def test_one_whose_summary_says_nonsense(self, tmp_path: Path, changes: dict[str, Any]) -> None:
        write_export(tmp_path, PRIMARY, [], at=NOW, **changes)
        with pytest.raises(OperationError, match="must be the summary of an export"):
            find_exports(tmp_path, PLACES, SITE.table_name)

    def test_one_without_the_list_of_its_files(self, exported: Path) -> None:
        next(exported.rglob("manifest-files.json")).unlink()
        with pytest.raises(OperationError, match=r"manifest-files.json must be the list of .*: No such file"):
            find_exports(exported, PLACES, SITE.table_name)

    @pytest.mark.parametrize("text", ["7", "no JSON", "{}", '{"itemCount": "1"}', '{"itemCount": 1}'])
    def test_one_whose_list_is_none(self, exported: Path, text: str) -> None:
        next(exported.rglob("manifest-files.json")).write_text(text)
        with pytest.raises(OperationError, match="must be the list of an export's files"):
            find_exports(exported, PLACES, SITE.table_name)

    def test_one_that_lacks_a_file(self, exported: Path) -> None:
        next(exported.rglob("part1.json.gz")).unlink()
        with pytest.raises(OperationError, match=r"part1.json.gz is missing, which manifest-files.json lists"):
            find_exports(exported, PLACES, SITE.table_name)

    def test_one_with_a_damaged_file(self, exported: Path, tmp_path: Path) -> None:
        next(exported.rglob("part0.json.gz")).write_bytes(b"no gzip")
        with pytest.raises(OperationError, match="the comparison ended early"):
            World().reconcile(tmp_path / "trail.jsonl", scope=scope(exported))


class Bucket:
    """A bucket that holds an export."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def get_paginator(self, operation: str) -> "Bucket":
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[dict[str, Any]]:  # noqa: N803 — AWS's names
        files = [path for path in self.directory.rglob("*") if path.is_file()]
        keys = [path.relative_to(self.directory).as_posix() for path in files]
        return [{"Contents": [{"Key": key} for key in keys if key.startswith(Prefix)]}]

    def download_file(self, bucket: str, key: str, target: str) -> None:
        Path(target).write_bytes((self.directory / key).read_bytes())


def test_one_that_breaks_off_in_s3_is_one_line(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: str) -> None:
        raise RetriesExceededError(Boto3Error("reset"))

    monkeypatch.setattr(Bucket, "download_file", broken)
    with pytest.raises(
        OperationError, match=r"s3://exports/prefix/AWSDynamoDB/.* cannot be read: Max Retries Exceeded"
    ):
        fetch_exports(Bucket(exported), "s3://exports/prefix", tmp_path / "copy", SITE.table_name)


def test_the_newest_exports_are_fetched_from_s3(exported: Path, tmp_path: Path) -> None:
    old = write_export(exported, PRIMARY, [], at=OLD, number=2)
    copy = tmp_path / "copy"
    fetch_exports(Bucket(exported), "s3://exports/prefix", copy, SITE.table_name)
    assert all(isinstance(found, Known) for found in find_exports(copy, PLACES, SITE.table_name).values())
    assert not (copy / old.relative_to(exported) / "data").exists()


@pytest.mark.parametrize("key", ["/etc/AWSDynamoDB/1/manifest-summary.json", "a/../../manifest-summary.json"])
def test_key_that_leaves_the_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setattr(Bucket, "paginate", lambda *_, **__: [{"Contents": [{"Key": key}]}])
    monkeypatch.setattr(Bucket, "download_file", lambda *_: pytest.fail("it was fetched"))
    with pytest.raises(OperationError, match="must have a key that stays below"):
        fetch_exports(Bucket(tmp_path), "s3://exports/prefix", tmp_path / "copy", SITE.table_name)


def test_location_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--exports must be a directory or s3://bucket/prefix, got s3://\[bucket\]/x"):
        fetch_exports(Bucket(tmp_path), "s3://[bucket]/x", tmp_path / "copy", SITE.table_name)
