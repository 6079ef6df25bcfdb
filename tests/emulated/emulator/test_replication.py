"""Replication between regions in a running emulator, twenty times as fast as real: seen with boto3 alone."""

import time
from collections.abc import Iterator

import pytest

from emulator import running
from emulator.control.client import ControlClient
from operations.aws import without_account_host
from tests.emulated.emulator.replicated import (
    HERE,
    THERE,
    Pair,
    Table,
    eventually,
    measured,
    numbers,
    policy,
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


def batch_role(pair: Pair, source: str, *, without: str = "") -> str:
    """Create a role with the rights that a batch job takes (FACTS 13.2), or with one less."""
    rights = {
        source: ["s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration"],
        f"{source}/*": ["s3:InitiateReplication"],
    }
    statements = [
        {"Effect": "Allow", "Action": [each for each in actions if each != without], "Resource": f"arn:aws:s3:::{name}"}
        for name, actions in rights.items()
        if actions != [without]
    ]
    iam, name = pair.client("iam"), f"sample-batch-{next(numbers)}"
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "batchoperations.s3.amazonaws.com"},
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=policy(*statements))
    return str(role["Arn"])


class BatchJobs:
    """Jobs of S3 Batch Replication, as boto3 asks for them."""

    def __init__(self, pair: Pair, bucket: str) -> None:
        self._client, self._bucket = pair.client("s3control"), bucket
        without_account_host(self._client)
        self._account = pair.client("sts").get_caller_identity()["Account"]

    def make(self, role: str) -> str:
        generator = {
            "SourceBucket": f"arn:aws:s3:::{self._bucket}",
            "EnableManifestOutput": False,
            "Filter": {"EligibleForReplication": True, "ObjectReplicationStatuses": ["FAILED", "NONE"]},
        }
        made = self._client.create_job(
            AccountId=self._account,
            ClientRequestToken=str(next(numbers)),
            ConfirmationRequired=True,
            Operation={"S3ReplicateObject": {}},
            Priority=1,
            Report={"Enabled": False},
            RoleArn=role,
            ManifestGenerator={"S3JobManifestGenerator": generator},
        )
        return str(made["JobId"])

    def read(self, job: str) -> tuple[str, int, int]:
        """Return a job's state, and how many objects are on its list and copied."""
        told = self._client.describe_job(AccountId=self._account, JobId=job)["Job"]
        counts = told["ProgressSummary"]
        return told["Status"], counts["TotalNumberOfTasks"], counts["NumberOfTasksSucceeded"]

    def confirm(self, job: str) -> None:
        self._client.update_job_status(AccountId=self._account, JobId=job, RequestedJobStatus="Ready")


class TestBatchReplication:
    """What was not copied is copied again."""

    def test_failed_and_older_objects_are_listed_then_copied(self, pair: Pair, buckets: tuple[str, str]) -> None:
        source, destination = buckets
        s3, jobs = pair.client("s3"), BatchJobs(pair, source)
        configuration = s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]
        s3.delete_bucket_replication(Bucket=source)
        s3.put_object(Bucket=source, Key="older", Body=b"1")
        refused = replication_role(pair, source, destination, without="s3:ReplicateObject")
        s3.put_bucket_replication(Bucket=source, ReplicationConfiguration={**configuration, "Role": refused})
        s3.put_object(Bucket=source, Key="failed", Body=b"2")
        eventually(lambda: s3.head_object(Bucket=source, Key="failed")["ReplicationStatus"] == "FAILED")
        s3.put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration)
        s3.put_object(Bucket=source, Key="fine", Body=b"3")
        eventually(lambda: s3.head_object(Bucket=source, Key="fine")["ReplicationStatus"] == "COMPLETED")

        job = jobs.make(batch_role(pair, source))
        assert jobs.read(job) == ("Suspended", 2, 0)
        jobs.confirm(job)
        eventually(lambda: jobs.read(job) == ("Complete", 2, 2))
        there = pair.client("s3", THERE)
        for key, body in (("older", b"1"), ("failed", b"2")):
            assert there.get_object(Bucket=destination, Key=key)["Body"].read() == body
        assert len(there.list_object_versions(Bucket=destination)["Versions"]) == 3
        assert jobs.read(jobs.make(batch_role(pair, source)))[:2] == ("Failed", 0)

    @pytest.mark.parametrize(
        "right", ["s3:InitiateReplication", "s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration"]
    )
    def test_without_a_right_of_its_role_a_job_fails(self, pair: Pair, buckets: tuple[str, str], right: str) -> None:
        s3 = pair.client("s3")
        configuration = s3.get_bucket_replication(Bucket=buckets[0])["ReplicationConfiguration"]
        s3.delete_bucket_replication(Bucket=buckets[0])
        s3.put_object(Bucket=buckets[0], Key="a", Body=b"1")
        s3.put_bucket_replication(Bucket=buckets[0], ReplicationConfiguration=configuration)
        jobs = BatchJobs(pair, buckets[0])
        assert jobs.read(jobs.make(batch_role(pair, buckets[0], without=right)))[0] == "Failed"


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
