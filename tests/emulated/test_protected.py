"""A protected deployment is destroyed by the steps of docs/deploying.md, and by no shorter way."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.environment import LOG_PREFIX
from sandbox.deployment import Deployment
from tests.emulated.background import BackgroundDeployment
from tests.emulated.inventory import GLOBAL, REGIONAL
from tests.emulated.records import keys
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.users import administered

pytestmark = [pytest.mark.prove, pytest.mark.may_be_refused]

UNPROTECTED = {"ENVIRONMENT_SUFFIX": "no-domain"}
PROTECTED = {**UNPROTECTED, "DR_PROTECTED": "true", "DR_OBJECT_LOCK_DAYS": "1"}


@pytest.fixture(scope="module")
def own(prerequisites: None) -> Iterator[Site]:
    """A protected deployment that holds a log."""
    deploying = BackgroundDeployment(PROTECTED)
    try:
        site = administered(deploying.result())
        for region in REGIONS:
            key = f"{LOG_PREFIX}{region}/2026/01/31/1-2.jsonl"
            site.aws("s3", region).put_object(Bucket=site.output("bucket_names", region), Key=key, Body=b"{}\n")
        yield site
    finally:
        deploying.close()


def refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


def test_tables_are_not_deleted(own: Site) -> None:
    for table in (own.table, own.control_table):
        assert refusal(own.aws("dynamodb", PRIMARY).delete_table, TableName=table) == "ValidationException"
    policy = own.aws("dynamodb", STANDBY).get_resource_policy(
        ResourceArn=own.aws("dynamodb", STANDBY).describe_table(TableName=own.table)["Table"]["TableArn"]
    )["Policy"]
    assert "dynamodb:DeleteTable" in policy


@pytest.mark.parametrize("region", REGIONS)
def test_objects_are_locked(own: Site, region: str) -> None:
    bucket, objects = own.output("bucket_names", region), own.aws("s3", region)
    (key,) = keys(own, region, f"{LOG_PREFIX}{region}/2026/")
    version = objects.head_object(Bucket=bucket, Key=key)["VersionId"]
    assert refusal(objects.delete_object, Bucket=bucket, Key=key, VersionId=version) == "AccessDenied"
    assert objects.get_object_retention(Bucket=bucket, Key=key)["Retention"]["Mode"] == "GOVERNANCE"


def test_the_steps_of_the_page_destroy_it(own: Site) -> None:
    unprotected = Deployment(own.deployment.emulator, own.deployment.directory, UNPROTECTED)
    unprotected.deploy()
    site = replace(own, deployment=unprotected)
    for region in REGIONS:  # what was locked is locked still
        bucket, objects = site.output("bucket_names", region), site.aws("s3", region)
        (key,) = keys(site, region, f"{LOG_PREFIX}{region}/2026/")
        assert objects.get_object_retention(Bucket=bucket, Key=key)["Retention"]["Mode"] == "GOVERNANCE"
    unprotected.destroy()
    assert unprotected.resources() == []
    left = {(kind, region): lister(own.aws, region) for kind, lister in REGIONAL.items() for region in REGIONS}
    left |= {(kind, PRIMARY): lister(own.aws, PRIMARY) for kind, lister in GLOBAL.items()}
    assert {what: names for what, names in left.items() if names} == {}
