"""Tables come back as they were: point-in-time recovery, exports and imports in a running emulator, by boto3 alone."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from emulator import Emulator, running
from tests.emulated.emulator.replicated import HERE, THERE, eventually, item
from tests.emulated.emulator.sample_api import administrator
from tests.emulated.emulator.test_strong_consistency import _desired_state
from tests.strong_consistency_cases import PRIMARY, STANDBY

Client = Callable[..., Any]
SCALE = 10
_ON = {"PointInTimeRecoveryEnabled": True}
_OFF = {"PointInTimeRecoveryEnabled": False}
_numbers = count(1)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(time_scale=SCALE, recovery_delay=0) as started:
        yield started


@pytest.fixture(scope="module")
def client(emulator: Emulator) -> Client:
    return administrator(emulator)


@pytest.fixture
def table(client: Client) -> "RecoveredTable":
    """A global table of two regions, with point-in-time recovery in both."""
    created = RecoveredTable(client, f"recovered-{next(_numbers)}")
    created.create()
    for region in (HERE, THERE):
        created.recovery(region, _ON)
    return created


class RecoveredTable:
    """A table, and what was restored from it."""

    def __init__(self, client: Client, name: str) -> None:
        self.client, self.name = client, name

    def dynamodb(self, region: str = HERE) -> Any:
        return self.client("dynamodb", region)

    def create(self, **changes: Any) -> None:
        self.dynamodb().create_table(TableName=self.name, **definition(), **changes)
        self.dynamodb().update_table(TableName=self.name, ReplicaUpdates=[{"Create": {"RegionName": THERE}}])

    def recovery(self, region: str, specification: dict[str, Any]) -> dict[str, Any]:
        answer = self.dynamodb(region).update_continuous_backups(
            TableName=self.name, PointInTimeRecoverySpecification=specification
        )
        shown: dict[str, Any] = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        return shown

    def put(self, key: str, value: int, region: str = HERE) -> None:
        self.dynamodb(region).put_item(TableName=self.name, Item=item(key, value))

    def delete(self, key: str, region: str = HERE) -> None:
        self.dynamodb(region).delete_item(TableName=self.name, Key={"pk": {"S": key}})

    def values(self, region: str = HERE, name: str = "") -> dict[str, int]:
        pages = self.dynamodb(region).get_paginator("scan").paginate(TableName=name or self.name)
        return {each["pk"]["S"]: int(each["value"]["N"]) for page in pages for each in page["Items"]}

    def arn(self, region: str = HERE) -> str:
        return str(self.dynamodb(region).describe_table(TableName=self.name)["Table"]["TableArn"])

    def restore(self, region: str = HERE, **request: Any) -> dict[str, Any]:
        """Restore to a new table, wait for it, and return its description."""
        target = f"{self.name}-{next(_numbers)}"
        source = {} if "SourceTableArn" in request else {"SourceTableName": self.name}
        self.dynamodb(region).restore_table_to_point_in_time(**source, TargetTableName=target, **request)
        return active(self.dynamodb(region), target)

    def restored(self, region: str = HERE, **request: Any) -> dict[str, int]:
        return self.values(region, str(self.restore(region, **request)["TableName"]))


def definition(*, named: str | None = None) -> dict[str, Any]:
    keys = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    }
    return {**keys, "TableName": named} if named else keys


def active(dynamodb: Any, name: str) -> dict[str, Any]:
    """Return a table's description once it is ready."""

    def ready() -> dict[str, Any] | None:
        described: dict[str, Any] = dynamodb.describe_table(TableName=name)["Table"]
        return described if described["TableStatus"] == "ACTIVE" else None

    found: dict[str, Any] = eventually(ready)
    return found


def moment() -> int:
    """Return a second that lies between all that was written before and all that is written after."""
    time.sleep(1.1)
    now = int(time.time())
    time.sleep(1.1)
    return now


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


def exported(dynamodb: Any, **request: Any) -> dict[str, Any]:
    """Export a table; return the description once the export has ended."""
    arn = dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]["ExportArn"]

    def ended() -> dict[str, Any] | None:
        description: dict[str, Any] = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
        return description if description["ExportStatus"] != "IN_PROGRESS" else None

    found: dict[str, Any] = eventually(ended)
    return found


@pytest.fixture
def bucket(client: Client) -> str:
    name = f"exports-{next(_numbers)}"
    client("s3").create_bucket(Bucket=name)
    return name


