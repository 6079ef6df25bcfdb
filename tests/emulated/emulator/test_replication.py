"""Replication between regions in a running emulator, twenty times as fast as real: seen with boto3 alone."""

import time
from collections.abc import Iterator

import pytest

from emulator import running
from emulator.control.client import ControlClient
from tests.emulated.emulator.replicated import (
    HERE,
    THERE,
    Pair,
    Table,
    eventually,
    measured,
    numbers,
    replication_role,
    versions,
)
from tests.emulated.emulator.sample_api import REGIONS, administrator

SCALE = 20
HERE_TO_THERE = {"source": HERE, "destination": THERE}


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with running(time_scale=SCALE) as emulator:
        client = administrator(emulator)
        yield Pair(client, ControlClient(emulator.environment["EMULATOR_CONTROL_URL"]))


@pytest.fixture(autouse=True)
def healed(pair: Pair) -> Iterator[None]:
    yield
    pair.control.heal()


@pytest.fixture
def table(pair: Pair) -> Table:
    dynamodb, name = pair.client("dynamodb"), f"table-{next(numbers)}"
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": THERE}}])
    return Table(pair, name)


@pytest.fixture
def buckets(pair: Pair) -> tuple[str, str]:
    """Create a bucket in each region, replicated from us-east-1 to us-east-2 with all metrics."""
    number = next(numbers)
    names = f"source-{number}", f"destination-{number}"
    for region, name in zip(REGIONS, names, strict=True):
        s3 = pair.client("s3", region)
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
        s3.create_bucket(Bucket=name, **place)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    threshold = {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}
    rule = {
        "ID": "everything",
        "Priority": 0,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {
            "Bucket": f"arn:aws:s3:::{names[1]}",
            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
            "Metrics": threshold,
        },
    }
    configuration = {"Role": replication_role(pair, *names), "Rules": [rule]}
    pair.client("s3").put_bucket_replication(Bucket=names[0], ReplicationConfiguration=configuration)
    return names


class TestTables:
    """Items of a global table."""

    @pytest.mark.parametrize(("source", "destination"), [(HERE, THERE), (THERE, HERE)])
    def test_a_write_arrives_in_the_other_region(self, table: Table, source: str, destination: str) -> None:
        table.put(source, "a", 1)
        eventually(lambda: table.value(destination, "a") == 1)

    def test_one_way_paused_the_other_goes_on_and_resuming_delivers_in_order(self, pair: Pair, table: Table) -> None:
        with pair.control.inject("replication-paused", **HERE_TO_THERE):
            for value in range(5):
                table.put(HERE, "a", value)
            table.put(THERE, "b", 7)
            eventually(lambda: table.value(HERE, "b") == 7)
            time.sleep(2 / SCALE)
            assert table.value(THERE, "a") is None
            assert pair.backlog("dynamodb") == 5
        eventually(lambda: table.value(THERE, "a") == 4)
        assert [value for _, value in table.streamed(THERE) if value != 7] == [0, 1, 2, 3, 4]
        assert pair.backlog("dynamodb") == 0

    def test_the_last_writer_wins_however_late_the_other_arrives(self, pair: Pair, table: Table) -> None:
        with pair.control.inject("replication-paused", **HERE_TO_THERE):
            table.put(HERE, "a", 1)
            table.put(THERE, "a", 2)
        eventually(lambda: pair.backlog("dynamodb") + pair.backlog("dynamodb", THERE, HERE) == 0)
        assert (table.value(HERE, "a"), table.value(THERE, "a")) == (2, 2)

    def test_a_region_that_goes_down_takes_its_last_writes_along_and_brings_them_back(
        self, pair: Pair, table: Table
    ) -> None:
        """FACTS 1.11."""
        with pair.control.inject("replication-slow", seconds=60, **HERE_TO_THERE):
            table.put(HERE, "a", 1)
            down = pair.control.inject("region-down", region=HERE)
        table.put(THERE, "b", 2)
        time.sleep(2 / SCALE)
        assert table.value(THERE, "a") is None
        down.heal()
        eventually(lambda: table.value(THERE, "a") == 1 and table.value(HERE, "b") == 2)

    def test_the_latency_is_in_the_source_region_and_stops_with_the_arrivals(self, pair: Pair, table: Table) -> None:
        dimensions = {"TableName": table.name, "ReceivingRegion": THERE}
        table.put(HERE, "a", 1)
        ((region, point),) = eventually(lambda: measured(pair, "AWS/DynamoDB", "ReplicationLatency", dimensions))
        assert region == HERE
        assert 500 <= point["Minimum"] <= point["Maximum"] < 20_000
        with pair.control.inject("replication-paused", **HERE_TO_THERE):
            table.put(HERE, "a", 2)
            time.sleep(2 * 60 / SCALE)
            assert (
                sum(p["SampleCount"] for _, p in measured(pair, "AWS/DynamoDB", "ReplicationLatency", dimensions)) == 1
            )

    def test_a_table_goes_with_writes_under_way(self, pair: Pair, table: Table) -> None:
        dynamodb = pair.client("dynamodb")
        with pair.control.inject("replication-paused", **HERE_TO_THERE):
            table.put(HERE, "a", 1)
            dynamodb.update_table(TableName=table.name, ReplicaUpdates=[{"Delete": {"RegionName": THERE}}])
            dynamodb.delete_table(TableName=table.name)
            assert pair.backlog("dynamodb") == 0
        assert pair.control.status()["parts"]["replication"] == "running"


