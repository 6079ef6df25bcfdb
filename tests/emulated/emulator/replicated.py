"""What tests of replication see of a running emulator: its tables, buckets, metrics and backlog."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from emulator.control.client import ControlClient
from tests.emulated.emulator.sample_api import REGIONS

HERE, THERE = REGIONS

numbers = count(1)
"""For names that no test used before."""


@dataclass(frozen=True)
class Pair:
    """Two regions of one emulator: clients by service and region, and the faults between them."""

    client: Callable[..., Any]
    control: ControlClient

    def backlog(self, kind: str, source: str = HERE, destination: str = THERE) -> int:
        """Return how much is under way, as the status shows it."""
        links = self.control.status()["replication"]
        return int(links.get(f"{source} -> {destination}", {}).get(kind, {"pending": 0})["pending"])


@dataclass(frozen=True)
class Table:
    """A global table with a replica in each region."""

    pair: Pair
    name: str

    def put(self, region: str, key: str, value: int) -> None:
        self.pair.client("dynamodb", region).put_item(TableName=self.name, Item=item(key, value))

    def value(self, region: str, key: str) -> int | None:
        answer = self.pair.client("dynamodb", region).get_item(TableName=self.name, Key={"pk": {"S": key}})
        return int(answer["Item"]["value"]["N"]) if "Item" in answer else None

    def streamed(self, region: str) -> list[tuple[str, int]]:
        """Return the events of a region's stream, with the values that they left."""
        streams = self.pair.client("dynamodbstreams", region)
        arn = self.pair.client("dynamodb", region).describe_table(TableName=self.name)["Table"]["LatestStreamArn"]
        shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        found: list[tuple[str, int]] = []
        for shard in shards:
            start = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = streams.get_shard_iterator(StreamArn=arn, **start)["ShardIterator"]
            records = streams.get_records(ShardIterator=iterator)["Records"]
            found += ((each["eventName"], int(each["dynamodb"]["NewImage"]["value"]["N"])) for each in records)
        return found


def item(key: str, value: int) -> dict[str, Any]:
    return {"pk": {"S": key}, "value": {"N": str(value)}}


def replication_role(pair: Pair, source: str, destination: str, *, without: str = "") -> str:
    """Create a role with the rights that replication takes (FACTS 5.1), or with one less."""
    rights = {
        source: ["s3:GetReplicationConfiguration", "s3:ListBucket"],
        f"{source}/*": ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
        f"{destination}/*": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
    }
    statements = [
        {"Effect": "Allow", "Action": [each for each in actions if each != without], "Resource": f"arn:aws:s3:::{name}"}
        for name, actions in rights.items()
    ]
    iam, name = pair.client("iam"), f"sample-replication-{next(numbers)}"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "s3.amazonaws.com"}}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=policy(*statements))
    return str(role["Arn"])


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def versions(s3: Any, bucket: str) -> list[tuple[str, bool]]:
    """Return the ids of a bucket's versions and delete markers, and which is the latest."""
    listed = s3.list_object_versions(Bucket=bucket)
    return [(each["VersionId"], each["IsLatest"]) for kind in ("Versions", "DeleteMarkers") for each in listed[kind]]


def measured(pair: Pair, namespace: str, metric: str, dimensions: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """Return all datapoints of a metric, with their regions."""
    now = datetime.now(UTC)
    return [
        (region, point)
        for region in REGIONS
        for point in pair.client("cloudwatch", region).get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Minimum", "Maximum", "Sum", "SampleCount"],
        )["Datapoints"]
    ]


def eventually(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Return what a condition returns once it holds."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found