class TestPointInTime:
    """A table as it was at the second that is asked for, in the region that is asked."""

    def test_every_kind_of_write_is_undone(self, table: RecoveredTable) -> None:
        for key in ("kept", "changed", "deleted", "batched"):
            table.put(key, 1)
        before = moment()
        table.put("changed", 2)
        table.delete("deleted")
        table.put("added", 2)
        table.dynamodb().batch_write_item(
            RequestItems={table.name: [{"DeleteRequest": {"Key": {"pk": {"S": "batched"}}}}]}
        )
        table.dynamodb().execute_statement(Statement=f"DELETE FROM \"{table.name}\" WHERE pk = 'kept'")  # noqa: S608
        after = moment()
        table.delete("added")
        assert table.restored(RestoreDateTime=before) == dict.fromkeys(("kept", "changed", "deleted", "batched"), 1)
        assert table.restored(RestoreDateTime=after) == {"changed": 2, "added": 2}
        assert table.restored(UseLatestRestorableTime=True) == {"changed": 2}

    def test_replica_has_a_history_of_its_own(self, table: RecoveredTable, emulator: Emulator) -> None:
        table.put("a", 1)
        eventually(lambda: table.values(THERE) == {"a": 1})
        with emulator.inject("replication-paused", source=HERE, destination=THERE, kind="dynamodb"):
            table.put("a", 2)
            between = moment()
        eventually(lambda: table.values(THERE) == {"a": 2})
        assert table.restored(HERE, RestoreDateTime=between) == {"a": 2}
        assert table.restored(THERE, RestoreDateTime=between) == {"a": 1}

    def test_restored_table_is_independent(self, table: RecoveredTable) -> None:
        table.put("a", 1)
        moment()
        described = table.restore(UseLatestRestorableTime=True, SourceTableArn=table.arn())
        assert {"Replicas", "StreamSpecification", "LatestStreamArn"}.isdisjoint(described)
        assert described["DeletionProtectionEnabled"] is False
        assert described["RestoreSummary"]["RestoreInProgress"] is False
        assert described["RestoreSummary"]["SourceTableArn"] == table.arn()
        backups = table.dynamodb().describe_continuous_backups(TableName=described["TableName"])
        shown = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert shown["PointInTimeRecoveryStatus"] == "DISABLED"
        assert described["TableName"] not in table.dynamodb(THERE).list_tables()["TableNames"]

    def test_settings_can_be_overridden(self, table: RecoveredTable) -> None:
        moment()
        throughput = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2}
        described = table.restore(
            UseLatestRestorableTime=True,
            BillingModeOverride="PROVISIONED",
            ProvisionedThroughputOverride=throughput,
            SSESpecificationOverride={"Enabled": True, "SSEType": "KMS"},
        )
        assert described["ProvisionedThroughput"].items() >= throughput.items()
        assert described["SSEDescription"]["Status"] == "ENABLED"

    def test_nobody_uses_a_table_that_is_being_restored(self, table: RecoveredTable, emulator: Emulator) -> None:
        moment()
        dynamodb, target = table.dynamodb(), f"{table.name}-unready"
        emulator.set_time_scale(1)
        dynamodb.restore_table_to_point_in_time(
            SourceTableName=table.name, TargetTableName=target, UseLatestRestorableTime=True
        )
        assert dynamodb.describe_table(TableName=target)["Table"]["TableStatus"] == "CREATING"
        write = refused(lambda: dynamodb.put_item(TableName=target, Item=item("a", 1)))
        deletion = refused(lambda: dynamodb.delete_table(TableName=target))
        emulator.set_time_scale(SCALE)
        assert (write, deletion) == ("ResourceNotFoundException", "ResourceInUseException")
        active(dynamodb, target)

    def test_strongly_consistent_table(self, client: Client) -> None:
        name = f"strong-{next(_numbers)}"
        client("cloudcontrol", PRIMARY).create_resource(
            TypeName="AWS::DynamoDB::GlobalTable", DesiredState=_desired_state(name)
        )
        table = RecoveredTable(client, name)
        for region in (PRIMARY, STANDBY):
            table.recovery(region, _ON)
        table.put("a", 1, PRIMARY)
        before = moment()
        table.put("a", 2, PRIMARY)
        moment()
        for region in (PRIMARY, STANDBY):
            assert table.restored(region, RestoreDateTime=before) == {"a": 1}