class TestBuckets:
    """Objects of a replicated bucket."""

    def test_an_object_is_pending_then_completed(self, pair: Pair, buckets: tuple[str, str]) -> None:
        source, destination = buckets
        here, there = pair.client("s3", HERE), pair.client("s3", THERE)
        with pair.control.inject("replication-paused", **HERE_TO_THERE):
            version = here.put_object(Bucket=source, Key="a", Body=b"1")["VersionId"]
            time.sleep(2 / SCALE)
            assert here.head_object(Bucket=source, Key="a")["ReplicationStatus"] == "PENDING"
            assert "Contents" not in there.list_objects_v2(Bucket=destination)
            assert pair.backlog("s3") == 1
        eventually(lambda: here.head_object(Bucket=source, Key="a")["ReplicationStatus"] == "COMPLETED")
        copy = there.get_object(Bucket=destination, Key="a")
        assert (copy["Body"].read(), copy["ReplicationStatus"], copy["VersionId"]) == (b"1", "REPLICA", version)

    def test_versions_and_delete_markers_arrive_in_order(self, pair: Pair, buckets: tuple[str, str]) -> None:
        source, destination = buckets
        here, there = pair.client("s3", HERE), pair.client("s3", THERE)
        for body in (b"1", b"2"):
            here.put_object(Bucket=source, Key="a", Body=body)
        here.delete_object(Bucket=source, Key="a")
        eventually(lambda: there.list_object_versions(Bucket=destination).get("DeleteMarkers"))
        assert versions(there, destination) == versions(here, source)

    def test_the_metrics_are_where_aws_publishes_them(self, pair: Pair, buckets: tuple[str, str]) -> None:
        dimensions = {"SourceBucket": buckets[0], "DestinationBucket": buckets[1], "RuleId": "everything"}
        pair.client("s3").put_object(Bucket=buckets[0], Key="a", Body=b"12345")
        eventually(lambda: measured(pair, "AWS/S3", "ReplicationLatency", dimensions))
        found = {
            metric: measured(pair, "AWS/S3", metric, dimensions)
            for metric in ("ReplicationLatency", "OperationsPendingReplication", "BytesPendingReplication")
        }
        assert {region for points in found.values() for region, _ in points} == {THERE}
        assert 0.5 <= found["ReplicationLatency"][0][1]["Maximum"] < 20
        ((region, failed),) = measured(pair, "AWS/S3", "OperationsFailedReplication", dimensions)
        assert (region, failed["Sum"], failed["SampleCount"]) == (HERE, 0, 1)

    def test_a_role_without_the_right_fails_the_copy(self, pair: Pair, buckets: tuple[str, str]) -> None:
        s3 = pair.client("s3")
        configuration = s3.get_bucket_replication(Bucket=buckets[0])["ReplicationConfiguration"]
        configuration["Role"] = replication_role(pair, *buckets, without="s3:ReplicateObject")
        s3.put_bucket_replication(Bucket=buckets[0], ReplicationConfiguration=configuration)
        s3.put_object(Bucket=buckets[0], Key="a", Body=b"1")
        eventually(lambda: s3.head_object(Bucket=buckets[0], Key="a")["ReplicationStatus"] == "FAILED")
        dimensions = {"SourceBucket": buckets[0], "DestinationBucket": buckets[1], "RuleId": "everything"}
        ((region, failed),) = eventually(lambda: measured(pair, "AWS/S3", "OperationsFailedReplication", dimensions))
        assert (region, failed["Sum"]) == (HERE, 1)

    def test_a_bucket_goes_with_objects_under_way(self, pair: Pair, buckets: tuple[str, str]) -> None:
        s3 = pair.client("s3")
        with pair.control.inject("replication-paused", **HERE_TO_THERE):
            version = s3.put_object(Bucket=buckets[0], Key="a", Body=b"1")["VersionId"]
            s3.delete_object(Bucket=buckets[0], Key="a", VersionId=version)
            s3.delete_bucket(Bucket=buckets[0])
            assert pair.backlog("s3") == 0
