"""Every right of the role that exports the tables is needed: taken away, no backup comes of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.environment import BACKUP_PREFIX, backup_prefix
from contract.names import regional_name
from tests.emulated.faults import right, role_without, statements
from tests.emulated.role_statements import EXPORT, EXPORTED, SEND
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Aws, Site
from tests.emulated.users import acting_as, is_refused
from tests.emulated.waiting import eventually

pytestmark = pytest.mark.may_be_refused


def role(site: Site, region: str) -> str:
    return regional_name("backups", region, site.suffix)


@pytest.fixture(scope="module")
def backups(site: Site) -> Iterator[Aws]:
    """Clients with the rights of the primary's role; what they export is removed."""
    yield acting_as(site, role(site, PRIMARY))
    bucket = site.output("bucket_names", PRIMARY)
    objects = site.aws("s3")
    for page in objects.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=BACKUP_PREFIX):
        for each in page.get("Versions", []):
            objects.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])


def export(site: Site, backups: Aws, prefix: str = "") -> dict[str, Any]:
    """Export the payments table as the schedule does; return how that ended."""
    table = site.aws("dynamodb").describe_table(TableName=site.table)["Table"]["TableArn"]
    begun = backups("dynamodb", PRIMARY).export_table_to_point_in_time(
        TableArn=table,
        S3Bucket=site.output("bucket_names", PRIMARY),
        S3Prefix=prefix or backup_prefix(PRIMARY, "payments"),
        S3SseAlgorithm="AES256",
        ExportFormat="DYNAMODB_JSON",
        ExportType="FULL_EXPORT",
    )["ExportDescription"]

    def ended() -> dict[str, Any]:
        told: dict[str, Any] = site.aws("dynamodb").describe_export(ExportArn=begun["ExportArn"])["ExportDescription"]
        assert told["ExportStatus"] != "IN_PROGRESS"
        return told

    return eventually(ended)


@pytest.mark.parametrize("region", REGIONS)
def test_the_role_has_these_rights_and_no_others(site: Site, region: str) -> None:
    held = [right(statement) for statement in statements(site, role(site, region))]
    assert sorted(map(sorted, held)) == sorted(map(sorted, [EXPORT, EXPORTED, SEND]))


def test_with_them_a_table_is_exported(site: Site, backups: Aws) -> None:
    assert export(site, backups)["ExportStatus"] == "COMPLETED"


def test_without_exporting_nothing_begins(site: Site, backups: Aws) -> None:
    with role_without(site, role(site, PRIMARY), EXPORT), pytest.raises(ClientError) as refused:
        export(site, backups)
    assert is_refused(refused.value)


def test_without_writing_objects_an_export_fails(site: Site, backups: Aws) -> None:
    with role_without(site, role(site, PRIMARY), EXPORTED):
        assert export(site, backups)["FailureCode"] == "S3AccessDenied"


@pytest.mark.parametrize("prefix", [backup_prefix(STANDBY, "payments"), "transaction-logs/us-east-1"])
def test_it_writes_nowhere_else(site: Site, backups: Aws, prefix: str) -> None:
    assert export(site, backups, prefix)["FailureCode"] == "S3AccessDenied"


def test_without_sending_a_failure_is_told_to_nobody(site: Site, backups: Aws) -> None:
    name = regional_name("backup-failures", PRIMARY, site.suffix)
    url = site.aws("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    with role_without(site, role(site, PRIMARY), SEND), pytest.raises(ClientError) as refused:
        backups("sqs", PRIMARY).send_message(QueueUrl=url, MessageBody="{}")
    assert is_refused(refused.value)
    backups("sqs", PRIMARY).send_message(QueueUrl=url, MessageBody="{}")
    site.aws("sqs").purge_queue(QueueUrl=url)


def test_it_reads_and_deletes_no_backup(site: Site, backups: Aws) -> None:
    bucket, objects = site.output("bucket_names", PRIMARY), backups("s3", PRIMARY)
    for call in (objects.get_object, objects.delete_object):
        with pytest.raises(ClientError) as refused:
            call(Bucket=bucket, Key=f"{BACKUP_PREFIX}{PRIMARY}/any")
        assert is_refused(refused.value)
