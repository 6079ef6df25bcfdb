"""What protects tables and objects against deletion, in a running emulator."""

import json
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from emulator import Emulator
from tests.emulated.emulator.replicated import eventually
from tests.emulated.emulator.sample_api import REGIONS

Client = Callable[..., Any]
HERE, THERE = REGIONS
_numbers = count(1)
_BYPASS = "s3:BypassGovernanceRetention"


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


@pytest.fixture
def table(client: Client) -> str:
    """Create a global table whose first replica is protected."""
    name, dynamodb = f"protected-{next(_numbers)}", client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        DeletionProtectionEnabled=True,
    )
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": THERE}}])
    return name


class TestTables:
    """A table with deletion protection stays until it is unprotected."""

    def test_protected_table_is_deleted_once_it_is_not_protected(self, client: Client, table: str) -> None:
        dynamodb = client("dynamodb")
        assert refused(lambda: dynamodb.delete_table(TableName=table)) == "ValidationException"
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        dynamodb.delete_table(TableName=table)
        assert table not in dynamodb.list_tables()["TableNames"]

    def test_protection_is_a_replicas_own(self, client: Client, table: str) -> None:
        there = client("dynamodb", THERE)
        assert there.describe_table(TableName=table)["Table"]["DeletionProtectionEnabled"] is False
        there.update_table(TableName=table, DeletionProtectionEnabled=True)
        deletion = [{"Delete": {"RegionName": THERE}}]
        code = refused(lambda: client("dynamodb").update_table(TableName=table, ReplicaUpdates=deletion))
        assert code == "ValidationException"
        there.update_table(TableName=table, DeletionProtectionEnabled=False)
        client("dynamodb").update_table(TableName=table, ReplicaUpdates=deletion)
        assert table not in there.list_tables()["TableNames"]


class LockedBucket:
    """A bucket with Object Lock, and a default retention in governance mode."""

    def __init__(self, client: Client, region: str, *, days: int | None = 1) -> None:
        self.s3, self.name = client("s3", region), f"locked-{next(_numbers)}"
        place = {} if region == HERE else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self.s3.create_bucket(Bucket=self.name, ObjectLockEnabledForBucket=True, **place)
        if days is not None:
            rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": days}}
            lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
            self.s3.put_object_lock_configuration(Bucket=self.name, ObjectLockConfiguration=lock)

    def put(self, **more: Any) -> str:
        return str(self.s3.put_object(Bucket=self.name, Key="log", Body=b"1", **more)["VersionId"])

    def retention(self, version: str) -> dict[str, Any] | None:
        try:
            head = self.s3.head_object(Bucket=self.name, Key="log", VersionId=version)
        except ClientError:
            return None
        return {name: head.get(f"ObjectLock{name}") for name in ("Mode", "RetainUntilDate")}


class TestObjects:
    """A locked version stays, unless somebody bypasses its governance who may."""

    @pytest.fixture
    def bucket(self, client: Client) -> LockedBucket:
        return LockedBucket(client, HERE)

    def test_locked_version_is_not_deleted_but_hidden(self, bucket: LockedBucket) -> None:
        version, s3 = bucket.put(), bucket.s3
        assert (bucket.retention(version) or {})["Mode"] == "GOVERNANCE"
        deletion = refused(lambda: s3.delete_object(Bucket=bucket.name, Key="log", VersionId=version))
        batch = s3.delete_objects(
            Bucket=bucket.name, Delete={"Objects": [{"Key": "log", "VersionId": version}], "Quiet": False}
        )
        assert (deletion, [each["Code"] for each in batch["Errors"]]) == ("AccessDenied", ["AccessDenied"])
        marker = s3.delete_object(Bucket=bucket.name, Key="log")
        assert marker["DeleteMarker"]
        s3.delete_object(Bucket=bucket.name, Key="log", VersionId=marker["VersionId"])
        assert s3.get_object(Bucket=bucket.name, Key="log")["Body"].read() == b"1"

    @pytest.mark.parametrize("allowed", [True, False])
    def test_bypass_takes_its_right(
        self, bucket: LockedBucket, client: Client, plain_emulator: Emulator, *, allowed: bool
    ) -> None:
        iam, name = client("iam"), f"deleter-{next(_numbers)}"
        iam.create_user(UserName=name)
        actions = ["s3:DeleteObjectVersion", *([_BYPASS] if allowed else [])]
        statement = {"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:s3:::{bucket.name}/*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="access", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        session: Any = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=HERE)
        s3 = session.client("s3", endpoint_url=plain_emulator.endpoint_url)
        named = {"Bucket": bucket.name, "Key": "log", "VersionId": bucket.put()}
        assert refused(lambda: s3.delete_object(**named)) == "AccessDenied"
        if allowed:
            s3.delete_object(**named, BypassGovernanceRetention=True)
        else:
            assert refused(lambda: s3.delete_object(**named, BypassGovernanceRetention=True)) == "AccessDenied"
        assert (bucket.retention(named["VersionId"]) is None) is allowed

    def test_versions_of_a_locked_bucket_are_always_kept(self, bucket: LockedBucket) -> None:
        suspended = {"Status": "Suspended"}
        code = refused(lambda: bucket.s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration=suspended))
        assert code == "InvalidBucketState"

    def test_replica_is_locked_as_its_source(self, client: Client, bucket: LockedBucket) -> None:
        replica = LockedBucket(client, THERE, days=30)
        replicate(client, bucket, replica)
        version = bucket.put()
        assert eventually(lambda: replica.retention(version)) == bucket.retention(version)

    def test_replica_of_what_is_not_locked_gets_its_buckets_default(self, client: Client) -> None:
        source, replica = LockedBucket(client, HERE, days=None), LockedBucket(client, THERE)
        replicate(client, source, replica)
        version = source.put()
        assert eventually(lambda: replica.retention(version))["Mode"] == "GOVERNANCE"

    def test_role_that_cannot_read_locks_replicates_nothing(self, client: Client, bucket: LockedBucket) -> None:
        replica = LockedBucket(client, THERE)
        replicate(client, bucket, replica, locks=())
        version = bucket.put()

        def status() -> Any:
            head = bucket.s3.head_object(Bucket=bucket.name, Key="log", VersionId=version)
            return head["ReplicationStatus"] == "FAILED"

        eventually(status)
        assert replica.retention(version) is None


def replicate(
    client: Client,
    source: LockedBucket,
    destination: LockedBucket,
    *,
    locks: Sequence[str] = ("s3:GetObjectRetention", "s3:GetObjectLegalHold"),
) -> None:
    rights = {
        source.name: ["s3:GetReplicationConfiguration", "s3:ListBucket"],
        f"{source.name}/*": ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", *locks],
        f"{destination.name}/*": ["s3:ReplicateObject", "s3:ReplicateDelete"],
    }
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:s3:::{name}"} for name, actions in rights.items()
    ]
    iam, name = client("iam"), f"locked-replication-{next(_numbers)}"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "s3.amazonaws.com"}}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=json.dumps({"Statement": statements}))
    rule = {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{destination.name}"},
    }
    configuration = {"Role": role, "Rules": [rule]}
    source.s3.put_bucket_replication(Bucket=source.name, ReplicationConfiguration=configuration)