class TestRefusals:
    """What cannot be restored is refused by name."""

    def test_moments_out_of_reach(self, table: RecoveredTable) -> None:
        shown = table.recovery(HERE, _ON)
        early = int(shown["EarliestRestorableDateTime"].timestamp()) - 10
        late = int(time.time()) + 100
        assert refused(lambda: table.restore(RestoreDateTime=early)) == "InvalidRestoreTimeException"
        assert refused(lambda: table.restore(RestoreDateTime=late)) == "InvalidRestoreTimeException"

    def test_switching_off_ends_the_history(self, table: RecoveredTable) -> None:
        table.put("a", 1)
        before = moment()
        table.recovery(HERE, _OFF)
        latest: dict[str, Any] = {"UseLatestRestorableTime": True}
        assert refused(lambda: table.restore(**latest)) == "PointInTimeRecoveryUnavailableException"
        moment()
        table.recovery(HERE, _ON)
        assert refused(lambda: table.restore(RestoreDateTime=before)) == "InvalidRestoreTimeException"
        moment()
        assert table.restored(**latest) == {"a": 1}

    def test_tables_that_are_there_or_not(self, table: RecoveredTable) -> None:
        dynamodb = table.dynamodb()

        def restore(source: str, target: str) -> str:
            return refused(
                lambda: dynamodb.restore_table_to_point_in_time(
                    SourceTableName=source, TargetTableName=target, UseLatestRestorableTime=True
                )
            )

        assert restore(table.name, table.name) == "TableAlreadyExistsException"
        assert restore("nobody", "new-table") == "TableNotFoundException"
        assert refused(lambda: dynamodb.describe_continuous_backups(TableName="nobody")) == "TableNotFoundException"

    def test_region_that_is_down_answers_nothing(self, table: RecoveredTable, emulator: Emulator) -> None:
        once = Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 1})
        dynamodb = administrator(emulator, once)("dynamodb", HERE)
        with (
            emulator.inject("service-down", region=HERE, service="dynamodb", mode="refuse"),
            pytest.raises(BotoCoreError),
        ):
            dynamodb.describe_continuous_backups(TableName=table.name)


def test_deleted_table_leaves_a_system_backup(client: Client) -> None:
    table = RecoveredTable(client, f"lost-{next(_numbers)}")
    table.create()
    table.recovery(HERE, _ON)
    table.put("a", 1)
    arn, dynamodb = table.arn(), table.dynamodb()
    dynamodb.delete_table(TableName=table.name)
    latest: dict[str, Any] = {"UseLatestRestorableTime": True}
    assert refused(lambda: table.restore(SourceTableArn=arn, **latest)) == "TableNotFoundException"
    assert dynamodb.list_backups(TableName=table.name)["BackupSummaries"] == []  # users have made none
    (backup,) = dynamodb.list_backups(TableName=table.name, BackupType="SYSTEM")["BackupSummaries"]
    assert backup["BackupName"] == f"{table.name}$DeletedTableBackup"
    dynamodb.restore_table_from_backup(BackupArn=backup["BackupArn"], TargetTableName=table.name)
    active(dynamodb, table.name)
    assert table.values() == {"a": 1}


