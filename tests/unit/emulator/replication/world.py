"""Two and more regions in this process: the clock, the faults, MiniStack's services called without sockets."""

import contextlib
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from ministack.core.responses import get_account_id, request_scope
from ministack.services import dynamodb, iam, s3

from emulator.cloudwatch.minute_metrics import MetricSeries
from emulator.faults import ActiveFaults
from emulator.replication.lag import Lag
from emulator.replication.part import Replication
from tests.unit.emulator.time_machine import TimeMachine

EAST, OHIO, OREGON = "us-east-1", "us-east-2", "us-west-2"

_PATCHED = {
    dynamodb: (
        *("_replicate_write", "_create_replica", "_delete_table", "_apply_replica_updates"),
        *("_partiql_insert", "_partiql_update", "_partiql_delete", "_execute_transaction"),
    ),
    s3: ("_maybe_replicate", "_maybe_replicate_delete_marker", "_delete_bucket"),
}

_numbers = count(1)


class World:
    """Replication installed into MiniStack; time passes only in `wait`."""

    def __init__(self, *, lag: Lag | None = None, scale: float = 1.0) -> None:
        self.clock = TimeMachine(scale=scale, start=1_700_000_000)  # within a minute
        self.faults = ActiveFaults()
        self.published: list[tuple[MetricSeries, Any, float]] = []
        self.replication = Replication(
            clock=self.clock,
            faults=self.faults,
            lag=lag or Lag(),
            publish=lambda *datapoint: self.published.append(datapoint),
        )
        self.replication.install()

    @staticmethod
    @contextlib.contextmanager
    def patched() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for module, names in _PATCHED.items():
                for name in names:
                    patch.setattr(module, name, getattr(module, name))
            yield

    def wait(self, seconds: float) -> None:
        """Let emulated time pass; what is due arrives when it is due."""
        end = self.clock.monotonic() + seconds
        self.replication.step()
        while (following := self.replication.next_at()) <= end:
            self.clock.advance_to(following)
            self.replication.step()
        self.clock.advance_to(end)
        self.replication.step()

    def under_way(self, source: str, destination: str) -> dict[str, tuple[int, float]]:
        """Return how many writes are under way on a link, and how old the oldest is, by kind."""
        link = self.replication.report().get(f"{source} -> {destination}", {})
        return {kind: (said["pending"], said["oldest_seconds"]) for kind, said in link.items() if said["pending"]}

    # --- DynamoDB ---

    def create_table(self, home: str, *replicas: str, sort_key: bool = False) -> str:
        name = f"table-{next(_numbers)}"
        keys = [("pk", "HASH"), ("sk", "RANGE")][: 2 if sort_key else 1]
        self.call(
            home,
            "CreateTable",
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": key, "KeyType": type_} for key, type_ in keys],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
        )
        for region in replicas:
            self.add_replica(home, name, region)
        return name

    def add_replica(self, home: str, table: str, region: str) -> None:
        self.call(home, "UpdateTable", TableName=table, ReplicaUpdates=[{"Create": {"RegionName": region}}])

    def call(self, region: str, action: str, **request: Any) -> Any:
        """Serve a DynamoDB request in a region."""
        handler = {
            "CreateTable": dynamodb._create_table,
            "UpdateTable": dynamodb._update_table,
            "DeleteTable": dynamodb._delete_table,
            "PutItem": dynamodb._put_item,
            "UpdateItem": dynamodb._update_item,
            "DeleteItem": dynamodb._delete_item,
            "BatchWriteItem": dynamodb._batch_write_item,
            "TransactWriteItems": dynamodb._transact_write_items,
            "ExecuteStatement": dynamodb._execute_statement,
            "ExecuteTransaction": dynamodb._execute_transaction,
        }[action]
        with request_scope(get_account_id(), region):
            status, _, body = handler(request)
        answer = json.loads(body)
        assert status == 200, answer
        return answer

    def put(self, region: str, table: str, key: str, value: int | str) -> None:
        self.call(region, "PutItem", TableName=table, Item={"pk": {"S": key}, "value": {"S": str(value)}})

    def add(self, region: str, table: str, key: str, attribute: str, value: int | str) -> None:
        """Set one attribute and leave the others."""
        self.call(
            region,
            "UpdateItem",
            TableName=table,
            Key={"pk": {"S": key}},
            UpdateExpression="SET #a = :v",
            ExpressionAttributeNames={"#a": attribute},
            ExpressionAttributeValues={":v": {"S": str(value)}},
        )

    def delete(self, region: str, table: str, key: str) -> None:
        self.call(region, "DeleteItem", TableName=table, Key={"pk": {"S": key}})

    def item(self, region: str, table: str, key: str) -> dict[str, str] | None:
        """Return an item's attributes without their types."""
        stored = self.stored(region, table)["items"].get(key, {}).get("__no_sort__")
        return stored and {name: value["S"] for name, value in stored.items() if name != "pk"}

    def stored(self, region: str, table: str) -> Any:
        return dynamodb._tables.get_scoped(get_account_id(), region, table)

    def records(self, region: str, table: str) -> list[tuple[str, Any, Any]]:
        """Return the region's stream: events with the old and the new value."""
        found = dynamodb.stream_live_records(table, account_id=get_account_id(), region=region)

        def value(record: Any, image: str) -> Any:
            return record["dynamodb"].get(image, {}).get("value", {}).get("S")

        return [(record["eventName"], value(record, "OldImage"), value(record, "NewImage")) for record in found]

    # --- S3 ---

    def create_bucket(self, region: str, name: str) -> None:
        with request_scope(get_account_id(), region):
            s3._buckets[name] = {"objects": {}, "region": region}
            s3._bucket_versioning[name] = "Enabled"

    def replicate(self, source: str, destination: str, *, role: str | None = None, **rule: Any) -> None:
        role = role or self.replication_role(source, destination)
        to = {"Bucket": f"arn:aws:s3:::{destination}", "Metrics": {"Status": "Enabled"}}
        base = {"ID": "everything", "Status": "Enabled", "Filter": {"Prefix": ""}, "Destination": to}
        marked = {"DeleteMarkerReplication": {"Status": "Enabled"}}
        s3._bucket_replication[source] = {"Role": role, "Rules": [{**base, **marked, **rule}]}

    def replication_role(self, source: str, destination: str, *without: str) -> str:
        """Create a role with the rights that replication takes, or fewer."""
        statements = [
            (["s3:GetReplicationConfiguration", "s3:ListBucket"], source),
            (["s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"], f"{source}/*"),
            (["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"], f"{destination}/*"),
        ]
        document = {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": [action for action in actions if action not in without],
                    "Resource": f"arn:aws:s3:::{resource}",
                }
                for actions, resource in statements
            ]
        }
        name = f"replication-{next(_numbers)}"
        iam._roles[name] = {"InlinePolicies": {"access": json.dumps(document)}, "AttachedPolicies": []}
        return f"arn:aws:iam::{get_account_id()}:role/{name}"

    def upload(self, bucket: str, key: str, body: str, **headers: str) -> str:
        status, answered, body_ = s3._put_object(bucket, key, body.encode(), headers)
        assert status == 200, body_
        return str(answered["x-amz-version-id"])

    def remove(self, bucket: str, key: str, version_id: str | None = None) -> None:
        s3._delete_object(bucket, key, {}, {"versionId": version_id} if version_id else {})

    def content(self, bucket: str, key: str) -> str | None:
        found = s3._buckets[bucket]["objects"].get(key)
        return None if found is None else str(found["body"], "utf-8")

    def status(self, bucket: str, key: str, version_id: str | None = None) -> str | None:
        query = {"versionId": version_id} if version_id else {}
        status, headers, _ = s3._head_object(bucket, key, {}, query)
        assert status == 200
        found: str | None = headers.get("x-amz-replication-status")
        return found

    def versions(self, bucket: str, key: str) -> list[str]:
        """Return the ids of a key's versions, oldest first."""
        return [each["version_id"] for each in s3._object_versions.get((bucket, key), [])]