class TestExports:
    """Exports are whole, of the moment that is asked for, and readable by an import."""

    def test_export_of_a_moment_is_imported_again(self, table: RecoveredTable, bucket: str) -> None:
        dynamodb, s3 = table.dynamodb(), table.client("s3")
        for number in range(30):
            table.put(f"key-{number}", number)
        before = moment()
        table.put("key-0", 100)
        export = exported(dynamodb, TableArn=table.arn(), S3Bucket=bucket, S3Prefix="daily", ExportTime=before)
        assert (export["ExportStatus"], export["ItemCount"]) == ("COMPLETED", 30)
        summary = json.loads(s3.get_object(Bucket=bucket, Key=export["ExportManifest"])["Body"].read())
        files = s3.get_object(Bucket=bucket, Key=summary["manifestFilesS3Key"])["Body"].read().splitlines()
        read: dict[str, int] = {}
        for key in (json.loads(line)["dataFileS3Key"] for line in files):
            lines = gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).splitlines()
            read |= {each["pk"]["S"]: int(each["value"]["N"]) for each in (json.loads(line)["Item"] for line in lines)}
        assert read == {f"key-{number}": number for number in range(30)}

        target = f"imported-{next(_numbers)}"
        data = export["ExportManifest"].replace("manifest-summary.json", "data/")
        imported = dynamodb.import_table(
            S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": data},
            InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP",
            TableCreationParameters=definition(named=target),
        )["ImportTableDescription"]
        assert dynamodb.describe_table(TableName=target)["Table"]["TableStatus"] == "CREATING"
        active(dynamodb, target)
        described = dynamodb.describe_import(ImportArn=imported["ImportArn"])["ImportTableDescription"]
        assert (described["ImportStatus"], described["ImportedItemCount"]) == ("COMPLETED", 30)
        assert table.values(name=target) == read

    def test_exports_are_listed(self, table: RecoveredTable, bucket: str) -> None:
        export = exported(table.dynamodb(), TableArn=table.arn(), S3Bucket=bucket)
        (summary,) = table.dynamodb().list_exports(TableArn=table.arn())["ExportSummaries"]
        assert summary == {
            "ExportArn": export["ExportArn"],
            "ExportStatus": "COMPLETED",
            "ExportType": "FULL_EXPORT",
        }

    def test_bucket_that_is_not_there(self, table: RecoveredTable) -> None:
        export = exported(table.dynamodb(), TableArn=table.arn(), S3Bucket="nobody-has-this")
        assert (export["ExportStatus"], export["FailureCode"]) == ("FAILED", "S3NoSuchBucket")

    def test_what_is_refused(self, table: RecoveredTable, bucket: str) -> None:
        dynamodb, arn = table.dynamodb(), table.arn()

        def export(**request: Any) -> str:
            return refused(
                lambda: dynamodb.export_table_to_point_in_time(**{"TableArn": arn, "S3Bucket": bucket, **request})
            )

        assert export(ExportTime=int(time.time()) + 100) == "InvalidExportTimeException"
        assert export(ExportType="INCREMENTAL_EXPORT") == "ValidationException"
        assert export(TableArn=f"{arn}-other") == "TableNotFoundException"
        table.recovery(HERE, _OFF)
        assert export() == "PointInTimeRecoveryUnavailableException"


class TestRights:
    """What recovery takes of IAM, and no less."""

    @pytest.fixture
    def user(self, client: Client, emulator: Emulator) -> Callable[..., Any]:
        """Make the DynamoDB client of a user who may do what is given."""

        def make(*statements: tuple[list[str], str]) -> Any:
            iam, name = client("iam"), f"restorer-{next(_numbers)}"
            iam.create_user(UserName=name)
            document = {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in statements
                ],
            }
            iam.put_user_policy(UserName=name, PolicyName="access", PolicyDocument=json.dumps(document))
            key = iam.create_access_key(UserName=name)["AccessKey"]
            import boto3

            session: Any = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=HERE)
            return session.client("dynamodb", endpoint_url=emulator.endpoint_url)

        return make

    def test_restore_takes_rights_to_both_tables(self, table: RecoveredTable, user: Callable[..., Any]) -> None:
        moment()
        target = f"{table.name}-side"
        to = table.arn().replace(table.name, target)
        writes = [
            f"dynamodb:{each}"
            for each in ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
        ]
        source = (["dynamodb:RestoreTableToPointInTime"], table.arn())

        def restore(*statements: tuple[list[str], str]) -> Any:
            return user(*statements).restore_table_to_point_in_time(
                SourceTableName=table.name, TargetTableName=target, UseLatestRestorableTime=True
            )

        assert refused(lambda: restore(source)) == "AccessDeniedException"
        assert refused(lambda: restore(source, (writes[1:], to))) == "AccessDeniedException"
        assert refused(lambda: restore((writes, to))) == "AccessDeniedException"
        restore(source, (writes, to))
        active(table.dynamodb(), target)

    def test_export_takes_rights_to_the_objects(
        self, table: RecoveredTable, user: Callable[..., Any], bucket: str
    ) -> None:
        export = (["dynamodb:ExportTableToPointInTime", "dynamodb:DescribeExport"], f"{table.arn()}*")
        objects = f"arn:aws:s3:::{bucket}/*"
        request = {"TableArn": table.arn(), "S3Bucket": bucket}
        poor = exported(user(export, (["s3:PutObject"], objects)), **request)
        assert (poor["ExportStatus"], poor["FailureCode"]) == ("FAILED", "S3AccessDenied")
        rights = ["s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"]
        assert exported(user(export, (rights, objects)), **request)["ExportStatus"] == "COMPLETED"
        assert refused(lambda: exported(user((rights, objects)), **request)) == "AccessDeniedException"
